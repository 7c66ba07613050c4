"""What nobody should send about money, memberships and files: refused beside its field, and nothing is written."""

from io import BytesIO

import pytest
from django.urls import reverse

from tests.accounts.importing import prepared
from tests.house.rows import counts, refused

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

NOT_CHOICES = ("", "nonsense", "\0", "=1+1", "x" * 5000)
NOT_DAYS = ("2026-02-30", "20/11/2026", "0000-00-00", "9999-12-31", "1900-01-01", "\0", "x" * 5000)
NOT_AMOUNTS = ("", "-1", "0", "1e9", "1,000.00", "NaN", "Infinity", str(10**30), "84.201", "=1+1", "\0", "x" * 5000)
MEMBER = {"initiator": "member", "note": "They asked."}


def refuse_each(browser, url, good, bad):
    """Send what is good with one field wrong; the field says so, and what else was typed is still there."""
    before = counts()
    for field, values in bad.items():
        for value in values:
            answer = refused(browser.post(url, good | {field: value}), "field-error")
            assert field in answer.context["form"].errors, (field, value)
    assert counts() == before


def test_a_payment_that_cannot_be_is_refused_in_place(browsers, case, stopped):
    good = {"kind": "payment", "external_id": "P-1", "amount_minor": "84.20", "paid_at": "2026-11-20"}
    bad = {
        "kind": NOT_CHOICES,
        "external_id": ("", " ", "\0", "x" * 81),
        "amount_minor": NOT_AMOUNTS,
        "paid_at": ("", "2999-01-01", *(day for day in NOT_DAYS if day != "1900-01-01")),
        "refers_to": ("\0", "x" * 81),
    }
    refuse_each(browsers["agent"], reverse("account_payments", args=[stopped.pk]), good, bad)


@pytest.mark.parametrize(
    ("deed", "fields", "bad"),
    [
        ("pause", {"reason": "away", "starts_on": ""}, {"starts_on": ("", "2026-01-01", *NOT_DAYS)}),
        ("pause", {"reason": "away", "starts_on": "2999-01-01"}, {"ends_on": ("2998-12-31", *NOT_DAYS)}),
        ("cancel", {"reason": "too_expensive", "when": "now", "understood": "on"}, {"when": NOT_CHOICES}),
        ("cancel", {"reason": "too_expensive", "when": "now", "understood": "on"}, {"understood": ("",)}),
        ("suspend", {"reason": "non_payment", "kind": "payment"}, {"kind": NOT_CHOICES}),
        ("change_points", {"reason": "earned"}, {"change": ("", "0", "-1", "1.5", "x", "\0", str(2**70), "-" * 5000)}),
        ("change_plan", {"reason": "needs_more", "when": "now"}, {"plan": (*NOT_CHOICES, "basic")}),
        ("set_renewal", {"reason": "agreed", "auto_renew": "yes"}, {"auto_renew": NOT_CHOICES}),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_change_of_a_membership_that_cannot_be_is_refused_in_place(browsers, case, served, deed, fields, bad):
    url = reverse("membership_deed", args=[served.membership.pk, deed])

    refuse_each(browsers["agent"], url, MEMBER | fields, bad)
    refuse_each(browsers["agent"], url, MEMBER | fields, {"initiator": NOT_CHOICES, "reason": NOT_CHOICES})


@pytest.mark.parametrize(
    ("deed", "fields", "bad"),
    [
        ("suspend", {"reason": "policy_breach", "kind": "policy"}, {"kind": NOT_CHOICES, "ends_at": NOT_DAYS}),
        ("suspend", {"reason": "policy_breach", "kind": "policy"}, {"ends_at": ("2026-01-01",), "reason": NOT_CHOICES}),
    ],
    ids=["values", "past"],
)
def test_a_change_of_an_account_that_cannot_be_is_refused_in_place(browsers, case, served, deed, fields, bad):
    url = reverse("account_deed", args=[served.account.pk, deed])

    refuse_each(browsers["agent"], url, {"note": "They asked."} | fields, bad)


def test_a_membership_that_cannot_be_is_not_added(browsers, case, served):
    good = MEMBER | {"plan": "basic", "begins": "active", "reason": "agreed"}
    bad = dict.fromkeys(("plan", "begins", "initiator", "reason"), NOT_CHOICES) | {"begins": (*NOT_CHOICES, "expired")}

    refuse_each(browsers["agent"], reverse("membership_add", args=[served.account.pk]), good, bad)


def test_a_day_that_cannot_be_is_no_day_of_a_membership(browsers, case, served):
    url = reverse("membership", args=[served.membership.pk])
    before = counts()
    for day in ("", *NOT_DAYS):
        refused(browsers["agent"].get(url, {"on": day}))
    for key in ("-1", str(2**70), "x", "\0"):
        refused(browsers["agent"].get(url, {"before": key}))
    after = counts()
    assert {table for table in after if after[table] != before[table]} <= {"accounts_accessrecord"}


def hand_in(browser, content, name="customers.csv", **fields):
    file = BytesIO(content)
    file.name = name
    return browser.post(reverse("import_new"), {"client": "acme", "kind": "accounts", "file": file} | fields)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0"], ids=repr)
def test_a_file_that_is_no_table_is_refused_in_place(browsers, case, content):
    before = counts()
    for name in ("customers.csv", "customers.xlsx", "../../etc/passwd", "x" * 300):
        refused(hand_in(browsers["administrator"], content, name), "field-error")
    assert counts() == before


@pytest.mark.parametrize(
    "content", [b"\0\0\0", b"\xff\xfe\x00", b"\n\n", b"number\n", b'"' * 9999], ids=lambda c: repr(c)[:20]
)
def test_a_file_that_tells_nothing_is_shown_and_not_imported(browsers, case, content):
    browser = browsers["administrator"]
    page = hand_in(browser, content).url

    assert browser.get(page).status_code == 200
    before = counts()
    refused(browser.post(page, {"column_number": "name", "action": "import"}))
    assert counts() == before


def test_a_file_for_nobody_is_refused_in_place(browsers, case, foreign):
    before = counts()
    for field in ("client", "kind", "file"):
        for value in (*NOT_CHOICES, "globex", str(foreign.client_id)):
            answer = refused(hand_in(browsers["administrator"], b"number\n1\n", **{field: value}), "field-error")
            assert field in answer.context["form"].errors, value
    assert counts() == before


def test_a_mapping_that_cannot_be_is_refused_in_place(browsers, case, acme, administrator):
    run = prepared(acme, administrator, b"number;opened;owes\n1;2020-01-01;5\n")
    url = reverse("import", args=[run.pk])
    good = {"column_number": "number", "action": "import"}
    bad = {
        "column_number": NOT_CHOICES,
        "column_name": NOT_CHOICES[1:],
        "date_format": NOT_CHOICES[1:],
        "decimal": NOT_CHOICES[1:],
        "currency": ("\0", "nothing"),
        "save_as": ("\0", "x" * 61),
        "as_of": ("2999-01-01", *(day for day in NOT_DAYS if day != "1900-01-01")),
    }
    refuse_each(browsers["administrator"], url, good, bad)
    before = counts()
    for field, values in {"encoding": NOT_CHOICES, "separator": NOT_CHOICES}.items():
        for value in values:
            sent = {"action": "read", "encoding": "utf-8", "separator": ";"} | {field: value}
            refused(browsers["administrator"].post(url, sent))
    assert counts() == before
