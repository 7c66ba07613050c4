"""Addresses that nobody should ask for: a 4xx, never a page that ignores it, and nothing is written."""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from accounts.models import AccessRecord
from tests.house.rows import counts, refused

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

LISTS = {
    "account_list": "compliance",
    "membership_list": "compliance",
    "offer_list": "compliance",
    "queue": "compliance",
    "delivery_list": "compliance",
    "log": "compliance",
    "decisions": "compliance",
    "exports": "compliance",
    "access": "compliance",
}
RUBBISH_KEYS = [
    "-1",
    "0",
    "1.5",
    "x",
    "\0",
    str(2**70),
    str(2**63),
    "' OR 1=1",
    "null",
    "[]",
    "９" * 8,
    "\u202e1",
    "a" * 3000,
]
EXPORTS = {"log": "status_log", "access": "access"}
NAMES_NOTHING = ["\0", "x\0y", "\u202eemca", "acme' --", "=1+1", "A" * 5000, "null", "[]"]


@pytest.mark.parametrize("name", LISTS)
def test_a_page_of_a_list_that_cannot_be_is_refused(browsers, case, foreign, name):
    browser, before = browsers[LISTS[name]], counts()
    keys = [*RUBBISH_KEYS, str(foreign.pk), f"{case.pk},{case.pk}"]
    for field in ("before", "after"):
        for key in keys:
            refused(browser.get(reverse(name), {field: key}), "cannot be found")
    assert counts() == before


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("account_list", ("status", "number", "at", "time", "zone")),
        ("membership_list", ("client", "plan", "status", "on")),
        ("offer_list", ("client", "standing")),
        ("membership_figures", ("of", "until")),
        ("queue", ("client", "kind", "q", "queue")),
        ("delivery_list", ("client", "status", "event")),
        ("log", ("client", "account", "by", "since", "until", "subject", "action", "to_status", "reason", "origin")),
        ("access", ("client", "account", "by", "since", "until", "kind")),
        ("search", ("q",)),
    ],
)
def test_a_filter_that_cannot_be_is_refused_or_finds_nothing(browsers, case, name, fields):
    browser, before = browsers["compliance"], counts()
    typed = {"number", "q", "account", "by"}
    for field in fields:
        for value in NAMES_NOTHING:
            answer = browser.get(reverse(name), {field: value})
            if field in typed and "\0" not in value and len(value) < 200:
                assert answer.status_code == 200, (field, value)
            else:
                refused(answer)
        assert browser.get(f"{reverse(name)}?{field}=%ED%A0%80").status_code < 500
    after = counts()
    assert {table for table in after if after[table] != before[table]} <= {AccessRecord._meta.db_table}


@pytest.mark.parametrize(
    "days", [("2026-02-30", ""), ("2026-03-02", "2026-03-01"), ("0000-01-01", ""), ("", "9999-12-31")]
)
@pytest.mark.parametrize("name", ["log", "access"])
def test_days_that_cannot_be_are_refused(browsers, case, name, days):
    before = counts()
    for since, until in (days, (f"{days[0]}T25:61", days[1])):
        refused(browsers["compliance"].get(reverse(name), {"since": since, "until": until}))
        query = urlencode({"since": since, "until": until})
        refused(browsers["compliance"].post(f"{reverse('export', args=[EXPORTS[name]])}?{query}"))
    assert counts() == before


def test_an_address_of_nothing_is_nowhere(browsers, case):
    before = counts()
    paths = [
        "/accounts/1/",
        "/accounts/not-a-uuid/",
        f"/accounts/{case.pk}/",
        f"/log/{case.pk}/",
        f"/messages/{case.pk}/",
    ]
    paths += [f"/staff/{2**63}/end/", f"/staff/{2**70}/end/", "/staff/-1/end/", "/staff/0/end/", "/reinstatements/%00/"]
    paths += [f"/reinstatements/{'x' * 3000}/", f"/reinstatements/{case.code}/checks/nothing/", "/accounts/%00/"]
    paths += [f"/accounts/{case.account_id}/?before={key}" for key in ("-1", 2**70, "x", "%00", "", "%D9%A3")]
    paths += [f"/admin/accounts/plan/{key}/change/" for key in ("1", "x", "%00", "_00", case.pk, 2**70)]
    paths += [f"/admin/accounts/user/{key}/history/" for key in ("1", "_00", case.pk)]
    for path in paths:
        for who in ("supervisor", "administrator"):
            for answer in (browsers[who].get(path), browsers[who].post(path)):
                assert answer.status_code in (400, 403, 404, 405) or "/checks/" in path, (path, answer.status_code)
                assert answer.status_code < 500
    assert counts() == before


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_a_method_that_is_not_served_is_refused(browsers, case, method):
    before = counts()
    names = ["home", "search", "account_list", "queue", "log", "access", "exports", "staff", "role_grant"]
    urls = [reverse(name) for name in names] + [reverse("account", args=[case.account_id]), case.get_absolute_url()]
    urls += [reverse(f"case_{name}", args=[case.code]) for name in ("approve", "send", "withdraw", "submit")]
    for url in urls:
        assert [getattr(browsers[who], method)(url).status_code for who in ("supervisor", "administrator")] in (
            [[405, 404], [404, 405], [405, 405], [404, 404]]
        ), url
    assert counts() == before
