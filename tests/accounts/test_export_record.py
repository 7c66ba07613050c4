"""An export is on record, with its start and its end, whatever becomes of it."""

import hashlib
import socket
import time
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts import exports
from accounts.exporting.columns import Column, Told
from accounts.models import StatusChange
from accounts.services import staff
from tests import factories
from tests.accounts.exporting import EXPORT, ask, download, records, rows_of, started, write


def hang_up(response):
    """Close a response as a server does when the browser is gone, but keep the test's own connection."""
    request_finished.disconnect(close_old_connections)
    try:
        response.close()
    finally:
        request_finished.connect(close_old_connections)


@pytest.mark.requirement("R119")
def test_an_export_leaves_its_start_and_its_end_with_rows_and_the_hash_of_the_bytes(client, auditor, suspended):
    filters = {"client": "acme", "subject": "account", "account": "A-1001", "since": "2020-01-01", "by": "reinstate"}

    data = download(client, auditor, filters)

    start, end = records()
    assert (start.kind, start.user, start.client.code, start.related) == ("export_started", auditor, "acme", None)
    assert start.details["filters"] == filters | {"time_zone": "UTC"}
    assert start.details["export"] == "status_log"
    assert start.details["columns"] == [
        *("recorded", "client", "account", "number", "subject", "action", "from", "to", "reason", "origin", "by"),
        *("on_behalf", "rule", "entry"),
    ]
    assert (end.kind, end.user, end.client.code, end.related) == ("export_ended", auditor, "acme", start.pk)
    assert end.details == {"rows": 2, "sha256": hashlib.sha256(data).hexdigest(), "complete": True}
    assert len(rows_of(data)) == 2


def test_each_client_in_the_file_has_a_record_with_its_own_rows_and_the_one_hash(client, compliance, acme, globex):
    with scope(client=[globex.pk]):
        from accounts.services import roles

        roles.grant(compliance, globex, "auditor", actor=staff.ensure_system_user())
    factories.make_account(acme, number="A-1")
    factories.make_account(globex, number="G-1")
    factories.make_account(globex, number="G-2")

    data = download(client, compliance, {"subject": "account"})

    assert {end.client.code: (end.details["rows"], end.details["sha256"]) for end in records("export_ended")} == {
        "acme": (1, hashlib.sha256(data).hexdigest()),
        "globex": (2, hashlib.sha256(data).hexdigest()),
    }
    assert len(records("export_started")) == 2


def test_what_was_typed_and_names_nothing_we_know_is_not_kept(client, auditor, suspended):
    download(client, auditor, {"by": "Maria Köhler", "account": "maria.koehler@example.com"})

    assert records("export_started")[0].details["filters"] == {"by": "?", "account": "?"}
    page = client.get(reverse("exports")).content.decode()
    assert "Maria" not in page
    assert "something that is not here" in page


@pytest.mark.django_db(transaction=True)
def test_the_start_is_committed_before_the_first_byte(client, auditor, acme):
    write(acme, 3)
    client.force_login(auditor)
    response = ask(client)
    seen_by_others = []

    def look():
        seen_by_others.extend(record.kind for record in records())
        connection.close()

    other = Thread(target=look)
    other.start()
    other.join()
    assert seen_by_others == ["export_started"]

    b"".join(response.streaming_content)
    assert [record.kind for record in records()] == ["export_started", "export_ended"]


def test_bytes_are_made_while_they_are_read(auditor, acme):
    write(acme, 1200)
    running = started(auditor, acme)

    chunks = iter(running)
    head, first = next(chunks), next(chunks)

    assert head.count(b"\r\n") == 1
    assert first.count(b"\r\n") == 1000
    assert not running.is_over
    assert [chunk.count(b"\r\n") for chunk in chunks] == [201]  # with the entry of the auditor's own role
    assert records("export_ended")[0].details["complete"]


def test_a_download_that_is_broken_off_is_recorded_with_what_had_left(auditor, acme):
    write(acme, 1200)
    running = started(auditor, acme)
    chunks = iter(running)

    received = next(chunks) + next(chunks)
    running.close()

    end = records("export_ended")[0]
    assert end.details == {"rows": 1000, "sha256": hashlib.sha256(received).hexdigest(), "complete": False}
    assert len(rows_of(received)) == 1000


def test_a_download_that_nobody_began_to_read_is_recorded_as_broken_off(client, auditor, acme):
    client.force_login(auditor)

    hang_up(ask(client))

    assert records("export_ended")[0].details == {
        "rows": 0,
        "sha256": hashlib.sha256(b"").hexdigest(),
        "complete": False,
    }


def test_an_error_half_way_is_recorded_as_broken_off(auditor, acme):
    write(acme, 900)
    limit = 650

    def fails(client_ids):
        def tell(number):
            if number <= limit - 500:
                raise ValueError("this line cannot be told")
            return str(number)

        return tell

    broken = replace(exports.STATUS_LOG, columns=(Column("number", "No.", Told(("number",), fails)),))
    running, received = started(auditor, acme, broken), b""

    with pytest.raises(ValueError, match="cannot be told"):  # noqa: PT012
        for chunk in running:
            received += chunk
    running.close()

    end = records("export_ended")[0]
    assert len(records("export_ended")) == 1
    assert not end.details["complete"]
    assert end.details["sha256"] == hashlib.sha256(received).hexdigest()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_browser_that_goes_away_leaves_an_export_that_was_broken_off(live_server, client, auditor, acme):
    write(acme, 12_000)
    client.force_login(auditor)
    token = "t" * 32
    head = [
        f"POST {EXPORT} HTTP/1.0",
        "Host: localhost",
        f"Cookie: sessionid={client.cookies['sessionid'].value}; csrftoken={token}",
        f"X-CSRFToken: {token}",
        "Content-Length: 0",
    ]
    where = urlsplit(live_server.url)
    with socket.create_connection((where.hostname, where.port)) as browser:
        browser.sendall("\r\n".join([*head, "", ""]).encode())
        received = b""
        while len(received) < 200_000 and (more := browser.recv(4096)):
            received += more

    for _attempt in range(100):
        if ended := records("export_ended"):
            break
        time.sleep(0.1)

    assert [end.details["complete"] for end in ended] == [False]
    assert b" 200 OK" in received
    assert 500 <= ended[0].details["rows"] < 12_001


def test_closing_twice_writes_one_end(auditor, acme):
    running = started(auditor, acme)

    list(running)
    running.close()
    running.close()

    assert [end.details["complete"] for end in records("export_ended")] == [True]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite reads row by row anyway")
def test_postgresql_hands_the_rows_over_by_a_cursor_that_the_server_keeps(auditor, acme):
    write(acme, 2600)
    columns = (Column("number", "No.", Told(("number",), lambda client_ids: str)),)
    chunks = iter(started(auditor, acme, replace(exports.STATUS_LOG, columns=columns)))
    next(chunks)
    next(chunks)

    with connection.cursor() as cursor:
        cursor.execute("SELECT is_holdable, statement LIKE '%accounts_statuschange%' FROM pg_cursors WHERE name <> ''")
        assert cursor.fetchall() == [(False, True)]
    chunks.close()


@pytest.mark.django_db(transaction=True)
def test_a_running_export_keeps_nobody_from_writing(auditor, acme):
    write(acme, 1200)
    chunks = iter(started(auditor, acme))
    next(chunks)
    next(chunks)
    problems = []

    def work():
        try:
            write(acme, 1)
        except Exception as error:  # noqa: BLE001
            problems.append(error)
        finally:
            connection.close()

    other = Thread(target=work)
    other.start()
    other.join()

    assert problems == []
    assert (
        sum(chunk.count(b"\r\n") for chunk in chunks) == 201
    )  # what is left of 1201: the snapshot, without what came later
    with scopes_disabled():
        assert StatusChange.objects.count() == 1202


def test_the_exports_page_tells_who_when_with_which_filter_and_how_it_ended(client, auditor, suspended, acme):
    auditor.first_name, auditor.last_name = "Otto", "Auditor"
    auditor.save()
    with time_machine.travel("2027-03-01T08:00:00Z", tick=False):
        started(auditor, acme)
    with time_machine.travel("2027-03-01T09:59:00Z", tick=False):
        started(auditor, acme)
    with time_machine.travel("2027-03-01T10:00:00Z", tick=False):
        started(auditor, acme).close()
    with time_machine.travel("2027-03-01T10:00:01Z", tick=False):
        data = download(client, auditor, {"client": "acme", "action": "suspend", "to_status": "suspended"})
        response = client.get(reverse("exports"))

    lines = response.context["lines"]
    page = response.content.decode()
    assert [line["status"] for line in lines] == ["complete", "broken_off", "running", "never_ended"]
    assert [(str(what), str(word)) for what, word in lines[0]["filters"]] == [
        ("Client", "Acme Mobile"),
        ("Action", "Suspended"),
        ("New status", "Suspended"),
    ]
    assert lines[0]["end"]["rows"] == 2  # the account, and its membership with it
    assert hashlib.sha256(data).hexdigest() in page
    assert "Otto Auditor" in page
    assert "1 Mar 2027, 10:00:01" in page


def test_exports_of_another_client_are_not_listed(client, compliance, acme, globex):
    other = factories.make_user("other", (globex, "auditor"))
    list(started(other, globex))
    client.force_login(compliance)

    assert client.get(reverse("exports")).context["lines"] == []


def test_the_exports_page_takes_the_same_queries_with_one_export_and_with_thirty(client, auditor, acme):
    client.force_login(auditor)

    def queries():
        with CaptureQueriesContext(connection) as taken:
            assert client.get(reverse("exports")).context["lines"]
        return len(taken)

    list(started(auditor, acme))
    one = queries()
    for _number in range(29):
        list(started(auditor, acme))

    assert one == queries() <= 14


def test_old_exports_are_on_further_pages(client, auditor, acme):
    with time_machine.travel("2026-11-01T00:00:00Z", tick=False) as clock:
        for _number in range(52):
            started(auditor, acme)
            clock.shift(timedelta(minutes=1))
    client.force_login(auditor)

    first = client.get(reverse("exports")).context
    second = client.get(reverse("exports") + first["page"].older_url).context

    assert (len(first["lines"]), len(second["lines"])) == (50, 2)
    assert second["page"].older_url == ""
