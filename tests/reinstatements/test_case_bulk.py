"""Many cases at once: each checked by itself, a result for each, and never one that one cannot see."""

from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.errors import Invalid
from reinstatements.models import Approval, CaseBulk, Policy, ReinstatementRequest
from reinstatements.services import bulk
from tests import factories


def reached_by(name):
    """Return the contact data of somebody whom no other account has."""
    return factories.HOLDER | {"email": f"{name}@example.com", "phone": f"+49 30 90182{sum(map(ord, name)):04}"}


@pytest.fixture
def three(acme, agent, awaiting_approval):
    """A routine case, one that owes more than was paid, and one that is still in verification."""
    with scopes_disabled():
        cases = [awaiting_approval]
        for number, status in (("B-1", "awaiting_approval"), ("B-2", "in_verification")):
            account = factories.suspend(
                factories.make_account(acme, number, balance_minor=8420, holder=reached_by(number))
            )
            cases.append(factories.bring_to(account, status, agent))
        second = cases[1].account
        type(second).objects.filter(pk=second.pk).update(balance_minor=99_999)
    return cases


@pytest.fixture
def allowed(acme):
    """Let two people put a policy in force that allows it, before the cases are opened."""
    with scopes_disabled():
        policy = Policy.objects.in_force(timezone.now()).get(client=acme, kind="payment")
        return factories.put_in_force(policy, policy.rules | {"bulk_approval": True})


def send(client, user, deed, cases, **fields):
    client.force_login(user)
    keys = [str(case.pk) for case in cases]
    page = client.get(reverse("case_bulk"), {"deed": deed, "case": keys})
    sent = {"deed": deed, "case": keys, "key": str(uuid4()), "reason": "paid"} | fields
    sent |= {f"seen-{row['case'].pk}": row["seen"] for row in page.context["cases"] if row["seen"]}
    return client.post(reverse("case_bulk"), sent, follow=True)


def outcomes(response):
    return {case.account.number: why for case, why, _reached in response.context["rows"]}


def statuses(cases):
    with scopes_disabled():
        return [ReinstatementRequest.objects.get(pk=case.pk).status for case in cases]


def test_many_are_assigned_at_once_each_with_its_result(client, acme, agent, supervisor, three):
    with scopes_disabled():
        other = factories.make_user("other", (acme, "agent"))
    answer = send(client, supervisor, "assign", three, worker=str(other.pk))

    found = outcomes(answer)
    assert found["B-2"] == ""
    assert "nobody works on it" in found["A-1001"]
    assert "nobody works on it" in found["B-1"]


def test_no_policy_of_ours_lets_many_be_approved_at_once(client, supervisor, three):
    answer = send(client, supervisor, "approve", three)

    assert set(outcomes(answer).values()) == {"The policy of this case does not allow many to be approved at once."}
    assert statuses(three) == ["awaiting_approval", "awaiting_approval", "in_verification"]


def test_where_the_policy_allows_it_each_case_is_checked_by_itself(client, allowed, supervisor, three):
    answer = send(client, supervisor, "approve", three)

    found = outcomes(answer)
    assert found["A-1001"] == ""
    assert found["B-1"] == "This case is not routine. Open it and decide it by itself."
    assert "does not wait for a decision" in found["B-2"]
    assert statuses(three) == ["completed", "awaiting_approval", "in_verification"]
    with scopes_disabled():
        assert [row.user for row in Approval.objects.filter(decision="approved")] == [supervisor]


def test_what_stands_out_beside_the_facts_keeps_a_case_from_being_approved_among_many(
    client, acme, agent, allowed, supervisor
):
    with scopes_disabled():
        cases = [
            factories.bring_to(
                factories.suspend(factories.make_account(acme, number, balance_minor=8420, holder=holder)),
                "awaiting_approval",
                agent,
            )
            for number, holder in (
                ("S-1", reached_by("S-1")),
                ("T-1", reached_by("T")),
                ("T-2", reached_by("T")),
            )
        ]
        factories.raise_signal(cases[0].account)
    shown = {
        "S-1": "1 signal waits to be looked at",
        "T-1": f"The same mail address or number asks in another case, too: {cases[2].code}",
        "T-2": f"The same mail address or number asks in another case, too: {cases[1].code}",
    }
    client.force_login(supervisor)
    page = client.get(reverse("case_bulk"), {"deed": "approve", "case": [str(case.pk) for case in cases]})
    assert {row["case"].account.number: row["deviations"] for row in page.context["cases"]} == {
        number: [line] for number, line in shown.items()
    }

    answer = send(client, supervisor, "approve", cases)
    assert outcomes(answer) == {
        number: f"{line}. Open the case and decide it by itself." for number, line in shown.items()
    }
    assert set(statuses(cases)) == {"awaiting_approval"}


def test_nobody_approves_their_own_among_many(client, acme, allowed, suspended):
    with scopes_disabled():
        both = factories.make_user("both", (acme, "agent"), (acme, "supervisor"))
        case = factories.bring_to(suspended, "awaiting_approval", both)
    answer = send(client, both, "approve", [case])

    assert outcomes(answer) == {"A-1001": "You do not decide this case."}


def test_what_changed_since_the_list_was_shown_is_not_approved(client, acme, allowed, supervisor, awaiting_approval):
    answer = send(client, supervisor, "approve", [awaiting_approval], **{f"seen-{awaiting_approval.pk}": ""})
    assert outcomes(answer) == {"A-1001": ""}

    with scopes_disabled():
        account = factories.suspend(factories.make_account(acme, "C-1", balance_minor=8420))
        late = factories.bring_to(account, "awaiting_approval", factories.make_user("typist", (acme, "agent")))
    client.force_login(supervisor)
    sent = {
        "deed": "approve",
        "case": [str(late.pk)],
        "key": str(uuid4()),
        "reason": "paid",
        f"seen-{late.pk}": "0" * 64,
    }
    answer = client.post(reverse("case_bulk"), sent, follow=True)
    assert "has changed since you opened it" in outcomes(answer)["C-1"]


def test_a_form_that_is_sent_twice_runs_once(client, acme, supervisor, agent, three):
    key = str(uuid4())
    for _time in range(2):
        send(client, supervisor, "assign", three, worker=str(agent.pk), key=key)

    with scopes_disabled():
        assert CaseBulk.objects.count() == 1


def test_cases_of_two_clients_lead_back_to_the_list_as_it_was_narrowed(client, acme, globex, awaiting_approval):
    with scopes_disabled():
        both = factories.make_user("both", (acme, "supervisor"), (globex, "supervisor"))
        account = factories.suspend(factories.make_account(globex, "G-1"))
        theirs = factories.bring_to(account, "submitted", factories.make_user("teller", (globex, "agent")))
    client.force_login(both)
    shown = client.get(reverse("queue"), {"queue": "decide", "kind": "payment"})
    back = shown.text.split('name="back" value="')[1].split('"')[0].replace("&amp;", "&")
    keys = [str(awaiting_approval.pk), str(theirs.pk)]
    answer = client.get(reverse("case_bulk"), {"deed": "assign", "case": keys, "back": back}, follow=True)

    ((address, status),) = answer.redirect_chain
    assert (address.partition("?")[0], status) == (reverse("queue"), 302)
    assert parse_qs(address.partition("?")[2]) == {"queue": ["decide"], "kind": ["payment"]}
    assert "Choose cases of one client." in answer.text
    many = [str(uuid4()) for _number in range(51)]
    answer = client.get(reverse("case_bulk"), {"deed": "assign", "case": many, "back": "//evil.example/?a=b#c"})
    assert (answer.status_code, answer.url.partition("?")[0]) == (302, reverse("queue"))
    assert "#" not in answer.url


def test_where_no_policy_allows_it_there_is_nothing_to_send(client, supervisor, three):
    client.force_login(supervisor)
    keys = [str(case.pk) for case in three]
    page = client.get(reverse("case_bulk"), {"deed": "approve", "case": keys, "back": "queue=decide"}).text

    assert page.count("Its policy does not allow many to be approved at once.") == 3
    assert 'name="reason"' not in page
    assert '<button class="button primary">Approve' not in page
    assert f'href="{reverse("queue")}?queue=decide"' in page


def test_what_nobody_works_on_any_more_is_not_assigned(client, supervisor, three):
    client.force_login(supervisor)
    sent, _owes, in_verification = (str(case.pk) for case in three)

    both = client.get(reverse("case_bulk"), {"deed": "assign", "case": [sent, in_verification]}).text
    assert both.count("Nobody works on it now.") == 1
    assert 'name="worker"' in both
    none = client.get(reverse("case_bulk"), {"deed": "assign", "case": [sent]}).text
    assert "None of them is to be worked on." in none
    assert 'name="worker"' not in none


@pytest.mark.parametrize(
    ("queue", "offered"),
    [("decide", ["approve"]), ("to-start", ["assign"]), ("open", ["assign", "approve"]), ("done", []), ("review", [])],
)
def test_a_list_offers_only_what_can_be_done_to_its_cases(client, supervisor, three, queue, offered):
    client.force_login(supervisor)
    shown = client.get(reverse("queue"), {"queue": queue})

    assert [name for name, _label in shown.context["bulk_deeds"]] == offered


def test_where_the_policy_allows_it_there_is_a_form(client, allowed, supervisor, three):
    client.force_login(supervisor)
    page = client.get(reverse("case_bulk"), {"deed": "approve", "case": [str(three[0].pk)]}).text
    assert 'name="reason"' in page
    assert '<button class="button primary">Approve' in page


def test_cases_that_one_cannot_see_are_not_there(client, globex, supervisor, outsider, awaiting_approval):
    client.force_login(outsider)
    answer = client.get(reverse("case_bulk"), {"deed": "approve", "case": [str(awaiting_approval.pk)]})
    assert answer.context["cases"] == []
    with scopes_disabled():
        foreign = factories.suspend(factories.make_account(globex, "G-1"))
        theirs = factories.bring_to(foreign, "submitted", factories.make_user("teller", (globex, "agent")))
        with pytest.raises(Invalid):
            bulk.run(uuid4(), "assign", [awaiting_approval, theirs], actor=supervisor, worker=supervisor)


def test_the_result_is_for_whoever_did_it(client, supervisor, second_supervisor, agent, three):
    answer = send(client, supervisor, "assign", three, worker=str(agent.pk))
    client.force_login(second_supervisor)
    assert client.get(answer.redirect_chain[-1][0]).status_code == 404
