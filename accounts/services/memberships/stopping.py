"""How a membership pauses, stops and ends, now or on a day that is decided now."""

from dataclasses import replace

from django.utils.translation import gettext as _

from accounts import terms
from accounts.errors import Invalid, Moved, Refused
from accounts.models import Membership, ReasonCode, Restriction, ScheduledChange
from accounts.services import second_person
from accounts.services.memberships import points
from accounts.services.memberships.changing import changing

Use, Kind, Status = ReasonCode.Use, ScheduledChange.Kind, Membership.Status
NOW, TERM_END = "now", "term_end"


def pause(membership, *, actor, reason, initiator, starts_on=None, ends_on=None, note="", **kwargs):
    """Freeze a membership from today or a later day on, until a last day or until somebody resumes it.

    Raises ``Invalid`` for days in the past or the wrong way round.
    """
    with changing(membership, actor=actor, use=Use.PAUSE, reason=reason, initiator=initiator, **kwargs) as life:
        first = starts_on or life.today
        if first < life.today:
            raise Invalid(_("A pause begins today or later."), field="starts_on")
        if ends_on and ends_on < first:
            raise Invalid(_("The last day of a pause is not before its first."), field="ends_on")
        if first > life.today:
            return schedule(life, Kind.PAUSE, reason=reason, note=note, on=first, until=ends_on)
        after = terms.paused(without(life.facts, Kind.PAUSE), first, ends_on)
        require(life, terms.IN_SERVICE, _("Only a membership in service is paused."))
        return life.put("pause", after, reason=reason, note=note)


def resume(membership, *, actor, reason, initiator, note="", **kwargs):
    """End a pause today: back to where it was entered from, its end moved by the client's rule."""
    with changing(membership, actor=actor, use=Use.PAUSE, reason=reason, initiator=initiator, **kwargs) as life:
        require(life, (Status.PAUSED,), _("Only a paused membership is resumed."))
        life.require_service()
        action = terms.resume_action(life.facts)
        return life.put(action, terms.resumed(life.facts, life.today), reason=reason, note=note)


def suspend(membership, *, actor, kind, reason, note="", initiator="business", **kwargs):
    """Take one membership out of service and open the restriction that must be lifted before it comes back."""
    with changing(membership, actor=actor, use=Use.STOP, reason=reason, initiator=initiator, **kwargs) as life:
        require(life, (Status.TRIAL, Status.ACTIVE, Status.PAUSED), _("This membership is not in service."))
        entry = put_suspension(life, reason=reason, note=note, data={"restriction": str(kind)})
        life.work.add(
            Restriction(
                client_id=life.work.client_id,
                account=life.work.account,
                membership=life.membership,
                kind=kind,
                reason=reason,
                opened_at=entry.occurred_at,
                opened_entry=entry.uid,
            )
        )
        return entry


def put_suspension(life, **entry):
    """Write the suspension, and the loss of the points where the client's rule says so."""
    entry = life.put("suspend", terms.suspended(life.facts, life.today), **entry)
    if not life.work.account.client.points_survive:
        points.forfeit(life, entry)
    return entry


def cancel(membership, *, actor, reason, initiator, when=NOW, note="", proposal=None, **kwargs):
    """End a membership for good, now or when its term is over. Nothing but a reinstatement brings it back.

    ``proposal`` is what another person has proposed, where the client wants two.
    """
    with changing(membership, actor=actor, use=Use.CANCEL, reason=reason, initiator=initiator, **kwargs) as life:
        require(life, Membership.LIVING, _("This membership is over already."))
        second = second_person.require(life.work, proposal, effective_on(life, when))
        if when == TERM_END:
            return schedule(life, Kind.CANCEL, reason=reason, note=note, **second)
        return put_cancellation(life, reason=reason, note=note, **second)


def effective_on(life, when):
    """Return the day on which a cancellation takes effect; ``None`` where no term ends."""
    return terms.term_over_on(life.facts) if when == TERM_END else life.today


def put_cancellation(life, *, reason, note="", caused_by=None, decided=None):
    data = {"cause": "cancelled", "effective_on": life.today.isoformat(), "consequences": consequences(life)}
    after = terms.ended(life.facts, Status.CANCELLED)
    return life.put("cancel", after, reason=reason, note=note, data=data, caused_by=caused_by, decided=decided)


def consequences(life):
    """Return what ends with a membership, as its entry keeps it."""
    ends_on = life.facts.ends_on
    return {
        "entitlements_lost": life.membership.snapshot["entitlements"],
        "days_left": max((ends_on - life.today).days, 0) if ends_on else 0,
        "points": points.balance(life.membership),
    }


def schedule(life, kind, *, reason, note="", on=None, until=None, plan=None, snapshot=None, **second):
    """Decide now what takes effect on a later day, or when the term is over; the rule of dates brings it about.

    ``second`` is what a second person's decision adds to the entry.

    Raises ``Moved`` where a change of this kind waits already and ``Refused`` where no term ends.
    """
    work, membership = life.work, life.membership
    if any(change.kind == kind for change in life.waiting.values()):
        raise Moved(_("Such a change is scheduled already. Withdraw it first."))
    if kind == Kind.PAUSE:
        require(life, terms.IN_SERVICE, _("Only a membership in service is paused."))
    if on is None and terms.term_over_on(life.facts) is None:
        raise Refused(_("No term of this membership ends; choose to do it now."))
    change = ScheduledChange(
        client_id=work.client_id,
        account=work.account,
        membership=membership,
        kind=kind,
        effective_on=on,
        until=until,
        plan=plan,
        snapshot=snapshot or {},
        reason=reason,
        initiator=life.initiator,
        created_at=work.now,
    )
    effective = on or terms.term_over_on(life.facts)
    after = replace(life.facts, scheduled=(*life.facts.scheduled, change.as_rule()))
    data = {"effective_on": effective.isoformat(), "at_term_end": on is None}
    data |= {"until": until.isoformat()} if until else {}
    data |= {"plan_after": snapshot} if snapshot else {}
    entry = life.put(f"schedule_{kind}", after, reason=reason, note=note, data=data, **second)
    change.entry = entry.uid
    work.add(change)
    life.waiting[change.pk] = work.track(change)
    return entry


def withdraw_scheduled(change, *, actor, reason, initiator, note="", **kwargs):
    """Take back what was decided for later, before it takes effect."""
    use = USES[change.kind]
    with changing(change.membership, actor=actor, use=use, reason=reason, initiator=initiator, **kwargs) as life:
        waiting = life.waiting.get(change.pk)
        if waiting is None:
            raise Moved(_("This change has taken effect, or was withdrawn, already."))
        left = tuple(other for other in life.facts.scheduled if other.key != change.pk)
        return life.put(f"unschedule_{waiting.kind}", replace(life.facts, scheduled=left), reason=reason, note=note)


def require(life, statuses, otherwise):
    if life.facts.status not in statuses:
        raise Moved(otherwise)


def without(facts, kind):
    """Return the facts without what was scheduled of this kind: the newer decision takes its place."""
    return replace(facts, scheduled=tuple(change for change in facts.scheduled if change.kind != kind))


USES = {Kind.CANCEL: Use.CANCEL, Kind.PAUSE: Use.PAUSE, Kind.CHANGE_PLAN: Use.CHANGE_PLAN}
