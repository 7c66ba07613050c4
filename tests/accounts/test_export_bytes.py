"""The bytes of a file on either database: those that Python's CSV writer gives for what the page says, guarded."""

import csv
import io
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import exports, reasons, registries
from accounts.exporting import csvfile
from accounts.exporting.columns import Telling, Time
from accounts.exporting.guard import SIGNS, guarded, guarded_sql
from accounts.models import Membership, ReasonCode, StatusChange, User
from accounts.statuslog import Line, entries
from tests import factories
from tests.accounts.exporting import download, log_of
from tests.accounts.test_spreadsheet import payloads

ZONE = ZoneInfo("Asia/Kathmandu")
FRAGMENTS = [*SIGNS[1:-1], *"\t\r\n,;|'\" a1", "\u00a0", "\ufeff", "\u200b", "“", "Ä", "عميل", "𝒳"]
TEXT = st.lists(st.sampled_from(FRAGMENTS) | st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@pytest.fixture
def attacked(acme):
    """Every known attack as the number of an account, and some as a reason, a login and the client's name."""
    attacks = [payload for payload in payloads() if len(payload) <= 60]
    acme.name = '=Acme\r\n-1, "Mobile"'
    with scopes_disabled():
        acme.save(update_fields=["name"])
        ReasonCode.objects.filter(client=acme, code="non_payment").update(label="@SUM(1+9)*cmd|' /C calc'!A0;\"=1")
    with scope(client=[acme.pk]):
        for attack in attacks:
            factories.make_account(acme, number=attack)
    factories.suspend(factories.make_account(acme, number="ends\nwith=1\n"))
    factories.suspend(factories.make_account(acme, number="Köhler ２"), reason="a_code.nobody_words")
    User.objects.filter(username="reinstate").update(username="\t=reinstate")
    return acme


def expected(user, client):
    """Return the file as Python's CSV writer makes it of the lines that the page shows."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([guarded(str(column.heading)) for column in exports.STATUS_LOG.columns])
    with scope(client=[client.pk]):
        labels = reasons.labels_for([client.pk])
        for entry in entries(user):
            line = Line(entry, labels)
            texts = [line.subject, line.action, line.before, line.after, line.reason, line.origin]
            texts += [entry.actor__username, entry.on_behalf__username or "", entry.rule, str(entry.uid)]
            at = entry.recorded_at.astimezone(ZONE).isoformat(timespec="seconds")
            head = [at, entry.client__name, entry.account__number or ""]
            writer.writerow([*map(guarded, head), entry.number, *map(guarded, texts)])
    return b"\xef\xbb\xbf" + written.getvalue().encode()


@pytest.mark.requirement("R111")
def test_a_file_full_of_attacks_has_the_bytes_that_python_gives(client, auditor, attacked):
    auditor.time_zone = str(ZONE)
    auditor.save()

    assert download(client, auditor) == expected(auditor, attacked)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no COPY")
def test_postgresql_sends_the_log_by_one_copy(client, auditor, attacked):
    auditor.time_zone = str(ZONE)
    auditor.save()

    with CaptureQueriesContext(connection) as taken:
        download(client, auditor)

    assert len([query for query in taken if query["sql"].startswith("COPY (SELECT")]) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no COPY")
@pytest.mark.parametrize("code", [code for code, export in registries.exports.items() if export.is_copied])
def test_both_roads_give_the_same_bytes_for_every_list(auditor, attacked, decided, code):
    somebody_is_late(attacked)
    for step in ("Account Opening", "Four-eyes Check"):
        factories.past_step(attacked, request='=1+1;"x"', step=step, agent="@user-8")
    administrator = factories.make_user("links", (attacked, "administrator"))
    with scope(client=[attacked.pk]):
        membership = Membership.objects.filter(client=attacked).first()
        factories.webhook(factories.linked_system(attacked, administrator, name="=Core"), membership)

    copied, told = roads(auditor, [attacked], code, {"queue": "done"})

    assert copied == told
    assert copied


def somebody_is_late(client):
    agent = factories.make_user("late", (client, "agent"))
    case = factories.bring_to(factories.suspend(factories.make_account(client, number="late")), "submitted", agent)
    with scope(client=[client.pk]):
        case.__class__.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(hours=3))


def roads(user, clients, code, filters):
    """Return the pieces that each of both roads gives for a list."""
    with scope(client=[client.pk for client in clients]):
        export = registries.exports[code]
        selection = export.select(user, filters)
        telling = Telling(selection.client_ids, ZONE)
        return [list(islice(road(export, selection, telling, 100), 1, None)) for road in (csvfile.copied, csvfile.told)]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no COPY")
def test_rows_of_several_clients_are_counted_by_client_on_both_roads(attacked, globex):
    both = factories.make_user("both", (attacked, "auditor"), (globex, "auditor"))
    with scope(client=[globex.pk]):
        factories.suspend(factories.make_account(globex, number="G\n1"))
        theirs = StatusChange.objects.filter(client=globex).count()

    copied, told = roads(both, [attacked, globex], "status_log", {})

    assert copied == told
    assert sum(counts.get(globex.pk, 0) for _data, counts in copied) == theirs
    assert set().union(*(counts for _data, counts in copied)) == {attacked.pk, globex.pk}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite told them in Python already")
@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Europe/Berlin", "America/New_York", "UTC", "Africa/Monrovia"])
def test_a_time_in_sql_is_the_time_in_python(db, zone):
    """Fractions are cut off and not rounded; half-hour zones, summer time, zones that were off by seconds."""
    texts = [
        "2026-11-02 15:00:00.999999+00",
        "2026-03-29 01:00:00+00",
        "1971-06-01 12:30:29.5+00",
        "0987-01-01 12:00+00",
    ]
    telling = Telling((), ZoneInfo(zone))
    sql, _params = Time("t").sql({"t": "t"}, telling)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        cursor.execute(f"SELECT {sql} FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS x(t, n) ORDER BY n", [texts])
        told = [row[0] for row in cursor.fetchall()]

    read = Time("t").reader({"t": 0}, telling)
    assert told == [read((datetime.fromisoformat(text),)) for text in texts]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the guard in SQL is PostgreSQL's")
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXT.map("".join), min_size=20, max_size=60))
def test_the_guard_in_sql_is_the_guard_in_python(db, texts):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {guarded_sql('x')} FROM unnest(%s::text[]) WITH ORDINALITY AS t(x, n) ORDER BY n", [texts]
        )
        assert [row[0] for row in cursor.fetchall()] == [guarded(text) for text in texts]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no time zones")
def test_a_time_zone_that_the_database_does_not_have_gives_the_same_file(auditor, acme, suspended, monkeypatch):
    class Unheard(ZoneInfo):
        def __str__(self):
            return "Mars/Olympus_Mons"

    with scope(client=[acme.pk]):
        selection = log_of(auditor, acme)
        found, known = (
            b"".join(data for data, _owners in csvfile.chunks(exports.STATUS_LOG, selection, Telling((acme.pk,), zone)))
            for zone in (Unheard("Asia/Kathmandu"), ZONE)
        )

    assert found == known
    with connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        assert cursor.fetchone() == ("UTC",)


def test_an_export_that_is_not_there_is_nowhere(client, auditor):
    client.force_login(auditor)

    assert client.post("/log/exports/nothing/").status_code == 404
    assert client.post("/log/exports/status_log/", {"form": "pdf"}).status_code == 400


@pytest.mark.parametrize("code", registries.exports)
def test_no_list_is_selected_for_those_who_may_not_export(supervisor, acme, code):
    with scope(client=[acme.pk]), pytest.raises(Http404):
        registries.exports[code].select(supervisor, {})


def test_times_are_those_of_whoever_asks_on_both_sides_of_a_clock_change():
    read = exports.Time("at").reader({"at": 0}, Telling((), ZoneInfo("Europe/Berlin")))
    times = ["2026-10-25T00:30:00.9+00:00", "2026-10-25T01:30:00+00:00", "1971-12-31T23:59:59+00:00"]

    assert [read((timezone.datetime.fromisoformat(time),)) for time in times] == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
        "1972-01-01T00:59:59+01:00",
    ]
