"""The same decision as one writes it with the libraries alone: row by row through the ORM, each history row by signal.

django-fsm-2 asks conditions and rules, django-guardian the role, django-simple-history copies every saved row. What a
decision rests on is read with a query each. It takes no shortcut that the libraries do not take by themselves.
"""

import hashlib
from dataclasses import replace
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django_fsm import can_proceed, has_transition_perm
from guardian.core import ObjectPermissionChecker

from accounts import canonical, terms
from accounts.ledger import entries
from accounts.models import Account, OutboxEvent, Payment, Restriction
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.facts import told_in
from reinstatements.models import Approval, ReinstatementRequest


@transaction.atomic
def approve(case, actor, reason, seen):
    account = Account.objects.select_for_update().get(pk=case.account_id)
    case = ReinstatementRequest.objects.select_for_update().get(pk=case.pk)
    case.account = account
    assert case.status == case.Status.AWAITING_APPROVAL
    assert ObjectPermissionChecker(actor).has_perm("role_supervisor", account.client)
    assert not case.participations.filter(person=actor.person_id).exists()
    given = case.approvals.filter(decision="approved", decided_at__gte=case.sent_for_approval_at)
    assert not given.filter(person=actor.person_id).exists()
    facts = facts_of(case, account)
    case_hash = hashlib.sha256(canonical.encode(facts)).hexdigest()
    assert case_hash == seen
    assert given.count() + 1 >= case.policy.rules["levels"][case.level]["count"]

    now = timezone.now()
    level, role = case.level, case.level_role
    approved = entry_of(account, case, "approve", actor, reason, now, case.status, "approved", case_hash=case_hash)
    Approval.objects.create(
        client_id=case.client_id,
        case=case,
        level=level,
        role=role,
        person_id=actor.person_id,
        user=actor,
        decision="approved",
        reason=reason,
        worker_id=case.worker_id,
        case_hash=case_hash,
        facts=facts,
        entry=approved.uid,
        decided_at=now,
    )
    approved.save(force_insert=True)
    run(case.approve, actor)
    case.step_due_at = case.next_alert_at = None
    save(case, approved, actor)

    restrictions = list(Restriction.objects.select_for_update().filter(account=account, lifted_at=None))
    owed, account.balance_minor = account.balance_minor, 0
    data = {
        "restrictions_lifted": [str(restriction.pk) for restriction in restrictions],
        "balance_before": owed,
        "balance_after": 0,
        "currency": account.currency,
    }
    back = entry_of(
        *(account, account, "reinstate", actor, case.resume_reason, now, account.status, "active"),
        caused_by=("entry", approved.uid),
        data=data,
    )
    back.save(force_insert=True)
    run(account.reinstate, actor)
    Payment.objects.create(
        client_id=case.client_id,
        account=account,
        kind="payment",
        external_id=f"case-{approved.uid}",
        amount_minor=owed,
        currency=account.currency,
        paid_at=now,
        recorded_at=now,
        entry=back.uid,
        confirmed_entry=back.uid,
    )
    for restriction in restrictions:
        restriction.lifted_at, restriction.lifted_entry = now, back.uid
        restriction.save()

    for membership in account.memberships.select_for_update().select_related("plan").order_by("id"):
        bring_back(account, membership, approved, case.resume_reason, actor, now)

    done = entry_of(
        *(account, case, "complete", actor, reason, now, case.status, "completed"), caused_by=("entry", approved.uid)
    )
    done.save(force_insert=True)
    run(case.complete, actor)
    save(case, done, actor)
    save(account, back, actor)
    OutboxEvent.objects.create(
        client_id=case.client_id,
        account=account,
        name="reinstatement.completed",
        entry=done.uid,
        payload={"case": str(case.pk)},
        created_at=now,
    )


def bring_back(account, membership, approved, reason, actor, now):
    """Write that a membership, which stopped with its account, is back."""
    facts, today = membership.facts([]), timezone.localdate(now, ZoneInfo(account.time_zone))
    after = replace(terms.reinstated(facts, today), since=now)
    data = {
        "plan": membership.snapshot,
        "moved": {"standing_before": [facts.standing_before, after.standing_before]},
        "stopped": {
            "status": facts.status,
            "number": membership.status_number,
            "at": canonical.timestamp(facts.since),
        },
        "reactivated_on": today.isoformat(),
        "price_delta_minor": 0,
        "restrictions_lifted": [],
    }
    back = entry_of(
        *(account, membership, "reinstate", actor, reason, now, membership.status, "active"),
        caused_by=("entry", approved.uid),
        data=data,
    )
    back.save(force_insert=True)
    run(membership.reinstate, actor, after=after)
    save(membership, back, actor)


def run(transition, actor, **arguments):
    assert can_proceed(transition)
    assert has_transition_perm(transition, actor)
    transition(**arguments)


def save(row, entry, actor):
    row.status_number = entry.number
    row._history_user, row._change_reason = actor, entry.action
    row.save()


def entry_of(account, subject, action, actor, reason, now, before, after, **more):
    entry = entries.build(
        client_id=account.client_id,
        account_id=account.pk,
        number=account.head_number + 1,
        prev=account.head_hash,
        subject=(subject.subject_type, subject.pk),
        action=action,
        from_status=before,
        to_status=after,
        reason=reason,
        origin="supervisor",
        actor_id=actor.pk,
        occurred_at=now,
        recorded_at=now,
        **more,
    )
    account.head_number, account.head_hash = entry.number, entry.hash
    return entry


def facts_of(case, account):
    """The facts of this benchmark's case, which is a routine one: every check met, nothing out of line."""
    checks = list(case.checks.all())
    restrictions = list(account.restrictions.filter(lifted_at=None).order_by("opened_at", "id"))
    membership = account.memberships.select_related("plan").order_by("id").last()
    policy = case.policy
    lifted = frozenset().union(*(CATALOGUE[check.code].lifts for check in checks))
    assert all(check.outcome == "met" and not check.failures for check in checks)
    assert all(row.kind in lifted for row in restrictions)
    assert not account.reinstatements.filter(status="completed").exclude(pk=case.pk).exists()
    return {
        "policy": {"kind": policy.kind, "version": policy.version},
        "kind": case.kind,
        "history": {
            "industry": account.client.industry,
            "account_age_days": age_in_days(account, case.opened_at),
            "reinstated_before": 0,
        },
        "stopped": {
            "status": case.stopped_status,
            "reason": case.stopped_reason,
            "entry": str(case.stopped_entry),
        },
        "resume_reason": case.resume_reason,
        "checks": [
            {"code": check.code, "outcome": check.outcome, "facts": check.facts, "evidence": check.evidence_digest}
            for check in checks
        ],
        "restrictions": [
            {"id": str(row.pk), "kind": row.kind, "reason": row.reason, "opened_at": canonical.timestamp(row.opened_at)}
            for row in restrictions
        ],
        "balance": {"owed_minor": account.balance_minor, "currency": account.currency},
        "plan": membership.snapshot,
        "effects": [
            {"effect": "status", "from": account.status, "to": "active"},
            {
                "effect": "membership",
                "id": str(membership.pk),
                "plan": membership.snapshot["name"],
                "from": membership.status,
                **{name: membership.snapshot[name] for name in ("price_minor", "currency", "cycle", "entitlements")},
            },
            *({"effect": "lift", "kind": row.kind} for row in restrictions),
            {"effect": "balance", "from": account.balance_minor, "to": 0},
            {"effect": "message", "event": "reinstated", "channel": "email", "language": told_in(account)},
        ],
        "risk": {"level": "routine", "reasons": []},
        "signals": [],
    }


def age_in_days(account, at):
    day = at.astimezone(ZoneInfo(account.time_zone)).date()
    return (day - account.opened_on).days if account.opened_on else None
