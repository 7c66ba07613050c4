"""What somebody at the client does with a case of theirs: comment on it, pause it, let it go on, have it climb."""

from contextlib import contextmanager

from django.utils.translation import gettext as _

from accounts.errors import Invalid, Moved
from accounts.grants import Role
from accounts.services import shifts
from reinstatements import desk_reasons, rules
from reinstatements.services import clock, waiting
from reinstatements.services.cases import changing
from reinstatements.services.handling import handled

EVENT = "case.client_spoke"


def comment(case, *, actor, note):
    """Keep a comment of the client on the timeline, sealed; whoever works on the case is told."""
    if not note.strip():
        raise Invalid(_("Write the comment first."), field="note")
    with opened(case, actor) as (work, case):
        entry = handled(work, case, "client_comment", reason="noted", note=note.strip())
        tell(work, case, entry, "comment", workers(case))
    return entry


def pause(case, *, actor, reason, note):
    """Keep a case from being decided, for a reason and in words, until the client lets it go on. Its clock rests."""
    require(reason, desk_reasons.PAUSE, note)
    with opened(case, actor) as (work, case):
        if case.paused_at:
            raise Moved(_("This case is paused already."))
        if case.status == case.Status.APPROVED:
            raise Moved(
                _("This case is approved, and there is nothing left to keep back. Comment on it, or escalate it.")
            )
        entry = handled(work, case, "client_pause", reason=reason, note=note.strip())
        case.paused_at = work.now
        clock.rest(case, work.now)
        work.save(case, "client_pause")
        tell(work, case, entry, "pause", workers(case) + deciders(case))
    return case


def lift(case, *, actor, note=""):
    """Let a paused case go on: what time was left is left now."""
    with opened(case, actor) as (work, case):
        if not case.paused_at:
            raise Moved(_("This case is not paused any more."))
        handled(work, case, "client_lift", reason="client_agrees", note=note.strip())
        waiting.put_off(case, work.now - case.paused_at)
        case.paused_at = None
        clock.go_on(case, work.now)
        work.save(case, "client_lift")
    return case


def escalate(case, *, actor, reason, note):
    """Have a case climb, once: its supervisors and compliance officers are told, and it stands in their list."""
    require(reason, desk_reasons.ESCALATE, note)
    with opened(case, actor) as (work, case):
        if case.escalated_at:
            raise Moved(_("This case was escalated already."))
        entry = handled(work, case, "client_escalate", reason=reason, note=note.strip())
        case.escalated_at = work.now
        work.save(case, "client_escalate")
        tell(work, case, entry, "escalate", deciders(case))
    return case


@contextmanager
def opened(case, actor):
    """Change a case that has not ended, as the client's contact."""
    with changing(case, actor=actor, may=rules.can_object) as (work, locked):
        if not locked.is_open:
            raise Moved(_("This case is %s now.") % locked.get_status_display().lower())
        yield work, locked


def require(reason, reasons, note):
    if reason not in dict(reasons):
        raise Invalid(_("Choose a reason from the list."), field="reason")
    if not note.strip():
        raise Invalid(_("Say why, in words."), field="note")


def workers(case):
    worker = case.worker or case.maker
    return [] if worker.is_system else [worker]


def deciders(case):
    return shifts.holders(case.client_id, [Role.SUPERVISOR, Role.COMPLIANCE])


def tell(work, case, entry, deed, people):
    told = list(dict.fromkeys(str(user.pk) for user in people if user.pk != work.actor.pk))
    if told:
        work.emit(EVENT, entry, case=str(case.pk), people=told, deed=deed)
