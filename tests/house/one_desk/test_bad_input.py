"""What nobody should send: the answer is a 4xx that says why, nothing is written, and what was typed is still there."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django_scopes import scope

from reinstatements import facts
from tests import factories
from tests.house.rows import counts, refused

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

LONG = "Maria paid. " * 900_000  # 10 MB
HALF = "\ud800"
ODD = {
    "right to left": "\u202eMaria\u202c שלום",
    "combining": "Mari\u0301a" + "\u0301" * 30,
    "formula": '=HYPERLINK("http://evil.example","x")',
    "markup": "<script>alert(1)</script>{{ 7|add:7 }}{% now 'Y' %}",
    "emoji": "👩‍👩‍👧 paid",
}
UNUSABLE = {"nul": "Maria\0 paid", "long": LONG, "blank": " \t\r\n "}


def shown_facts(case):
    with scope(client=[case.client_id]):
        return facts.encode(facts.case_facts(type(case).objects.select_related("account", "policy").get(pk=case.pk)))


def forms(case, stopped, served):
    """Each form that takes words: who fills it in, its fields, and the field of the words."""
    decision = {"facts": shown_facts(case)}
    paid = {"kind": "payment", "external_id": "P-1", "amount_minor": "1.00", "paid_at": "2026-11-01"}
    began = {"plan": "basic", "begins": "active", "reason": "agreed", "initiator": "member"}
    deed = {"reason": "away", "initiator": "member"}
    membership = served.membership.pk
    return {
        "payment": ("agent", reverse("account_payments", args=[stopped.pk]), paid, "reference"),
        "write_off": (
            "supervisor",
            reverse("charge_write_off", args=[served.account.pk, served.charge.pk]),
            {"reason": "goodwill"},
            "note",
        ),
        "account_deed": (
            "agent",
            reverse("account_deed", args=[served.account.pk, "suspend"]),
            {"kind": "policy", "reason": "policy_breach"},
            "note",
        ),
        "signal": (
            "supervisor",
            reverse("signal", args=[factories.raise_signal(stopped).pk]),
            {"reason": "clear:explained"},
            "note",
        ),
        "membership_add": ("agent", reverse("membership_add", args=[served.account.pk]), began, "note"),
        "membership_deed": (
            "agent",
            reverse("membership_deed", args=[membership, "pause"]),
            deed | {"starts_on": timezone.localdate().isoformat()},
            "note",
        ),
        "membership_withdraw": (
            "agent",
            reverse("membership_withdraw", args=[membership, served.change.pk]),
            deed,
            "note",
        ),
        "open": ("agent", reverse("case_open", args=[stopped.pk]), {"resume_reason": "paid"}, "statement"),
        "approve": ("supervisor", reverse("case_approve", args=[case.code]), decision | {"reason": "paid"}, "note"),
        "decline": (
            "supervisor",
            reverse("case_decline", args=[case.code]),
            decision | {"reason": "not_proven"},
            "note",
        ),
        "send_back": (
            "supervisor",
            reverse("case_send_back", args=[case.code]),
            decision | {"reason": "evidence_unclear"},
            "note",
        ),
        "withdraw": ("agent", reverse("case_withdraw", args=[case.code]), {"reason": "not_wanted"}, "note"),
        "reveal": ("agent", reverse("account_reveal", args=[stopped.pk]), {"reason": "member_on_phone"}, "words"),
    }


OF_SERVICE = ("payment", "write_off", "account_deed", "membership_add", "membership_deed", "membership_withdraw")
NAMES = ("open", "approve", "decline", "send_back", "withdraw", "reveal", "signal", *OF_SERVICE)
MAY_BE_EMPTY = ("approve", "withdraw", "signal", *OF_SERVICE)
CHOSEN = {"open": "resume_reason", "payment": "kind"}


@pytest.mark.parametrize("name", NAMES)
def test_words_that_cannot_be_kept_are_refused_in_place(browsers, case, stopped, served, name):
    who, url, fields, words = forms(case, stopped, served)[name]
    before = counts()
    for what, text in UNUSABLE.items():
        if what == "blank" and name in MAY_BE_EMPTY:
            continue
        answer = refused(browsers[who].post(url, fields | {words: text}), 'class="field-error"')
        if what != "nul":
            assert escape(text).strip() in answer.text, what
        else:
            assert "Maria" in answer.text
    assert counts() == before


@pytest.mark.parametrize("name", NAMES)
def test_a_choice_that_is_not_offered_loses_no_words(browsers, case, stopped, served, foreign, name):
    who, url, fields, words = forms(case, stopped, served)[name]
    chosen = CHOSEN.get(name, "reason")
    before = counts()
    for value in ("", "nonsense", "\0", str(foreign.pk), "=1+1", "x" * 5000, HALF):
        for text in ODD.values():
            data = fields | {chosen: value.replace(HALF, "\ufffd"), words: text}
            assert escape(text) in refused(browsers[who].post(url, data), "field-error").text
    refused(browsers[who].post(url, {key: value for key, value in fields.items() if key != chosen}))
    assert counts() == before


@pytest.mark.parametrize("name", ["approve", "decline", "send_back"])
def test_a_decision_on_facts_that_were_never_shown_is_refused(browsers, case, served, name):
    who, url, fields, words = forms(case, case.account, served)[name]
    before = counts()
    seen = shown_facts(case)
    for text in (
        "",
        "{}",
        "[]",
        "null",
        "{",
        "\0",
        seen + " ",
        seen[:-1],
        '{"a":1}',
        "[" * 10_000,
        f'{{"x":{2**70}}}',
        LONG,
    ):
        refused(browsers[who].post(url, fields | {words: "Words.", "facts": text}))
    assert counts() == before


def test_evidence_that_cannot_be_is_refused_in_place(browsers, case, agent):
    with scope(client=[case.client_id]):
        account = factories.suspend(factories.make_account(case.client, "A-3", balance_minor=8420))
        working = factories.bring_to(account, "in_verification", agent)
    before = counts()
    good = {"outcome": "met", "amount": "84.20", "received_on": "2026-11-20", "reference": "RF18 paid"}
    url = reverse("case_check", args=[working.code, "payment_received"])
    bad = {
        "amount": [
            "",
            "-1",
            "0",
            "1e9",
            "1,000.00",
            "NaN",
            "Infinity",
            str(10**30),
            "84.201",
            "=1+1",
            "\0",
            "x" * 5000,
        ],
        "received_on": ["", "2026-02-30", "2999-01-01", "1900-01-01", "20/11/2026", "0000-00-00", "\0", "x" * 5000],
        "reference": ["", " ", "a\0b", "x" * 201, LONG],
    }
    for field, values in bad.items():
        for value in values:
            answer = refused(browsers["agent"].post(url, good | {field: value}), "field-error")
            assert field == "reference" or "RF18 paid" in answer.text
    for outcome in ("", "MET", "open", "\0"):
        refused(browsers["agent"].post(url, good | {"outcome": outcome}))
    assert browsers["agent"].post(url, good | {"outcome": "nothing"}).status_code == 400
    assert counts() == before


def test_a_role_that_cannot_be_granted_is_refused_in_place(browsers, acme, agent, outsider, foreign):
    before = counts()
    good = {"username": "auditor", "client": "acme", "role": "contact", "until": ""}
    bad = {
        "username": ["", "nobody", "\0", "x" * 5000, "administrator", "reinstate"],
        "client": ["globex", "", "\0", str(foreign.client_id)],
        "role": ["", "king", "\0", "x" * 5000, "auditor"],
        "until": ["2026-02-30", "2000-01-01", "9999-12-31", "0000-01-01", "\0", str(2**70)],
    }
    for field, values in bad.items():
        for value in values:
            refused(
                browsers["administrator"].post(reverse("role_grant"), good | {field: value}), "Nothing was saved yet"
            )
    assert counts() == before


@pytest.mark.parametrize("body", [
    b"", b"{", b"null", b"[]", b"1", b'"x"', b"\xff\xfe", b"\0", b"[" * 100_000, b"{}", b'{"key":1,"fields":{}}',
    b'{"key":"open:1"}', b'{"key":"","fields":{}}', b'{"key":"x","fields":[]}', b'{"key":"x","fields":{"a":1}}',
    b'{"key":"x","fields":{"a":"\\u0000"}}', b'{"key":"x","fields":{"a":"\\ud800"}}', b'{"key":"\\u0000","fields":{}}',
    b'{"key":"x","fields":{"\\u0000":"a"}}', b'{"key":NaN,"fields":{}}', b'{"key":"' + b"x" * 90 + b'","fields":{}}',
    json.dumps({"key": "x", "fields": {str(n): "a" for n in range(21)}}).encode(),
    json.dumps({"key": "x", "fields": {"a": LONG}}).encode(), b'{"key":"x","fields":{"a":' + b"9" * 5000 + b"}}",
], ids=lambda body: repr(body[:30]))  # fmt: skip
def test_a_draft_that_is_none_is_refused(browsers, stopped, body):
    before = counts()
    url = reverse("account_draft", args=[stopped.pk])
    answer = browsers["agent"].post(url, body, content_type="application/json")
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]
    assert counts() == before


def test_more_fields_than_a_form_has_are_refused(browsers, case, stopped, served):
    known = forms(case, stopped, served)
    before = counts()
    many = {f"field{number}": "x" for number in range(5000)}
    for who, url, _fields, _words in known.values():
        refused(browsers[who].post(url, many))
    for name in ("search", "log", "queue", "account_list", "membership_list"):
        refused(browsers["compliance"].get(f"{reverse(name)}?" + "&".join(f"f{n}=1" for n in range(5000))))
    assert counts() == before


def test_a_field_sent_twice_counts_once(browsers, case, stopped):
    before = counts()
    url = reverse("case_open", args=[stopped.pk])
    refused(browsers["agent"].post(url, {"resume_reason": ["paid", "nonsense"], "statement": ["one", "two"]}))
    refused(browsers["compliance"].get(reverse("log") + "?origin=agent&origin=nonsense"))
    assert counts() == before


@pytest.mark.parametrize("page", ["plan", "reasoncode", "template", "user", "client"])
def test_settings_that_cannot_be_are_refused_in_place(browsers, acme, foreign, page):
    app = "notifications" if page == "template" else "accounts"
    if page == "client":
        url = reverse("admin:accounts_client_change", args=[acme.pk])
    else:
        url = reverse(f"admin:{app}_{page}_add")
    before = counts()
    names = (
        "client",
        "code",
        "name",
        "label",
        "use",
        "price_minor",
        "currency",
        "cycle",
        "event",
        "language",
        "subject",
    )
    names += (
        "body",
        "username",
        "email",
        "time_zone",
        "colour",
        "country",
        "position",
        "first_name",
        "password1",
        "person",
    )
    bad = ("", "\0", "a\0b", "x" * 20_000, str(2**70), "-1", str(foreign.client_id), "=1+1", "\u202ex", "\r\nBcc: x")
    for value in bad:
        answer = browsers["administrator"].post(url, dict.fromkeys(names, value))
        assert answer.status_code in (200, 400), (value, answer.status_code)
        assert "errorlist" in answer.text, value
    for query in (
        "q=%00",
        "p=-1",
        f"p={2**70}",
        "p=x",
        "o=-99",
        "all=1",
        "client=globex",
        "is_active__exact=%00",
        "zz=1",
    ):
        answer = browsers["administrator"].get(reverse(f"admin:{app}_{page}_changelist") + "?" + query)
        assert answer.status_code < 500, query
    assert counts() == before
