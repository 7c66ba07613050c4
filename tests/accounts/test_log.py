"""The status-change log in the browser: who sees what, filtered, paged, entry by entry."""

import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts.models import AccessRecord, StatusChange
from accounts.services import accounts
from tests import factories
from tests.accounts.exporting import ask
from tests.accounts.logreading import LOG, shown


@pytest.mark.requirement("R54")
def test_the_log_shows_the_newest_entry_first_with_all_that_was_recorded(client, compliance, suspended):
    client.force_login(compliance)

    page = client.get(LOG).content.decode()

    row = re.search(r"<tbody>\s*<tr>(.*?)</tr>", page, re.DOTALL)[1]
    words = [re.sub(r"<[^>]+>|\s+", " ", cell).strip() for cell in re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL)]
    assert [re.sub(" +", " ", word) for word in words[1:]] == [
        "A Acme Mobile",
        "A-1001",
        "4",
        "Membership",
        "Membership suspended",
        "Active to Suspended",
        "Non Payment",
        "Rule",
        "reinstate",
    ]


@pytest.mark.parametrize("role", ["supervisor", "compliance", "auditor"])
def test_whoever_may_see_the_log_finds_it(client, request, role, suspended):
    client.force_login(request.getfixturevalue(role))

    assert client.get(LOG).status_code == 200


@pytest.mark.requirement("R116")
@pytest.mark.parametrize("role", ["agent", "contact", "administrator"])
@pytest.mark.parametrize("name", ["log", "exports", "access"])
def test_for_everybody_else_there_is_no_such_page(client, request, role, name, suspended):
    client.force_login(request.getfixturevalue(role))

    assert client.get(reverse(name)).status_code == 404


def test_nobody_sees_the_entries_of_another_client(client, compliance, outsider, suspended, foreign):
    assert {number for number, _action in shown(client, compliance)} == {"A-1001", None}
    assert {number for number, _action in shown(client, outsider)} == {"CANARY-9", None}


def test_the_log_and_an_entry_name_no_member(client, auditor, decided):
    client.force_login(auditor)

    pages = [client.get(LOG).content.decode()]
    with scopes_disabled():
        uids = list(StatusChange.objects.filter(account=decided.account).values_list("uid", flat=True))
    pages += [client.get(reverse("log_entry", args=[uid])).content.decode() for uid in uids]

    for word in ("Maria", "Köhler", "koehler", "901820", "Linden", "counter", "RF18"):
        assert not any(word in page for page in pages), word


@pytest.mark.requirement("R54", "R111")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"client": "acme", "subject": "account", "account": "A-1001"}, ["suspend", "open"]),
        ({"account": "a-1001", "subject": "membership"}, ["suspend", "open"]),
        # Both accounts, each with its membership.
        ({"action": "suspend"}, ["suspend"] * 4),
        ({"to_status": "suspended"}, ["suspend"] * 4),
        ({"to_status": "draft"}, []),
        ({"reason": "policy_breach"}, ["suspend", "suspend"]),
        ({"origin": "supervisor"}, ["suspend", "suspend"]),
        ({"by": "SuperVisor"}, ["suspend", "suspend"]),
        ({"by": "nobody-of-this-name"}, []),
        ({"account": "%"}, []),
    ],
)
def test_each_filter_leaves_just_what_it_names(client, compliance, supervisor, suspended, acme, filters, found):
    second = factories.make_account(acme, number="A-1002")
    with scope(client=[acme.pk]):
        accounts.suspend(second, actor=supervisor, kind="policy", reason="policy_breach")

    assert [action for _number, action in shown(client, compliance, filters)] == found


def test_days_are_days_in_the_time_zone_of_whoever_asks(client, compliance, acme):
    with time_machine.travel("2026-11-20T22:59:59Z", tick=False):
        factories.make_account(acme, number="EARLY")
    with time_machine.travel("2026-11-20T23:00:00Z", tick=False):  # midnight in Berlin
        factories.make_account(acme, number="LATE")
    compliance.time_zone = "Europe/Berlin"
    compliance.save()

    def numbers(**days):
        return {number for number, _action in shown(client, compliance, {"subject": "account", **days})}

    assert numbers(since="2026-11-21", until="2026-11-21") == {"LATE"}
    assert numbers(until="2026-11-20") == {"EARLY"}
    compliance.time_zone = "UTC"
    compliance.save()
    assert numbers(since="2026-11-20", until="2026-11-20") == {"EARLY", "LATE"}


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"since": "2026-11-21", "until": "2026-11-20"}, "until"),
        ({"since": "yesterday"}, "since"),
        ({"until": "9999-12-31"}, "until"),
        ({"since": "0001-01-01"}, "since"),
        ({"since": "2026-02-30"}, "since"),
        ({"action": "drop table"}, "action"),
        ({"origin": "\0"}, "origin"),
        ({"account": "A\0B"}, "account"),
        ({"account": "9" * 61}, "account"),
        ({"by": "x" * 5000}, "by"),
    ],
)
def test_a_filter_that_cannot_be_right_is_refused_in_place(client, compliance, suspended, filters, field):
    client.force_login(compliance)

    response = client.get(LOG, filters)
    download = ask(client, filters)

    assert (response.status_code, download.status_code) == (400, 400)
    assert set(response.context["filter"].form.errors) == {field}
    assert f'id="id_{field}_error"' in response.content.decode()
    with scopes_disabled():
        assert not AccessRecord.objects.exists()


@pytest.mark.parametrize("code", ["globex", "no-such-client", "\0", "=1+1"])
def test_another_client_and_one_that_does_not_exist_look_the_same(client, compliance, foreign, code):
    client.force_login(compliance)

    assert client.get(LOG, {"client": code}).status_code == 404
    assert ask(client, {"client": code}).status_code == 404


def test_pages_follow_one_another_without_gap_or_repeat_and_keep_the_filter(client, compliance, acme):
    for number in range(60):
        factories.make_account(acme, number=f"A-{number:04d}")
    client.force_login(compliance)

    seen, address, turns = [], f"{LOG}?subject=account", 0
    while address:
        page = client.get(address).context["page"]
        seen += [row.account__number for row in page.rows]
        address, turns = page.older_url and LOG + page.older_url, turns + 1
        assert not address or "subject=account" in address
    back = client.get(LOG + page.newer_url).context["page"]

    assert seen == [f"A-{number:04d}" for number in reversed(range(60))]
    assert turns == 2
    assert [row.account__number for row in back.rows] == seen[:50]
    assert (back.newer_url, page.older_url) == ("", "")


@pytest.mark.parametrize("edge", ["x", "-1", "0", str(2**70), "\0", "1 OR 1=1"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_page_that_nobody_linked_to_is_refused(client, compliance, suspended, side, edge):
    client.force_login(compliance)

    assert client.get(LOG, {side: edge}).status_code == 400


def test_a_page_of_the_log_takes_the_same_queries_with_one_row_and_with_thirty(client, compliance, acme):
    client.force_login(compliance)

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as taken:
            assert client.get(LOG, {"subject": "account"}).context["lines"]
        return [query["sql"] for query in taken]

    factories.make_account(acme, number="ONE")
    one = queries()
    for number in range(29):
        factories.make_account(acme, number=f"A-{number}")
    thirty = queries()

    assert len(one) == len(thirty) <= 12
    assert not any("COUNT(" in query and "accounts_statuschange" in query for query in thirty)
