"""`Next`, skipping, how long somebody looked, and what comes back after it was sent back."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.errors import Moved
from accounts.models import StatusChange
from reinstatements import presentation, queues, services
from reinstatements.models import Approval, Policy, ReinstatementRequest
from reinstatements.services import eligibility
from reinstatements.services.attention import Attention
from tests import factories

pytestmark = pytest.mark.django_db


def case_of(acme, agent, number, status="awaiting_approval"):
    account = factories.suspend(factories.make_account(acme, number, balance_minor=8420))
    return factories.bring_to(account, status, agent)


def next_for(client, user):
    client.force_login(user)
    return client.get(reverse("next_case")).url


def decide(case, actor, seconds, decision="approve"):
    given = {"reason": "paid"} if decision == "approve" else {"reason": "not_proven", "note": "No proof."}
    attention = Attention(seconds)
    getattr(services, decision)(case, actor=actor, seen=factories.seen(case), attention=attention, **given)
    return ReinstatementRequest.objects.get(pk=case.pk)


def test_next_opens_the_most_urgent_case_that_one_may_decide(client, acme, awaiting_approval, agent, supervisor):
    with scopes_disabled():
        late = case_of(acme, agent, "A-2")
        own = case_of(acme, agent, "A-3", "submitted")
        ReinstatementRequest.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=1))
        ReinstatementRequest.objects.filter(pk=own.pk).update(due_at=timezone.now() - timedelta(days=1))

    assert next_for(client, supervisor) == late.get_absolute_url()
    assert next_for(client, agent) == own.get_absolute_url()


def test_skipping_asks_why_and_opens_the_next(client, acme, awaiting_approval, agent, supervisor):
    with scopes_disabled():
        second = case_of(acme, agent, "A-2")
    client.force_login(supervisor)
    url = reverse("case_skip", args=[awaiting_approval.code])

    assert client.post(url, {"reason": ""}).status_code == 400
    assert client.post(url, {"reason": "known_to_me", "note": "My neighbour."}).url == reverse("next_case")

    assert next_for(client, supervisor) == second.get_absolute_url()
    with scopes_disabled():
        skipped = StatusChange.objects.get(account=awaiting_approval.account_id, action="skip")
        assert (skipped.reason, skipped.actor) == ("known_to_me", supervisor)
        services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval))
    with time_machine.travel(timezone.now() + timedelta(hours=5)), scopes_disabled():
        assert queues.most_urgent(supervisor) == second


def test_how_long_the_case_was_open_is_kept_and_shown_with_the_decision(
    client, awaiting_approval, supervisor, second_supervisor, contact
):
    client.force_login(supervisor)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        form = client.get(awaiting_approval.get_absolute_url()).context["decide"]
        sent = {"facts": form.facts_text, "opened": form.page.opened_at, "reason": "paid", "note": ""}
        clock.shift(34)
        client.post(reverse("case_approve", args=[awaiting_approval.code]), sent)

    with scopes_disabled():
        approval = Approval.objects.get(case=awaiting_approval)
        assert (approval.seconds_open, approval.worker.username) == (34, "agent")
    told = "before them for 34 seconds, 0 files opened"
    for user, is_told in ((second_supervisor, True), (contact, False)):
        client.force_login(user)
        assert (told in client.get(awaiting_approval.get_absolute_url()).text) is is_told


@pytest.mark.parametrize(
    ("seconds", "files", "words"),
    [
        (None, None, ""),
        (1, 1, "before them for 1 second, 1 file opened"),
        (95, 2, "before them for 1 minute 35 seconds, 2 files opened"),
        (360, 0, "before them for 6 minutes, 0 files opened"),
        (5400, None, "before them for 90 minutes, 0 files opened"),
    ],
)
def test_how_long_somebody_looked_is_said_in_words(seconds, files, words):
    assert presentation.looked(Approval(seconds_open=seconds, evidence_opened=files)) == words


@pytest.mark.parametrize("opened", ["", "x", "\0", "W10:1"])
def test_a_form_that_does_not_say_when_it_was_shown_decides_without_a_time(
    client, awaiting_approval, supervisor, opened
):
    client.force_login(supervisor)
    form = client.get(awaiting_approval.get_absolute_url()).context["decide"]
    client.post(
        reverse("case_approve", args=[awaiting_approval.code]),
        {"facts": form.facts_text, "opened": opened, "reason": "paid", "note": ""},
    )
    with scopes_disabled():
        assert Approval.objects.get(case=awaiting_approval).seconds_open is None


@pytest.mark.requirement("R68")
def test_a_streak_of_hasty_decisions_is_looked_at_by_somebody_else(
    client, acme, agent, supervisor, second_supervisor, scoped
):
    cases = [case_of(acme, agent, f"A-{number}") for number in range(6)]
    seconds = (5, 6, 40, 3, 4)

    assert [decide(case, supervisor, each).review_wanted for case, each in zip(cases, seconds, strict=False)] == [
        False
    ] * 5

    last = [decide(cases[5], supervisor, 2)]
    assert [case.review_wanted for case in last] == [False]
    more = [case_of(acme, agent, f"B-{number}") for number in range(2)]
    assert [decide(case, supervisor, 1, "decline").review_wanted for case in more] == [False, True]
    for user, is_offered in ((supervisor, False), (second_supervisor, True)):
        listed = [case.pk for case in queues.QUEUES["review"].cases(user)]
        assert listed == ([more[1].pk] if is_offered else [])
    services.review(factories.fresh(more[1]), actor=second_supervisor, is_in_order=True)


@pytest.mark.requirement("R68")
def test_hasty_approvals_at_a_first_level_are_looked_at_once_the_case_is_decided(
    acme, agent, supervisor, second_supervisor, compliance, scoped
):
    policy = Policy.objects.get(client=acme, kind="payment")
    levels = [{"role": "supervisor", "count": 1}, {"role": "compliance", "count": 1}]
    factories.put_in_force(policy, policy.rules | {"levels": levels})
    cases = [case_of(acme, agent, f"A-{number}") for number in range(5)]

    given = [decide(case, supervisor, 3) for case in cases]

    assert [(case.status, case.review_wanted) for case in given] == [
        *[("awaiting_approval", False)] * 4,
        ("awaiting_approval", True),
    ]
    assert list(queues.QUEUES["review"].cases(second_supervisor)) == []
    with pytest.raises(Moved, match="not decided yet"):
        services.review(given[4], actor=second_supervisor, is_in_order=True)
    decided = decide(given[4], compliance, 50)
    assert [case.pk for case in queues.QUEUES["review"].cases(second_supervisor)] == [given[4].pk]
    services.review(decided, actor=second_supervisor, is_in_order=True)


# Sent back


@pytest.fixture
def sent_back(awaiting_approval, supervisor, scoped):
    seen = factories.seen(awaiting_approval)
    services.send_back(
        awaiting_approval, actor=supervisor, reason="evidence_unclear", seen=seen, note="Another name on it."
    )
    return ReinstatementRequest.objects.get(pk=awaiting_approval.pk)


def mend(case, agent):
    given = {"outcome": "met", "facts": {"method": "document"}, "evidence": {"reference": "Passport"}}
    services.record_check(case, "identity", actor=agent, **given)
    services.send_for_approval(case, actor=agent)
    return ReinstatementRequest.objects.get(pk=case.pk)


def test_what_was_sent_back_keeps_its_other_checks_and_its_clock(sent_back, awaiting_approval, agent):
    assert {check.code: check.outcome for check in sent_back.checks.all()} == {
        "identity": "met",
        "contact_confirmed": "met",
        "payment_received": "met",
    }
    assert (sent_back.due_at, sent_back.worker) == (awaiting_approval.due_at, agent)


def test_it_returns_to_the_same_supervisor_with_what_is_different(
    client, sent_back, agent, supervisor, second_supervisor
):
    case = mend(sent_back, agent)

    assert [list(queues.QUEUES["decide"].cases(user)) for user in (supervisor, second_supervisor)] == [[case], []]
    client.force_login(supervisor)
    shown = client.get(case.get_absolute_url())
    changes = [(row.label, row.after) for row in shown.context["returned"]["changes"] if "identity" in row.label]
    assert len(changes) == 1
    assert "Another name on it." in shown.content.decode()


def test_it_is_for_everybody_again_where_that_supervisor_goes_away(
    acme, sent_back, agent, supervisor, second_supervisor
):
    case = mend(sent_back, agent)
    factories.absence(supervisor)
    eligibility.look_again(acme.pk)

    assert list(queues.QUEUES["decide"].cases(second_supervisor)) == [case]


def test_a_case_is_not_kept_for_somebody_while_it_is_nearly_due(acme, sent_back, agent, supervisor, second_supervisor):
    with time_machine.travel(sent_back.due_at - timedelta(minutes=90)):
        case = mend(sent_back, agent)

    assert list(queues.QUEUES["decide"].cases(second_supervisor)) == [case]


def test_sending_back_is_counted_for_each_agent_and_reason(client, sent_back, agent, supervisor, contact):
    case = mend(sent_back, agent)
    services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
    client.force_login(supervisor)

    (row,) = client.get(reverse("sent_back")).context["rows"]

    assert (row["worker"], row["decided"], row["sent_back"], row["share"]) == (agent, 2, 1, 50)
    assert row["reasons"] == [("Evidence Unclear", 1)]
    client.force_login(contact)
    assert client.get(reverse("sent_back")).status_code == 404
