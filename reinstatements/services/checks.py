"""Collecting evidence: each check is met or failed with typed values, and the case is sent for approval."""

from django.utils.translation import gettext as _

from accounts import canonical
from accounts.errors import Invalid, Moved, Refused
from accounts.services import words
from reinstatements import levels
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.facts import OTHERS, case_facts, is_met
from reinstatements.models import Check, Participation
from reinstatements.services import eligibility
from reinstatements.services.cases import changing, participate
from reinstatements.services.handling import at_work
from reinstatements.services.naming import others_named


def record_check(case, code, *, actor, outcome, facts, evidence, **history):
    """Record what a check found: ``facts`` are codes, amounts and dates; ``evidence`` is personal and is sealed.

    ``evidence`` maps the names of personal fields to words. A failed check counts the attempt. Raises ``Moved`` where
    the case is not in verification any more, and ``Invalid`` where a check is met without what its log must hold. That
    the words name another client or account is kept with the facts: it stands out to whoever decides.
    """
    with changing(case, actor=actor, **history) as (work, case):
        check = checkable(work, case, code)
        at_work(work, case)
        kind = CATALOGUE[check.code]
        lacking = kind.lacking(facts, evidence) if kind.is_log and outcome == Check.Outcome.MET else []
        if lacking:
            raise Invalid(_("This check is not met without: %s.") % ", ".join(lacking))
        if outcome == Check.Outcome.MET and (named := others_named(work.account, actor, evidence)):
            facts = facts | {OTHERS: named}
        words_kept = canonical.encode(evidence).decode()
        entry = work.log(
            case,
            f"check_{outcome}",
            reason=check.code,
            words={"evidence": words_kept},
            data={"check": check.code, "facts": facts},
        )
        check.outcome, check.facts, check.entry = outcome, facts, entry.uid
        check.evidence_digest = words.commitments(entry)["evidence"]
        check.done_by, check.done_at = actor, work.occurred_at
        check.failures += outcome == Check.Outcome.FAILED
        work.save(check, f"check_{outcome}")
        participate(work, case, Participation.Part.WORKED)
    return check


def reopen_check(case, code, *, actor):
    """Take back what a check found, to collect its evidence again."""
    with changing(case, actor=actor) as (work, case):
        check = checkable(work, case, code)
        at_work(work, case)
        entry = work.log(case, "check_reopened", reason=check.code, data={"check": check.code})
        check.outcome, check.facts, check.evidence_digest, check.entry = Check.Outcome.OPEN, {}, "", entry.uid
        check.done_by, check.done_at = actor, work.now
        work.save(check, "check_reopened")
        participate(work, case, Participation.Part.WORKED)
    return check


def checkable(work, case, code):
    if case.status != case.Status.IN_VERIFICATION:
        raise Moved(
            _("This case is %s now; evidence is collected in verification.") % case.get_status_display().lower()
        )
    return work.track(Check.objects.select_for_update().get(case=case, code=code))


def send_for_approval(case, *, actor, note="", **history):
    """Ask the first level to decide. Raises ``Refused`` while a check is not met.

    Where nobody who may decide is there before it is due, it climbs at once.
    """
    with changing(case, actor=actor, **history) as (work, case):
        left = [check for check in case.checks.all() if not is_met(check)]
        if left and case.status == case.Status.IN_VERIFICATION:
            raise Refused(_("%d checks are not met yet. Collect their evidence first.") % len(left))
        if case.status == case.Status.IN_VERIFICATION:
            at_work(work, case)
        role = levels.asked(case, case_facts(case))[0].role
        work.record(
            case.send_for_approval,
            reason="verification_complete",
            note=note,
            arguments={"role": role, "at": work.occurred_at},
        )
        participate(work, case, Participation.Part.WORKED)
        eligibility.look_at(work, case)
    return case
