import pytest
from django.urls import reverse
from django_scopes import scope

from accounts.models import StatusChange
from accounts.services import drafts, words
from reinstatements.models import ReinstatementRequest
from tests import factories

STATEMENT = "Paid by transfer on Friday."


def url(account):
    return reverse("case_open", args=[account.pk])


def ask(client, user, account, **fields):
    client.force_login(user)
    return client.post(url(account), {"resume_reason": "paid", "statement": STATEMENT} | fields)


def cases(acme):
    with scope(client=acme.pk):
        return list(ReinstatementRequest.objects.order_by("opened_at"))


def statement_of(case):
    with scope(client=case.client_id):
        return words.read(case.account, [case.opened_entry])[case.opened_entry, "statement"]


@pytest.mark.requirement("R22", "R33", "R57")
def test_the_page_shows_why_it_stopped_and_what_will_be_asked(client, suspended, agent):
    client.force_login(agent)
    page = client.get(url(suspended)).content.decode()

    for shown in (
        "Non Payment",
        "The card was declined twice.",
        "84.20 EUR",
        "Identity confirmed",
        "Contact data confirmed",
        "Payment received",
        "Policy “Payment”, version 1; decided by: supervisor.",
        "M•••• K••••",
    ):
        assert shown in page


def test_a_case_is_opened_submitted_and_started_in_one_go(client, suspended, agent, supervisor, acme):
    response = ask(client, agent, suspended, then="start")

    (case,) = cases(acme)
    assert response["Location"] == case.get_absolute_url()
    assert (case.status, case.worker, case.resume_reason) == ("in_verification", agent, "paid")
    assert statement_of(case) == STATEMENT
    with scope(client=acme.pk):
        entries = StatusChange.objects.filter(subject_id=case.pk).order_by("number")
        assert [entry.action for entry in entries] == ["open", "submit", "start"]


def test_a_case_can_stay_a_draft_and_be_submitted_later(client, suspended, agent, acme):
    ask(client, agent, suspended, then="draft")
    (case,) = cases(acme)
    assert (case.status, case.worker) == ("draft", None)

    client.post(reverse("case_submit", args=[case.code]))
    assert cases(acme)[0].status == "submitted"
    client.post(reverse("case_start", args=[case.code]))
    assert (cases(acme)[0].status, cases(acme)[0].worker) == ("in_verification", agent)


def test_a_draft_is_submitted_and_started_with_one_button(client, draft, agent, acme):
    client.force_login(agent)
    client.post(reverse("case_submit", args=[draft.code]), {"start": "1"})

    assert cases(acme)[0].status == "in_verification"


def test_an_account_in_service_has_nothing_to_reinstate(client, agent, acme):
    account = factories.make_account(acme)
    client.force_login(agent)

    for response in (client.get(url(account)), ask(client, agent, account)):
        assert response.status_code == 400
        assert "Account A-1001 is active; there is nothing to reinstate." in response.content.decode()
    assert cases(acme) == []


def test_a_second_case_is_refused_with_the_way_to_the_first_and_what_was_typed(client, draft, suspended, agent, acme):
    response = ask(client, agent, suspended, statement="She paid at the counter.")

    page = response.content.decode()
    assert response.status_code == 409
    assert draft.get_absolute_url() in page
    assert "She paid at the counter." in page
    assert len(cases(acme)) == 1
    assert client.get(url(suspended))["Location"] == draft.get_absolute_url()


def test_those_who_do_not_work_cases_cannot_open_one(client, suspended, acme, contact, auditor, compliance):
    for user in (contact, auditor, compliance):
        assert ask(client, user, suspended).status_code == 403
        assert client.get(url(suspended)).status_code == 403
    assert cases(acme) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"statement": ""}, "This field is required."),
        ({"statement": "   "}, "This field is required."),
        ({"statement": "x" * 5001}, "5000 characters at the most, and you typed 5001"),
        ({"statement": "x" * 10_000_000}, "5000 characters at the most, and you typed 10000000"),
        ({"statement": "a\0b"}, "Null characters are not allowed."),
        ({"resume_reason": ""}, "This field is required."),
        ({"resume_reason": "not_proven"}, "not one of the available choices"),
        ({"resume_reason": "a\0b"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_kept_is_said_in_place_and_nothing_is_lost(client, suspended, agent, acme, fields, message):
    response = ask(client, agent, suspended, **fields)

    page = response.content.decode()
    assert response.status_code == 400
    assert message in page
    typed = ({"statement": STATEMENT} | fields)["statement"].strip()
    assert typed in page
    assert cases(acme) == []


def test_a_form_with_nothing_in_it_is_answered_in_place(client, suspended, agent, acme):
    client.force_login(agent)

    assert client.post(url(suspended), {}).status_code == 400
    assert cases(acme) == []


@pytest.mark.parametrize(
    "text", ["שולם אתמול", "a\u0301\u0323 e\u0301", "=1+1", "\u202epaid\u202c", "Zeile eins\nzwei"]
)
def test_words_in_any_script_are_kept_as_they_are(client, suspended, agent, acme, text):
    ask(client, agent, suspended, statement=text.replace("\n", "\r\n"))

    assert statement_of(cases(acme)[0]) == text


@pytest.mark.requirement("R120")
def test_a_card_number_is_cut_before_it_is_kept_and_the_agent_is_told(client, suspended, agent, acme):
    client.force_login(agent)
    response = client.post(
        url(suspended), {"resume_reason": "paid", "statement": "Paid with 4111 1111 1111 1111."}, follow=True
    )

    assert statement_of(cases(acme)[0]) == "Paid with ••••1111."
    assert "Only its last four digits were kept." in response.content.decode()


def test_what_was_typed_before_is_back_until_the_case_is_open(client, suspended, agent, acme):
    client.force_login(agent)
    with scope(client=acme.pk):
        drafts.save(agent, suspended, f"open:{suspended.pk}", {"statement": "Half a sen"})

    assert "Half a sen" in client.get(url(suspended)).content.decode()
    ask(client, agent, suspended)
    with scope(client=acme.pk):
        assert drafts.load(agent, suspended, f"open:{suspended.pk}") == {}


def test_a_closed_account_without_restrictions_can_be_asked_for_too(client, agent, acme):
    account = factories.make_account(acme)
    with scope(client=acme.pk):
        factories.close(account, agent)

    ask(client, agent, account)

    assert [(case.kind, case.stopped_status) for case in cases(acme)] == [("account_status", "closed")]
