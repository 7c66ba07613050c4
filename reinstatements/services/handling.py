"""Who has a case: claiming it, letting go of it, giving it to somebody, taking it over.

These entries are about the handling of a case, not about the case: whoever assigns cases all day has worked on none of
them, and may decide them. Whoever is given a case counts as working on it from then on.
"""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid, Moved, Refused
from accounts.models import User
from reinstatements import rules
from reinstatements.availability import staff_of, with_capability
from reinstatements.models import DeskSettings, Participation, ReinstatementRequest, Skip
from reinstatements.services.cases import changing, participate

SUBJECT = "handling"
Status = ReinstatementRequest.Status
TO_WORK_ON = (Status.SUBMITTED, Status.IN_VERIFICATION, Status.AWAITING_MEMBER)
EXTENDED_AFTER = 4
"""Work extends a claim once a quarter of its time has passed, so that not every check writes the case."""


def settings_of(client_id):
    """Return what a client asks of its desk: its own settings, or the defaults, not saved."""
    return DeskSettings.objects.filter(client=client_id).first() or DeskSettings(client_id=client_id)


def lasts_until(case, at):
    """Return when a claim ends that is made at ``at``; ``None`` for what was claimed before Reinstate was asked."""
    if timezone.now() - at > timedelta(hours=1):
        return None
    return at + timedelta(minutes=settings_of(case.client_id).claim_minutes)


def handled(work, case, action, /, *, reason, note="", caused_by=None, **data):
    """Write that a case was handled; its status and those who took part stay as they are."""
    told = {"reason": reason, "note": note, "data": data, "caused_by": caused_by}
    return work.log(case, action, subject_type=SUBJECT, from_status="", to_status="", **told)


def give(work, case, worker):
    """Give a locked case to ``worker``, who is named among those who took part; ``None`` gives it back to everybody."""
    case.hold(worker, work.now, lasts_until(case, work.now))
    if worker:
        participate(work, case, Participation.Part.WORKED, by=worker)


def start(case, *, actor, **history):
    """Claim a submitted case and start its verification. Raises ``Moved`` where somebody else has claimed it."""
    with changing(case, actor=actor, **history) as (work, case):
        at = work.occurred_at
        if case.status == Status.SUBMITTED and rules.is_held_by_other(case, actor, at):
            raise Moved(_("%s has claimed this case. Take it over, and say why.") % case.worker)
        arguments = {"worker": actor, "at": at, "until": lasts_until(case, at)}
        work.record(case.start, reason="work_started", arguments=arguments)
        participate(work, case, Participation.Part.WORKED)
    return case


def claim(case, *, actor):
    """Take a case that nobody has, without starting it. Raises ``Moved`` where somebody has it."""
    with changing(case, actor=actor) as (work, case):
        refuse_unless_workable(case)
        if case.worker_id == actor.pk:
            return case
        if rules.is_held_by_other(case, actor, work.now):
            raise Moved(_("%s has claimed this case. Take it over, and say why.") % case.worker)
        give(work, case, actor)
        handled(work, case, "claim", reason="claimed", worker=str(actor.pk))
        work.save(case, "claim")
    return case


def release(case, *, actor, note=""):
    """Let go of one's own case, or as a supervisor of somebody else's: everybody may claim it again."""
    with changing(case, actor=actor) as (work, case):
        refuse_unless_workable(case)
        if case.worker_id is None:
            raise Moved(_("Nobody has this case; there is nothing to let go of."))
        if case.worker_id != actor.pk and not rules.can_assign(case, actor):
            raise Refused(_("Only a supervisor takes a case from somebody else without taking it over."))
        handled(work, case, "release", reason="released", note=note.strip(), worker=str(case.worker_id))
        give(work, case, None)
        work.save(case, "release")
    return case


def assign(case, worker, *, actor, note=""):
    """Give a case to somebody who works this client's cases, with a word to them. A supervisor does."""
    with changing(case, actor=actor, may=rules.can_assign) as (work, case):
        refuse_unless_workable(case)
        if not rules.can_work(case, worker):
            raise Invalid(_("%s does not work this client's cases.") % worker, field="worker")
        if case.worker_id == worker.pk:
            raise Moved(_("%s has this case already.") % worker)
        before = case.worker_id
        give(work, case, worker)
        data = {"worker": str(worker.pk)} | ({"before": str(before)} if before else {})
        handled(work, case, "assign", reason="assigned", note=note.strip(), **data)
        work.save(case, "assign")
    return case


def take_over(case, *, actor, reason, note=""):
    """Take a case that somebody else has, for a reason that is on record."""
    with changing(case, actor=actor) as (work, case):
        refuse_unless_workable(case)
        if case.worker_id == actor.pk:
            return case
        if case.worker_id is None:
            raise Moved(_("Nobody has this case any more. Claim it."))
        data = {"worker": str(actor.pk), "before": str(case.worker_id)}
        give(work, case, actor)
        handled(work, case, "take_over", reason=reason, note=note.strip(), **data)
        work.save(case, "take_over")
    return case


def hand_over(case, worker, *, actor, reason, note="", still_over=False):
    """Take a case from whoever has it and give it to ``worker``, or to everybody: somebody is away, or time is up.

    Returns the case, ``None`` where there is nothing to take any more. ``still_over`` asks again under the lock
    whether the claim is over: whoever works on at this moment keeps the case.
    """
    with changing(case, actor=actor, may=lambda case, user: True) as (work, case):
        is_kept = still_over and (case.claim_until is None or case.claim_until > work.now)
        if case.status not in TO_WORK_ON or case.worker_id is None or is_kept:
            return None
        data = {"before": str(case.worker_id)} | ({"worker": str(worker.pk)} if worker else {})
        give(work, case, worker)
        action = "expire" if reason == "claim_expired" else "hand_over"
        handled(work, case, action, reason=reason, note=note.strip(), **data)
        work.save(case, action)
    return case


def at_work(work, case):
    """Say that the actor works on a locked case: what nobody has becomes theirs, and their claim lasts on.

    Raises ``Refused`` where somebody else has claimed it. What was done before Reinstate was asked changes no claim.
    """
    actor, now = work.actor, work.now
    if actor.is_system or work.occurred_at < now:
        return
    if rules.is_held_by_other(case, actor, now):
        raise Refused(_("%s works on this case. Take it over first, and say why.") % case.worker)
    if case.worker_id != actor.pk:
        case.hold(actor, now, lasts_until(case, now))
        handled(work, case, "claim", reason="claimed", worker=str(actor.pk))
    elif case.claim_until:
        until = lasts_until(case, now)
        if (until - case.claim_until) * EXTENDED_AFTER < until - now:
            return
        case.claim_until = until
    else:
        return
    work.save(case, "claim")


def add_note(case, *, actor, note):
    """Keep a note on a case, sealed, on its timeline. Whoever writes one has not worked on the case."""
    if not note.strip():
        raise Invalid(_("Write the note first."), field="note")
    with changing(case, actor=actor, may=rules.can_note) as (work, case):
        return handled(work, case, "note", reason="noted", note=note.strip())


def refuse_unless_workable(case):
    if case.status not in TO_WORK_ON:
        raise Moved(_("This case is %s now; nobody works on it.") % case.get_status_display().lower())


def workers_of(client_id):
    """Return the logins that work a client's cases, by name."""
    return sorted(with_capability(staff_of(client_id), "work"), key=User.__str__)


def skip(case, *, actor, reason, note=""):
    """Leave a case that is one's own to take next, for some hours, and say why."""
    with changing(case, actor=actor, may=rules.can_note) as (work, case):
        if not case.is_open:
            raise Moved(_("This case is %s now.") % case.get_status_display().lower())
        work.add(Skip(client_id=work.client_id, case=case, user=actor, reason=reason, skipped_at=work.now))
        return handled(work, case, "skip", reason=reason, note=note.strip())
