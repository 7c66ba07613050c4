"""What a payment does where a policy leaves returns to the rule, or to people, and where a case waits for it."""

import pytest
from django.utils import timezone

from accounts.models import Restriction, StatusChange, User
from accounts.services import payments
from reinstatements import services
from reinstatements.models import Policy, ReinstatementRequest
from reinstatements.services import lane
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]


def pay(account, actor=None, minor=8420, number="P-1"):
    """Pay what the account owes, as the client's own system tells of it, or as somebody types it in."""
    payments.record(
        account,
        actor=actor or User.objects.system(),
        origin=None if actor else "client_system",
        kind="payment",
        external_id=number,
        amount_minor=minor,
        currency=account.currency,
        paid_at=timezone.now(),
    )
    account.refresh_from_db()
    return account


def put_in_force(acme, **automatic):
    policy = Policy.objects.get(client=acme, kind="payment")
    rules = ["suspension_ended", "imported_history", "paid_in_full"]
    factories.put_in_force(policy, policy.rules | {"automatic": {"rules": rules} | automatic})


def over(amount):
    return [{"fact": "reinstated_before", "is": "at_least", "value": amount}]


@pytest.mark.requirement("R68")
def test_a_policy_without_the_rule_leaves_what_is_paid_to_people(acme, suspended):
    put_in_force(acme, rules=["suspension_ended", "imported_history"])

    assert pay(suspended).status == "suspended"
    assert suspended.balance_minor == 0
    assert Restriction.objects.filter(lifted_at=None).count() == 1
    assert not ReinstatementRequest.objects.exists()
    last = StatusChange.objects.filter(account=suspended).order_by("number").last()
    assert (last.action, last.reason) == ("leave_to_people", "paid")


def test_the_conditions_of_the_lane_are_asked_of_the_account(acme, suspended):
    put_in_force(acme, when=over(1))
    assert pay(suspended).status == "suspended"


def test_an_account_that_meets_the_conditions_of_the_lane_is_back(acme, suspended):
    put_in_force(acme, when=[{"fact": "reinstated_before", "is": "below", "value": 1}])

    assert pay(suspended).status == "active"


def test_what_the_lane_decides_is_sampled_for_review_as_before(acme, suspended):
    policy = Policy.objects.get(client=acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"review_one_in": 1})

    assert pay(suspended).status == "active"
    assert ReinstatementRequest.objects.get().review_wanted


@pytest.mark.parametrize("rule", ["suspension_ended", "imported_history"])
def test_of_what_has_ended_by_its_own_date_a_policy_has_no_say(suspended, rule):
    class Nothing:
        """A change that nobody may ask anything of."""

    assert lane.may_reinstate(Nothing(), rule=rule)


@pytest.mark.requirement("R78")
def test_a_case_that_waits_goes_on_when_somebody_types_in_that_all_is_paid(in_verification, agent):
    services.ask_member(in_verification, actor=agent, asked="Please pay.")

    pay(in_verification.account, actor=agent, minor=8000)
    assert ReinstatementRequest.objects.get().status == "awaiting_member"
    pay(in_verification.account, actor=agent, minor=420, number="P-2")

    case = ReinstatementRequest.objects.get()
    assert (case.status, case.worker, case.lapses_at) == ("in_verification", agent, None)
    woken = StatusChange.objects.get(subject_id=case.pk, action="member_answered")
    assert (woken.rule, woken.reason, woken.actor) == ("payment_wakes", "paid", User.objects.system())
    assert case.checks.get(code="payment_received").outcome == "open"


def test_a_case_goes_on_where_the_policy_leaves_the_paid_to_people(acme, in_verification, agent):
    services.ask_member(in_verification, actor=agent, asked="Please pay.")
    put_in_force(acme, rules=["suspension_ended", "imported_history"])

    pay(in_verification.account)

    assert ReinstatementRequest.objects.get().status == "in_verification"


def test_a_case_that_does_not_wait_and_one_that_waits_for_papers_only_stay_as_they_are(in_verification, agent):
    pay(in_verification.account, actor=agent)
    assert ReinstatementRequest.objects.get().status == "in_verification"
    evidence = {"facts": {"amount": 8420, "received_on": "2026-11-26"}, "evidence": {"reference": "P-1"}}
    services.record_check(in_verification, "payment_received", actor=agent, outcome="met", **evidence)
    services.ask_member(in_verification, actor=agent, asked="Please send your passport.")

    pay(in_verification.account, actor=agent, minor=1, number="P-2")

    assert ReinstatementRequest.objects.get().status == "awaiting_member"
