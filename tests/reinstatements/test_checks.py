from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts import money
from accounts.models import StatusChange
from accounts.services import words
from reinstatements.models import ReinstatementRequest
from tests import factories

TODAY = timezone.now().date()
PAYMENT = {"amount": "84.20", "received_on": TODAY.isoformat(), "reference": "RF18 5390 0754 7034"}


def record(client, user, case, check, outcome="met", **fields):
    client.force_login(user)
    return client.post(reverse("case_check", args=[case.code, check]), {"outcome": outcome} | fields)


def read(case, code):
    with scope(client=case.client_id):
        check = case.checks.get(code=code)
        return check, words.read(case.account, [check.entry]) if check.entry else {}


def fresh(case):
    with scope(client=case.client_id):
        return ReinstatementRequest.objects.get(pk=case.pk)


def meet(client, user, case):
    record(client, user, case, "identity", method="call_back", reference="Call 4711")
    record(client, user, case, "contact_confirmed", channel="phone", confirmed_on=TODAY.isoformat())
    record(client, user, case, "payment_received", **PAYMENT)


@pytest.mark.requirement("R34")
def test_typed_evidence_is_kept_as_facts_and_what_is_personal_is_sealed(client, in_verification, agent):
    response = record(client, agent, in_verification, "payment_received", **PAYMENT)

    check, sealed = read(in_verification, "payment_received")
    assert response["Location"] == in_verification.get_absolute_url()
    assert (check.outcome, check.done_by) == ("met", agent)
    assert check.facts == {"amount": 8420, "received_on": TODAY.isoformat()}
    assert list(sealed.values()) == ['{"reference":"RF18 5390 0754 7034"}']


def test_whoever_works_on_it_has_a_form_for_each_open_check(client, in_verification, agent, contact):
    def forms(user):
        client.force_login(user)
        work = client.get(in_verification.get_absolute_url()).context["work"]
        return {step["check"].code: list(step["form"].fields) for step in work.steps if step["form"]}

    assert forms(agent) == {
        "identity": ["method", "reference"],
        "contact_confirmed": ["channel", "confirmed_on"],
        "payment_received": ["amount", "received_on", "reference"],
    }
    assert forms(contact) == {}
    record(client, agent, in_verification, "identity", method="document", reference="P 1")
    assert list(forms(agent)) == ["contact_confirmed", "payment_received"]


@pytest.mark.parametrize(
    ("check", "fields", "message"),
    [
        ("payment_received", {"amount": ""}, "This field is required."),
        ("payment_received", {"amount": "0"}, "The amount must be more than zero."),
        ("payment_received", {"amount": "-5"}, "Write an amount in EUR"),
        ("payment_received", {"amount": "1,084"}, "without thousands separators, such as 1084.20."),
        ("payment_received", {"amount": "84.201"}, "Write an amount in EUR"),
        ("payment_received", {"amount": "84 USD"}, "Write an amount in EUR"),
        ("payment_received", {"amount": "=1+1"}, "Write an amount in EUR"),
        ("payment_received", {"amount": "1e9"}, "Write an amount in EUR"),
        ("payment_received", {"amount": "90071992547409.93"}, "larger than any that can be kept"),
        ("payment_received", {"amount": "9" * 41}, "at most 40 characters"),
        ("payment_received", {"amount": "8\0"}, "Null characters are not allowed."),
        ("payment_received", {"received_on": "20/11/2026"}, "Write the date as year, month and day"),
        ("payment_received", {"received_on": "2026-02-30"}, "Write the date as year, month and day"),
        ("payment_received", {"received_on": "0206-11-20"}, "more than ten years ago"),
        ("payment_received", {"received_on": (TODAY + timedelta(days=3)).isoformat()}, "lies in the future"),
        ("payment_received", {"reference": ""}, "This field is required."),
        ("payment_received", {"reference": "x" * 201}, "200 characters at the most"),
        ("identity", {"method": "telepathy", "reference": "1"}, "not one of the available choices"),
        ("identity", {"reference": "1"}, "This field is required."),
    ],
)
def test_evidence_that_cannot_be_right_is_refused_in_place(client, in_verification, agent, check, fields, message):
    typed = (PAYMENT if check == "payment_received" else {}) | fields
    response = record(client, agent, in_verification, check, **typed)

    page = response.content.decode()
    assert response.status_code == 400
    assert message in page
    assert all(value in page for value in typed.values() if "\0" not in value)
    assert read(in_verification, check)[0].outcome == "open"


def test_a_document_that_has_expired_proves_nothing_but_may_be_why_a_check_failed(client, globex):
    clerk = factories.make_user("clerk", (globex, "agent"))
    case = factories.bring_to(factories.suspend(factories.make_account(globex)), "in_verification", clerk)
    expired = {"document": "passport", "valid_until": (TODAY - timedelta(days=2)).isoformat(), "reference": "C01X"}

    refused = record(client, clerk, case, "kyc", **expired)
    assert (refused.status_code, "This date has passed" in refused.content.decode()) == (400, True)
    record(client, clerk, case, "kyc", "failed", **expired)

    check, _sealed = read(case, "kyc")
    assert (check.outcome, check.failures) == ("failed", 1)


def test_a_check_fails_without_evidence_and_is_met_later(client, in_verification, agent):
    record(client, agent, in_verification, "identity", "failed")
    check, _sealed = read(in_verification, "identity")
    assert (check.outcome, check.failures, check.facts) == ("failed", 1, {})

    record(client, agent, in_verification, "identity", method="call_back", reference="Call 4712")
    check, _sealed = read(in_verification, "identity")
    assert (check.outcome, check.failures) == ("met", 1)
    assert "Failed 1 time" in client.get(in_verification.get_absolute_url()).content.decode()


def test_a_met_check_is_opened_again(client, in_verification, agent):
    record(client, agent, in_verification, "identity", method="call_back", reference="Call 4711")
    client.post(reverse("case_check_reopen", args=[in_verification.code, "identity"]))

    check, _sealed = read(in_verification, "identity")
    assert (check.outcome, check.facts, check.evidence_digest) == ("open", {}, "")


def test_an_outcome_or_a_check_that_there_is_not(client, in_verification, agent):
    assert record(client, agent, in_verification, "identity", "waived").status_code == 400
    assert record(client, agent, in_verification, "nonsense").status_code == 404


def test_a_card_number_in_the_evidence_is_cut(client, in_verification, agent):
    record(client, agent, in_verification, "identity", method="document", reference="5500 0000 0000 0004")

    assert list(read(in_verification, "identity")[1].values()) == ['{"reference":"••••0004"}']


@pytest.mark.requirement("R56")
def test_a_case_is_sent_when_all_checks_are_met_and_not_before(client, in_verification, agent):
    url = reverse("case_send", args=[in_verification.code])
    client.force_login(agent)
    page = client.get(in_verification.get_absolute_url()).content.decode()
    assert ("3 checks are not met yet." in page, "Send for approval" in page) == (True, False)
    assert client.post(url).status_code == 403

    meet(client, agent, in_verification)
    assert "Send for approval" in client.get(in_verification.get_absolute_url()).content.decode()
    client.post(url, {"note": "All by call."})

    sent = fresh(in_verification)
    assert (sent.status, sent.level_role) == ("awaiting_approval", "supervisor")
    with scope(client=sent.client_id):
        entry = StatusChange.objects.get(subject_id=sent.pk, action="send_for_approval")
        assert words.read(sent.account, [entry.uid])[entry.uid, "note"] == "All by call."


def test_evidence_that_comes_too_late_is_answered_with_how_the_case_stands_and_what_was_typed(
    client, awaiting_approval, agent
):
    response = record(client, agent, awaiting_approval, "identity", method="document", reference="Passport 17")

    page = response.content.decode()
    assert response.status_code == 409
    assert ("awaiting approval" in page.lower(), "Passport 17" in page) == (True, True)
    assert read(awaiting_approval, "identity")[0].facts == {"method": "call_back"}


@pytest.mark.parametrize("door", ["submit", "start", "send", "withdraw", "checks/identity", "checks/identity/reopen"])
def test_those_who_do_not_work_cases_change_nothing(client, in_verification, contact, auditor, compliance, door):
    for user in (contact, auditor, compliance):
        client.force_login(user)
        response = client.post(f"{in_verification.get_absolute_url()}{door}/", {"outcome": "met", "reason": "x"})
        assert response.status_code == 403
    assert fresh(in_verification).status == "in_verification"


def test_a_case_is_withdrawn_for_a_reason(client, in_verification, agent):
    url = reverse("case_withdraw", args=[in_verification.code])
    client.force_login(agent)

    # The only reason there is stands chosen in the form; one that is not the client's is refused.
    assert client.post(url, {"reason": "nonsense"}).status_code == 400
    response = client.post(url, {"reason": "not_wanted", "note": "He called."}, follow=True)

    assert fresh(in_verification).status == "withdrawn"
    assert f"Case {in_verification.code} is withdrawn" in response.content.decode()
    assert client.post(url, {"reason": "not_wanted"}).status_code == 409


def test_a_supervisor_is_told_that_working_on_a_case_excludes_deciding_it(client, in_verification, supervisor):
    client.force_login(supervisor)
    said = "If you work on this case, somebody else decides it."
    assert said in client.get(in_verification.get_absolute_url()).content.decode()

    client.post(f"{in_verification.get_absolute_url()}take-over/", {"reason": "case_urgent"})
    record(client, supervisor, in_verification, "identity", method="call_back", reference="Call 4711")
    assert said not in client.get(in_verification.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("84.20", "EUR", 8420),
        ("84,2", "EUR", 8420),
        ("1 084.20 EUR", "EUR", 108420),
        ("1\u202f084,20", "EUR", 108420),
        ("1'084'000", "CHF", 108400000),
        ("1084", "JPY", 1084),
        ("1.084", "KWD", 1084),
        ("٨٤٫٢٠", "EUR", 8420),
        ("90071992547409.91", "USD", 2**53 - 1),
    ],
)
def test_an_amount_is_read_in_the_notations_people_use(typed, currency, minor):
    assert money.parse(typed, currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (8420, "EUR", "84.20 EUR"),
        (-842050, "USD", "-8,420.50 USD"),
        (5, "EUR", "0.05 EUR"),
        (1084, "JPY", "1,084 JPY"),
        (1084, "KWD", "1.084 KWD"),
    ],
)
def test_an_amount_is_told_in_the_units_of_its_currency(minor, currency, words):
    assert money.words(minor, currency) == words
    if minor > 0:
        assert money.parse(money.plain(minor, currency), currency) == minor
