"""What happened to memberships elsewhere, put on record in the words of the services that work every day.

Nobody is told of any of it and nothing is billed again. Nothing is read or written here: whoever calls has locked the
account, and writes what its ``Change`` has recorded.
"""

from dataclasses import replace

from django.utils.translation import gettext as _

from accounts import proration, terms
from accounts.errors import Invalid
from accounts.models import Membership
from accounts.models.membership import agreed_terms
from accounts.services.memberships.changing import Life
from accounts.services.memberships.starting import put_conversion
from accounts.zones import zone

Status = Membership.Status


def opened(work, plan, snapshot, after, at, *, reason, agreed=None):
    """Open a membership as it was ``at`` a moment: ``after`` makes of the plain facts those that it began with."""
    row = Membership(client_id=work.client_id, account=work.account, plan=plan, agreed=snapshot)
    facts = replace(after(row.facts()), since=at)
    row.starts_on = terms.local_day(at, facts.zone)
    row.take(facts)
    work.occurred_at = at
    data = {"plan": snapshot} | ({"terms": agreed} if agreed else {})
    entry = work.open(row, facts.status, reason=reason, data=data)
    life = Life(work, row, is_new=True)
    life.tells, life.trial_entry = False, entry.uid
    return life


def ended(life, status, at, *, reason):
    """End a membership ``at`` the beginning of the first day on which it was over."""
    life.work.occurred_at = at
    on = life.today
    if status == Status.CANCELLED:
        last = life.facts.ends_on
        lost = {
            "entitlements_lost": life.membership.snapshot["entitlements"],
            "days_left": max((last - on).days, 0) if last else 0,
            "points": 0,
        }
        data = {"cause": "cancelled", "effective_on": on.isoformat(), "consequences": lost}
        return life.put("cancel", terms.ended(life.facts, status), reason=reason, data=data)
    cause = "trial_ended" if terms.standing(life.facts) == Status.TRIAL else "non_renewal"
    data = {"cause": cause, "effective_on": on.isoformat()}
    return life.put("expire", terms.ended(life.facts, status), reason=reason, data=data)


def changed_plan(life, plan, *, reason):
    """Put a membership on another plan, as both are in the client's catalogue; nothing is prorated once more."""
    new, old = plan.snapshot(), life.membership.snapshot
    after = terms.replanned(life.facts, agreed_terms(new), life.today)
    life.membership.plan, life.membership.agreed = plan, new
    data = proration.difference(old, new) | {"effective_on": life.today.isoformat()}
    return life.put("change_plan", after, reason=reason, data=data)


def told_of_change(life, direction, *, reason):
    """Keep that the plan was changed, of which the file says neither the day nor the plan before."""
    data = {"direction": direction, "effective_on": life.today.isoformat(), "plan_before": None}
    return life.put("change_plan", life.facts, reason=reason, data=data)


# A line that tells a membership as a whole.


def tell(work, plan, snapshot, said, *, reason, as_of, now):
    """Put a subscription on record: its beginning, its changes of plan, its end. Returns its life.

    One that runs and renews by itself stands in the term of today, for nothing in the file says how often it was
    renewed; one that does not renew stands in the term of the day that the file speaks of, and what comes by itself
    after that day comes here too. A trial without a last day lasts until somebody ends it.
    """
    place = zone(work.account.time_zone)
    today = terms.local_day(now, place)
    ends_on = said.ends_on
    is_over = bool(ends_on and ends_on < today)

    def begin(facts):
        if said.is_trial:
            return terms.on_trial(facts, said.starts_on, said.trial_ends_on, converts=False)
        begun = terms.begun(facts, said.starts_on)
        if ends_on:
            return replace(begun, ends_on=ends_on, auto_renew=False)
        renews = begun.auto_renew if said.auto_renew is None else said.auto_renew
        return term_on(replace(begun, auto_renew=renews), today if renews else as_of)

    at = min(terms.start_of_day(said.starts_on, place), now)
    agreed = {"seats": said.seats} if said.seats is not None else None
    life = opened(work, plan, snapshot, begin, at, reason=reason, agreed=agreed)
    for is_told, direction in ((said.is_upgraded, proration.UPGRADE), (said.is_downgraded, proration.DOWNGRADE)):
        if is_told:
            told_of_change(life, direction, reason=reason)
    if is_over:
        over_at = terms.start_of_day(ends_on + terms.DAY, place)
        ended(life, Status.CANCELLED if said.is_cancelled else Status.EXPIRED, over_at, reason=reason)
    return life


def term_on(facts, day):
    """Return the facts in the term that a day lies in, or the first one where the day lies before it."""
    while facts.ends_on < day:
        facts = terms.renewed(facts)
    return facts


def carry_on(life, now):
    """Write what has come by itself since, without a word to anybody."""
    life.work.occurred_at = now
    life.catch_up()


# An event that tells how a membership stood from then on.


def opened_by(work, plan, event, *, reason):
    """Open a membership by the first event that tells of it."""
    at, place = event.occurred_at, zone(work.account.time_zone)
    on = terms.local_day(at, place)

    def begin(facts):
        if event.status == Status.TRIAL:
            return on_trial(facts, on, event)
        begun = with_term(terms.begun(facts, on), event)
        return terms.ended(begun, event.status) if event.status in Membership.STOPPED else begun

    life = opened(work, plan, plan.snapshot(), begin, at, reason=reason)
    if event.status == Status.PAUSED:
        life.put("pause", terms.paused(life.facts, on, None), reason=reason)
    return life


def on_trial(facts, on, event):
    last = last_day(event.trial_ends_at, facts.zone) or last_day(event.ends_at, facts.zone)
    return terms.on_trial(facts, on, last and max(last, on), converts=True)


def with_term(facts, event):
    """Let the term end as the event says."""
    last = last_day(event.ends_at, facts.zone)
    return replace(facts, ends_on=last) if last and last >= facts.term_starts_on else facts


def last_day(moment, place):
    """Return the last day of what ends at a moment: what follows begins on the local day of that moment."""
    return terms.local_day(moment, place) - terms.DAY if moment else None


def apply(life, plan, event, *, reason):
    """Bring a membership to where an event says that it stood. Raises ``Invalid`` for what is not possible.

    Nothing is over and comes back here: that takes a reinstatement, which a billing system does not decide.
    """
    status = life.facts.status
    if life.facts.since and event.occurred_at < life.facts.since:
        raise Invalid(
            _("lies before what is on record of the membership; hand its past in at once"), field="occurred_at"
        )
    if status not in Membership.LIVING:
        raise Invalid(
            _("is not possible: the membership is %s by then, and comes back by a reinstatement only")
            % life.membership.get_status_display().lower(),
            field="status",
        )
    if event.status == Status.TRIAL and Status.TRIAL not in (status, life.facts.standing_before):
        raise Invalid(_("is not possible: no trial follows a paid membership"), field="status")
    life.work.occurred_at = event.occurred_at
    if event.status in (Status.TRIAL, Status.ACTIVE) and status == Status.PAUSED:
        life.put(terms.resume_action(life.facts), terms.resumed(life.facts, life.today), reason=reason)
    if event.status == Status.ACTIVE and life.facts.status == Status.TRIAL:
        put_conversion(life, with_term(terms.converted(life.facts, life.today), event), reason)
    if plan and plan.pk != life.membership.plan_id:
        changed_plan(life, plan, reason=reason)
    if event.status == Status.ACTIVE:
        renewed(life, event, reason)
    elif event.status == Status.PAUSED and status != Status.PAUSED:
        life.put("pause", terms.paused(life.facts, life.today, None), reason=reason)
    elif event.status in Membership.STOPPED:
        ended(life, event.status, event.occurred_at, reason=reason)


def renewed(life, event, reason):
    """Write that the next term has begun, where the event names a later end."""
    last, facts = last_day(event.ends_at, life.facts.zone), life.facts
    if last and facts.ends_on and last > facts.ends_on:
        after = replace(facts, term_starts_on=facts.ends_on + terms.DAY, ends_on=last)
        life.put("renew", after, reason=reason)
