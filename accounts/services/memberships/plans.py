"""Upgrade and downgrade: another plan, not another status, as both were on the day it was agreed."""

from dataclasses import replace

from django.utils.translation import gettext as _

from accounts import proration, terms
from accounts.errors import Invalid, Moved
from accounts.models import Membership, ReasonCode, ScheduledChange
from accounts.models.membership import agreed_terms
from accounts.services.memberships.changing import WRITERS, changing
from accounts.services.memberships.stopping import schedule

NOW, TERM_END = "now", "term_end"


def change_plan(membership, plan, *, actor, reason, initiator, when=NOW, note="", **kwargs):
    """Put a membership on another plan now or when its term is over, with what that costs noted for billing.

    Raises ``Invalid`` for a plan of another client or currency, one that is not sold and the one that it has, and
    ``Refused`` for a term end where no term ends.
    """
    use = ReasonCode.Use.CHANGE_PLAN
    with changing(membership, actor=actor, use=use, reason=reason, initiator=initiator, **kwargs) as life:
        membership = life.membership
        require_other_plan(membership, plan)
        if life.facts.status not in Membership.LIVING:
            raise Moved(_("This membership is over; its plan is not changed any more."))
        if when == TERM_END:
            return schedule(
                life, ScheduledChange.Kind.CHANGE_PLAN, reason=reason, note=note, plan=plan, snapshot=plan.snapshot()
            )
        snapshot = plan.snapshot()
        after = terms.replanned(life.facts, agreed_terms(snapshot), life.today)
        after = without(after, ScheduledChange.Kind.CHANGE_PLAN)
        return put(life, plan, snapshot, after, reason, {"effective_on": life.today.isoformat()}, note=note)


def require_other_plan(membership, plan):
    if plan.client_id != membership.client_id or not plan.is_active:
        raise Invalid(_("This plan is not sold here."), field="plan")
    if plan.snapshot() == membership.snapshot:
        raise Invalid(_("The membership is on this plan already."), field="plan")
    if plan.currency != membership.snapshot["currency"]:
        raise Invalid(_("This plan is paid in another currency."), field="plan")


def without(facts, kind):
    """Return the facts without what was scheduled of this kind: the newer decision takes its place."""
    return replace(facts, scheduled=tuple(change for change in facts.scheduled if change.kind != kind))


def preview(membership, plan, facts, on):
    """Return what a change on this day would say and cost, as the entry will have it."""
    new = plan.snapshot()
    return proration.difference(membership.snapshot, new) | {"proration": costs(membership, new, facts, on).as_data()}


def costs(membership, new, facts, on):
    runs = facts.status == Membership.Status.ACTIVE
    span = (facts.term_starts_on, facts.ends_on) if runs else (None, None)
    return proration.of_change(membership.snapshot, new, on, *span)


def put(life, plan, snapshot, after, reason, data, *, note="", caused_by=None):
    """Write the change of plan: old and new, price and privileges, proration, and word for billing and the member."""
    membership, old = life.membership, life.membership.snapshot
    due = costs(membership, snapshot, life.facts, life.today)
    told = proration.difference(old, snapshot) | {"proration": due.as_data()} | data
    membership.plan, membership.agreed = plan, snapshot
    amounts = {"due_minor": due.due_minor, "effective_on": data["effective_on"]}
    entry = life.put("change_plan", after, reason=reason, data=told, note=note, caused_by=caused_by, amounts=amounts)
    life.work.emit(
        "membership.plan_changed", entry, membership=str(membership.pk), direction=told["direction"], plan=plan.code
    )
    return entry


def write_scheduled(life, step, change, *, reason, data, caused_by):
    return put(life, change.plan, change.snapshot, step.after, reason, data, caused_by=caused_by)


WRITERS["change_plan"] = write_scheduled
