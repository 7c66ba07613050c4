"""Every fact that a decision rests on voids it where it changes between look and click, one fact after another."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_scopes import scope

from accounts.models import Account, Client, Membership, Restriction, Signal
from accounts.services import assets, memberships
from reinstatements import facts, levels, services
from reinstatements.models import Approval, Check, Policy, ReinstatementRequest
from tests import factories
from tests.benchmarks.copies import without_guards

OTHER = {
    "policy": lambda case: of(case, policy=Policy.objects.exclude(pk=case.policy_id).first()),
    "kind": lambda case: of(case, kind="service_plan"),
    "stopped.status": lambda case: of(case, stopped_status="on_hold"),
    "stopped.reason": lambda case: of(case, stopped_reason="fraud_suspected"),
    "stopped.entry": lambda case: of(case, stopped_entry=uuid4()),
    "resume_reason": lambda case: of(case, resume_reason="identity_confirmed"),
    "checks.code": lambda case: check(case, code="kyc"),
    "checks.outcome": lambda case: check(case, outcome="failed"),
    "checks.facts": lambda case: check(case, facts={"method": "document"}),
    "checks.evidence": lambda case: check(case, evidence_digest="0" * 64),
    "checks.added": lambda case: Check.objects.create(client=case.client, case=case, code="kyc", position=9),
    "restrictions.kind": lambda case: restriction(case, kind="security"),
    "restrictions.reason": lambda case: restriction(case, reason="fraud_suspected"),
    "restrictions.opened_at": lambda case: restriction(case, opened_at=F("opened_at") - timedelta(days=1)),
    "restrictions.lifted": lambda case: restriction(case, lifted_at=timezone.now(), lifted_entry=uuid4()),
    "restrictions.added": lambda case: Restriction.objects.create(
        client=case.client, account=case.account, kind="security", reason="fraud_suspected", opened_entry=uuid4()
    ),
    "balance.owed_minor": lambda case: account(case, balance_minor=8421),
    "balance.currency": lambda case: account(case, currency="USD"),
    "plan": lambda case: plan(case, price_minor=1),
    "effects.status": lambda case: account(case, status="on_hold"),
    "effects.language": lambda case: account(case, language="fr"),
    "effects.membership": lambda case: Membership.objects.filter(account=case.account).update(status="cancelled"),
    "risk.failures": lambda case: check(case, failures=1),
    "risk.sent_back": lambda case: of(case, sent_back_count=1),
    "signals": lambda case: Signal.objects.create(
        client=case.client,
        account=case.account,
        rule="ping_pong",
        evidence={},
        fingerprint="1",
        status="confirmed",
        judged_entry=uuid4(),
    ),
    "history.industry": lambda case: Client.objects.filter(pk=case.client_id).update(industry="bank"),
    "history.account_age_days": lambda case: account(case, opened_on="2020-02-29"),
    "history.reinstated_before": lambda case: completed_before(case),
}
NOT_FACTS = {
    "claim": lambda case: of(case, claimed_at=timezone.now(), worker=case.maker),
    "clock": lambda case: of(case, due_at=timezone.now() + timedelta(days=3)),
    "signal that nobody confirmed": lambda case: factories.raise_signal(case.account),
}


def of(case, **changed):
    ReinstatementRequest.objects.filter(pk=case.pk).update(**changed)


def check(case, **changed):
    Check.objects.filter(case=case, code="identity").update(**changed)


def restriction(case, **changed):
    Restriction.objects.filter(account=case.account).update(**changed)


def account(case, **changed):
    Account.objects.filter(pk=case.account_id).update(**changed)


def plan(case, **changed):
    held = Membership.objects.get(account=case.account)
    Membership.objects.filter(pk=held.pk).update(agreed=held.snapshot | changed)


def completed_before(case):
    other = ReinstatementRequest.objects.get(pk=case.pk)
    other.pk, other.code, other._state.adding = uuid4(), "BEFORE22", True
    type(other)._meta.get_field("status").set_state(other, "completed")
    other.save_base(raw=True, force_insert=True)


OF_SOME = {
    # what only some cases have among their facts: how it is made the fact of such a case, and another one
    "account": ("membership", lambda case: account(case, status="on_hold")),
    "membership": ("membership", lambda case: of(case, membership=None)),
    "appeal": ("appeal", lambda case: Approval.objects.filter(case=case.appeals_id).update(reason="member_silent")),
    "stale": ("case", lambda case: of(case, stopped_at=timezone.now() + timedelta(days=2))),
    "effects.asset": ("asset", lambda case: account(case, assets=[])),
    "effects.confirm": ("case", lambda case: ruled(case, confirmations=[{"system": "network"}])),
}


def ruled(case, **rules):
    policy = Policy.objects.get(pk=case.policy_id)
    Policy.objects.filter(pk=policy.pk).update(rules=policy.rules | rules)


@pytest.mark.requirement("R56", "R61")
@pytest.mark.django_db
def test_each_fact_that_changes_voids_what_was_reviewed_and_what_was_approved_before(
    acme, suspended, agent, supervisor, second_supervisor
):
    with scope(client=[acme.pk]):
        policy = Policy.objects.get(client=acme, kind="payment")
        factories.put_in_force(policy, policy.rules | {"levels": [{"role": "supervisor", "count": 2}]})
        case = factories.bring_to(suspended, "awaiting_approval", agent)
        services.approve(case, actor=second_supervisor, reason="paid", seen=factories.seen(case))
    with scope(client=[acme.pk]), without_guards():
        reviewed, told = facts.case_facts(fresh(case)), set()
        seen = facts.digest(reviewed)
        assert sum(levels.counted(fresh(case), seen).values()) == 1
        for name, change in OTHER.items():
            with transaction.atomic():
                change(case)
                told |= voided(case, name, reviewed, supervisor)
                transaction.set_rollback(True)
        assert told == set(reviewed)

        for name, change in NOT_FACTS.items():
            with transaction.atomic():
                change(case)
                assert factories.seen(case) == seen, name
                transaction.set_rollback(True)


@pytest.mark.requirement("R56", "R61")
@pytest.mark.django_db
@pytest.mark.parametrize("name", OF_SOME)
def test_a_fact_that_only_some_cases_have_voids_what_was_reviewed(name, acme, agent, supervisor, second_supervisor):
    kind, change = OF_SOME[name]
    with scope(client=[acme.pk]):
        case = case_of(kind, acme, agent, second_supervisor)
    with scope(client=[acme.pk]), without_guards():
        reviewed = facts.case_facts(fresh(case))
        change(case)
        assert voided(case, name, reviewed, supervisor) >= {name.partition(".")[0]}


def case_of(kind, acme, agent, decider):
    """A case that waits for a decision: of an account, a membership, an appeal, or with a thing that comes back."""
    account = factories.make_account(acme, balance_minor=0 if kind == "membership" else 8420)
    if kind == "membership":
        held = Membership.objects.get(account=account)
        memberships.suspend(held, actor=agent, kind="policy", reason="policy_breach")
        case = services.open_case(account, membership=held, actor=agent, resume_reason="paid", statement="Asked for.")
        services.start(services.submit(case, actor=agent), actor=agent)
        factories.meet_all(case, agent)
        services.send_for_approval(case, actor=agent)
        return fresh(case)
    if kind == "asset":
        assets.add(account, actor=agent, kind="mobile_number", identifier="+49 30 901820", reason="member_moved")
    case = factories.bring_to(factories.suspend(account), "awaiting_approval", agent)
    if kind == "appeal":
        return fresh(factories.appeal(factories.decline(case, decider), agent))
    return case


def voided(case, name, reviewed, actor):
    """Return which facts are told to be different to whoever decides on what was reviewed; nothing of it counts."""
    now, given = fresh(case), Approval.objects.filter(case=case).count()
    with pytest.raises(services.FactsChanged) as refusal:
        services.approve(now, actor=actor, reason="paid", seen=facts.digest(reviewed))
    assert Approval.objects.filter(case=case).count() == given, name
    current = refusal.value.current
    assert not sum(levels.counted(fresh(case), facts.digest(current)).values()), name
    found = {path.partition(".")[0] for path, *_values in facts.differences(reviewed, current)}
    assert name.partition(".")[0] in found, (name, found)
    return {name.partition(".")[0]}


def fresh(case):
    return ReinstatementRequest.objects.select_related("account", "policy").get(pk=case.pk)
