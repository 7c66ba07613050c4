"""Who looked at what, for those who answer for it."""

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts.models import AccessRecord
from accounts.services import access

ACCESS = reverse("access")
Kind = AccessRecord.Kind


def left(client, user, kind=Kind.OPENED, account=None, **details):
    with scope(client=[client.pk]):
        return access.record(kind, user=user, client_id=client.pk, account=account, **details)


def lines(browser, user, filters=None):
    browser.force_login(user)
    response = browser.get(ACCESS, filters)
    assert response.status_code == 200, response.status_code
    return [(record.user.username, record.kind, detail) for record, detail in response.context["lines"]]


def test_opening_revealing_and_searching_are_listed_newest_first_with_what_is_known(
    client, auditor, agent, suspended, acme
):
    left(acme, agent, account=suspended, whole=True)
    left(acme, agent, Kind.REVEALED, suspended, reason="member_on_phone")
    left(acme, agent, Kind.SEARCHED, hits=3, query="0f3a")

    assert lines(client, auditor) == [
        ("agent", "searched", "3 hits"),
        ("agent", "revealed", "Member On Phone"),
        ("agent", "opened", "personal data shown whole"),
    ]
    page = client.get(ACCESS).content.decode()
    assert reverse("account", args=[suspended.pk]) in page
    for word in ("Maria", "Köhler", "901820", "0f3a"):
        assert word not in page


def test_an_export_is_listed_with_its_rows(client, auditor, suspended):
    client.force_login(auditor)
    b"".join(client.post(reverse("export", args=["status_log"]) + "?action=suspend&subject=account").streaming_content)

    assert lines(client, auditor) == [
        ("auditor", "export_ended", "1 row · Complete"),
        ("auditor", "export_started", ""),
    ]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"kind": "searched"}, ["agent"]),
        ({"by": "SUPERVISOR"}, ["supervisor"]),
        ({"account": "a-1001"}, ["supervisor"]),
        ({"client": "acme", "by": "nobody"}, []),
    ],
)
def test_each_filter_leaves_just_what_it_names(client, auditor, agent, supervisor, suspended, acme, filters, found):
    left(acme, supervisor, account=suspended)
    left(acme, agent, Kind.SEARCHED, hits=0)

    assert [who for who, _kind, _detail in lines(client, auditor, filters)] == found


def test_days_are_days_in_the_time_zone_of_whoever_asks(client, auditor, agent, acme):
    with time_machine.travel("2026-11-20T22:59:59Z", tick=False):
        left(acme, agent, Kind.SEARCHED, hits=1)
    with time_machine.travel("2026-11-20T23:00:00Z", tick=False):
        left(acme, agent, Kind.SEARCHED, hits=2)
    auditor.time_zone = "Europe/Berlin"
    auditor.save()

    assert [detail for _who, _kind, detail in lines(client, auditor, {"since": "2026-11-21"})] == ["2 hits"]
    assert [detail for _who, _kind, detail in lines(client, auditor, {"until": "2026-11-20"})] == ["1 hit"]


@pytest.mark.parametrize(
    "filters", [{"since": "2026-11-21", "until": "2026-11-20"}, {"kind": "x"}, {"account": "\0"}, {"before": "x"}]
)
def test_a_filter_that_cannot_be_right_is_refused(client, auditor, acme, filters):
    client.force_login(auditor)

    assert client.get(ACCESS, filters).status_code == 400


def test_records_of_another_client_are_not_there(client, auditor, outsider, globex):
    foreign = left(globex, outsider, Kind.SEARCHED, hits=1)

    assert lines(client, auditor) == []
    assert client.get(ACCESS, {"client": "globex"}).status_code == 404
    assert client.get(ACCESS, {"before": foreign.pk}).status_code == 400


def test_pages_follow_one_another_even_where_many_records_have_one_time(client, auditor, agent, acme):
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        made = [left(acme, agent, Kind.SEARCHED, hits=number).pk for number in range(120)]
    client.force_login(auditor)

    seen, address = [], ACCESS
    while address:
        page = client.get(address).context["page"]
        seen.append([record.pk for record in page.rows])
        address = page.older_url and ACCESS + page.older_url
    back = client.get(ACCESS + page.newer_url).context["page"]

    assert [len(rows) for rows in seen] == [50, 50, 20]
    assert sum(seen, []) == sorted(made, reverse=True)  # noqa: RUF017
    assert [record.pk for record in back.rows] == seen[1]


def test_a_page_takes_the_same_queries_with_one_row_and_with_thirty(client, auditor, agent, suspended, acme):
    client.force_login(auditor)

    def queries():
        with CaptureQueriesContext(connection) as taken:
            assert client.get(ACCESS).context["lines"]
        return len(taken)

    left(acme, agent, account=suspended)
    one = queries()
    for _number in range(29):
        left(acme, agent, account=suspended)

    assert one == queries() <= 12


def test_a_record_can_be_neither_changed_nor_deleted(agent, acme):
    record = left(acme, agent, Kind.SEARCHED, hits=1)

    with scopes_disabled():
        rows = AccessRecord.objects.filter(pk=record.pk)
        for attempt in (lambda: rows.update(reason="other"), rows.delete):
            with pytest.raises(IntegrityError), transaction.atomic():
                attempt()
        assert rows.get().details == {"hits": 1}
