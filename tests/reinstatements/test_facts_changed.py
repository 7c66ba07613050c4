"""Every fact that a decision rests on voids it where it changes between look and click, one fact after another."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_scopes import scope

from accounts.models import Account, Client, Membership, Restriction, Signal
from reinstatements import facts, services
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


@pytest.mark.requirement("R56", "R61")
@pytest.mark.django_db
def test_each_fact_that_changes_voids_what_was_reviewed_and_what_was_approved_before(
    awaiting_approval, supervisor, acme
):
    case = awaiting_approval
    with scope(client=[acme.pk]), without_guards():
        reviewed, told = facts.case_facts(fresh(case)), set()
        seen = facts.digest(reviewed)
        for name, change in OTHER.items():
            with transaction.atomic():
                change(case)
                now = fresh(case)
                with pytest.raises(services.FactsChanged) as refusal:
                    services.approve(now, actor=supervisor, reason="paid", seen=seen)
                assert not Approval.objects.exists(), name
                paths = [path for path, *_values in facts.differences(reviewed, refusal.value.current)]
                assert name.partition(".")[0] in {path.partition(".")[0] for path in paths}, (name, paths)
                told.add(name.partition(".")[0])
                transaction.set_rollback(True)
        assert told == set(reviewed)

        for name, change in NOT_FACTS.items():
            with transaction.atomic():
                change(case)
                assert factories.seen(case) == seen, name
                transaction.set_rollback(True)


def fresh(case):
    return ReinstatementRequest.objects.select_related("account", "policy").get(pk=case.pk)
