"""Plans that the network must confirm: one that waits for it, one that it has refused, and one that is back."""

from accounts.services import memberships
from reinstatements import services
from reinstatements.demo import evidence
from reinstatements.demo.cases import seen
from reinstatements.demo.holders import rng_for

REFUSED = "The SIM is still active with the provider that the number was ported from."


def play(calendar):
    """Play a case about a suspended option of three customers; return how many."""
    made = 0
    for answer in ("", "refused", "confirmed"):
        account = next(calendar.quiet, None)
        if account is None:
            break
        row = memberships.add(account, calendar.extra(), begins="active", **calendar.agreed("ordered", 40))
        memberships.suspend(row, actor=calendar.worker, kind="policy", reason="excessive_use")
        row.refresh_from_db()
        answered(approved(calendar, row), answer, calendar.worker)
        made += 1
    return made


def approved(calendar, row):
    """Bring a case about a membership through its checks and all of its approvals."""
    rng, actor = rng_for(row.account.number, "linked"), calendar.worker
    reason, statement = evidence.resume(rng, "policy")
    case = services.open_case(row.account, membership=row, actor=actor, resume_reason=reason, statement=statement)
    services.start(services.submit(case, actor=actor), actor=actor)
    for check in case.checks.all():
        facts, words = evidence.of(check.code, rng, case.account, calendar.today, case)
        services.record_check(case, check.code, actor=actor, outcome="met", facts=facts, evidence=words)
    case = services.send_for_approval(case, actor=actor)
    for decider in calendar.days.deciders:
        if case.status == case.Status.AWAITING_APPROVAL:
            case = services.approve(case, actor=calendar.cast[decider], reason=reason, seen=seen(case))
    return case


def answered(case, answer, actor):
    reference = f"NET-{case.code}"
    if answer == "refused":
        failed = {"reason": "in_use_elsewhere", "note": REFUSED}
        services.not_confirmed(case, actor=actor, reference=reference, **failed)
    elif answer == "confirmed":
        services.confirm(case, actor=actor, reference=reference)
