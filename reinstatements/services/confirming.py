"""What follows an approval that a linked system must confirm: its answer, no answer in time, and asking again.

The case is approved until the system confirms, and all that was approved happens in that moment, in one transaction.
"""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid, Moved
from accounts.models import StatusChange, User
from accounts.services import memberships
from reinstatements import facts, levels, rules
from reinstatements.linked_systems import FAILURES, REFERENCE, SYSTEMS, TIMEOUT
from reinstatements.models import Approval, Confirmation, Participation, ReinstatementRequest
from reinstatements.services import clock, eligibility
from reinstatements.services.cases import changing, participate
from reinstatements.services.escalation import members
from reinstatements.services.executing import bring_back, tell_of_return

WANTED, MISSING = "case.confirmation_wanted", "case.not_confirmed"
CHANGED = "approval_void"
USUAL = 24 * 60
"""Minutes of working time that a system has where the policy does not say."""
AT_ONCE = 100
Outcome, Status = Confirmation.Outcome, ReinstatementRequest.Status


class Changed(Moved):
    """What was approved is not what would be done now. ``current`` are the facts of now, ``approved`` those of then."""

    def __init__(self, approved, current):
        super().__init__(
            _("Something changed since this case was approved, so nothing was done. Ask for approval again.")
        )
        self.approved, self.current = approved, current


def until(case, at):
    """Return when a system that is asked at ``at`` has to have confirmed: the policy's time, in working hours."""
    minutes = case.policy.rules.get("minutes", {}).get("completion") or USUAL
    terms = clock.newest(case.client_id)
    try:
        return terms.hours.after(at, timedelta(minutes=minutes))
    except clock.hours.NeverOpen:
        return at + timedelta(minutes=minutes)


def wait(work, case, approved):
    """Leave word that the system of an approved case is asked; its answer completes the case."""
    work.emit(WANTED, approved, case=str(case.pk), system=case.linked_system, confirm_by=case.confirm_by.isoformat())


def confirm(case, *, actor, reference, origin=None):
    """Take the confirmation of a case's linked system, and do all that was approved, in one transaction.

    The same reference again changes nothing. Raises ``Changed`` where a fact that was approved does not hold any more,
    ``Moved`` where the case waits for no system, ``Invalid`` for what is no reference or one of another case, and
    ``Refused`` for whoever does not work here.
    """
    reference = checked(reference)
    asked = facts.questions(case, lock=True)
    with changing(case, actor=actor, may=rules.can_confirm, origin=origin, then=asked) as (work, case):
        if is_known(case, Outcome.CONFIRMED, reference):
            return case
        given = waiting(case)
        rows = facts.rows_of(case, work.found)
        memberships.keep(work, rows.household)
        now = facts.case_facts(case, rows)
        if facts.digest(now) != given.case_hash:
            raise Changed(given.facts, now)
        approved = StatusChange.objects.get(uid=given.entry)
        life = memberships.prepare_return(work, case.membership_id) if case.membership_id else None
        confirmed = answered(work, case, approved, Outcome.CONFIRMED, reference, reason="confirmed")
        case.unconfirmed_since = None
        # What happens now was approved by people; whoever brings the answer does not decide it.
        with work.by_rule(rules.CONFIRMED, actor=User.objects.system(), origin=work.origin):
            bring_back(work, case, life, approved, rows)
            arguments = {"at": work.occurred_at}
            completed = work.record(case.complete, reason=given.reason, caused_by=confirmed, arguments=arguments)
        tell_of_return(work, case, completed)
    return case


def not_confirmed(case, *, actor, reference, reason, note="", origin=None):
    """Take it that the linked system has not done what it was asked for, and tell people; it can be tried again.

    The same answer again changes nothing. Raises as ``confirm``.
    """
    reference = checked(reference)
    if reason not in dict(FAILURES):
        raise Invalid(_("Choose a reason from the list."), field="reason")
    with changing(case, actor=actor, may=rules.can_confirm, origin=origin) as (work, case):
        if is_known(case, Outcome.FAILED, reference):
            return case
        approved = StatusChange.objects.get(uid=waiting(case).entry)
        entry = answered(work, case, approved, Outcome.FAILED, reference, reason=reason, note=note.strip())
        missing(work, case, entry)
    return case


def confirmed_too_late(case, *, actor, reference, origin):
    """Put it on record that the system has confirmed what is not as it was approved; people look at the case."""
    with changing(case, actor=actor, may=rules.can_confirm, origin=origin) as (work, case):
        waiting(case)
        digest = hashlib.sha256(checked(reference).encode()).hexdigest()
        data = {"system": case.linked_system, "reference_sha256": digest}
        entry = work.log(case, "not_confirmed", reason=CHANGED, data=data)
        missing(work, case, entry)
    return case


def ask_again(case, *, actor, note=""):
    """Ask the linked system once more; it has the policy's time anew."""
    with changing(case, actor=actor, may=rules.can_confirm) as (work, case):
        approved = StatusChange.objects.get(uid=waiting(case).entry)
        entry = work.log(
            case,
            "ask_system",
            reason="asked_again",
            note=note.strip(),
            caused_by=approved,
            data={"system": case.linked_system},
        )
        case.confirm_by, case.unconfirmed_since = until(case, work.now), None
        work.save(case, "ask_system")
        wait(work, case, entry)
    return case


def reconsider(case, *, actor, note):
    """Put an approved case that no system has confirmed before those who decide again; its approvals are void."""
    if not note.strip():
        raise Invalid(_("Say in words what has changed."), field="note")
    with changing(case, actor=actor, then=facts.questions(case)) as (work, case):
        clock.count_decision(case, waiting(case).decided_at)
        role = levels.asked(case, facts.case_facts(case, facts.rows_of(case, work.found)))[0].role
        arguments = {"role": role, "at": work.now}
        work.record(case.reconsider, reason=CHANGED, note=note.strip(), arguments=arguments)
        participate(work, case, Participation.Part.CHANGED)
        eligibility.look_at(work, case)
    return case


def clients_due():
    """Return the ids of the clients that have a case whose system has not confirmed in time."""
    return list(overdue().order_by().values_list("client", flat=True).distinct())


def overdue():
    late = ReinstatementRequest.objects.filter(status=Status.APPROVED, confirm_by__lte=timezone.now())
    return late.filter(unconfirmed_since=None, client__is_active=True)


def time_out(limit=AT_ONCE):
    """Put the cases in scope whose system is silent among the unconfirmed, and tell people. May run twice."""
    found = list(overdue().select_related("account", "policy").order_by("confirm_by")[:limit])
    for case in found:
        with transaction.atomic():
            put_aside(case, actor=User.objects.system())
    return len(found)


def put_aside(case, *, actor):
    with changing(case, actor=actor, may=rules.is_rule, rule=rules.CONFIRMATION) as (work, case):
        is_late = case.confirm_by and case.confirm_by <= work.now
        if case.status != Status.APPROVED or case.unconfirmed_since or not is_late:
            return
        entry = work.log(case, "not_confirmed", reason=TIMEOUT, data={"system": case.linked_system})
        missing(work, case, entry)


def missing(work, case, entry):
    """Put a case among the unconfirmed; whoever worked on it, who approved it and who is on shift are told."""
    case.unconfirmed_since = case.unconfirmed_since or work.now
    work.save(case, entry.action)
    approvers = [given.user for given in current(case) if given.user and given.user.is_active]
    told = {
        user.pk: user
        for user in (*members(case, "worker"), *approvers, *members(case, "supervisors_on_shift"))
        if rules.can_see(case, user)
    }
    if told:
        people = [str(key) for key in told]
        work.emit(MISSING, entry, case=str(case.pk), people=people, system=case.linked_system, reason=entry.reason)


def answered(work, case, approved, outcome, reference, *, reason, note=""):
    """Write the entry and the row of an answer; the reference itself stands in the row, the entry is bound to it."""
    digest = hashlib.sha256(reference.encode()).hexdigest()
    return work.log(
        case,
        "confirm" if outcome == Outcome.CONFIRMED else "not_confirmed",
        reason=reason,
        note=note,
        caused_by=approved,
        data={"system": case.linked_system, "reference_sha256": digest},
        before=lambda entry: Confirmation(
            client_id=case.client_id,
            case=case,
            system=case.linked_system,
            outcome=outcome,
            reference=reference,
            reason=reason,
            approved=approved.uid,
            entry=entry.uid,
            user=work.actor,
            answered_at=work.now,
        ),
    )


def checked(reference):
    reference = reference.strip()
    if not REFERENCE.fullmatch(reference):
        raise Invalid(
            _("A reference has 3 to 60 letters, digits and signs such as - and /, and no spaces."), field="reference"
        )
    return reference


def is_known(case, outcome, reference):
    """Whether this answer is on record for the case. Raises ``Invalid`` where it is another case's."""
    system = case.linked_system or current_system(case)
    found = Confirmation.objects.filter(client=case.client_id, system=system, reference=reference, outcome=outcome)
    row = found.first()
    if row and row.case_id != case.pk:
        raise Invalid(_("This reference is on record for another case already."), field="reference")
    return row is not None


def current_system(case):
    last = case.confirmations.order_by("-answered_at").first()
    return last.system if last else ""


def current(case):
    """Return the approvals that count, since the case was last sent for approval."""
    return [given for given in rules.approvals_given(case) if given.decision == Approval.Decision.APPROVED]


def waiting(case):
    """Return the approval that a system is to confirm; raises ``Moved`` where none is waited for."""
    if case.status != Status.APPROVED or not case.linked_system:
        raise Moved(_("This case is %s now and waits for no confirmation.") % case.get_status_display().lower())
    return max(current(case), key=lambda given: given.decided_at)


def label(system):
    return str(SYSTEMS.get(system, system))
