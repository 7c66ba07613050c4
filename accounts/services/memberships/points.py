"""Tier and points: what a member has earned, each with its own record."""

from dataclasses import replace

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.canonical import MAX_INTEGER
from accounts.errors import Invalid, Moved
from accounts.models import Membership, PointsEntry, ReasonCode
from accounts.services.memberships.changing import changing

Use = ReasonCode.Use


def last(membership):
    """Return the newest entry of the points' own log, or ``None``."""
    return PointsEntry.objects.filter(membership=membership).order_by("-number").first()


def balances(account):
    """Return ``{membership id: points}`` of the memberships of an account that have any."""
    rows = PointsEntry.objects.filter(account=account).order_by().values_list("membership")
    return {pk: found for pk, found in rows.annotate(found=Sum("change")) if found}


def balance(membership):
    found = last(membership)
    return found.balance if found else 0


def change_points(membership, change, *, actor, reason, initiator, note="", **kwargs):
    """Add or take points. Raises ``Invalid`` for nothing, for too much, and for more than there are."""
    with changing(membership, actor=actor, use=Use.ADJUST, reason=reason, initiator=initiator, **kwargs) as life:
        require_living(life)
        if not change or abs(change) > MAX_INTEGER // 2:
            raise Invalid(_("Say how many points are added or taken."), field="change")
        if balance(life.membership) + change < 0:
            raise Invalid(_("There are not so many points to take."), field="change")
        return put(life, change, reason=reason, note=note)


def put(life, change, *, reason, note="", caused_by=None):
    """Write a change of points: an entry of the ledger, and one of the points' own log that names it."""
    before = last(life.membership)
    old = before.balance if before else 0
    data = {"points": {"change": change, "before": old, "after": old + change}}
    entry = life.put("change_points", life.facts, reason=reason, note=note, data=data, caused_by=caused_by)
    life.work.add(
        PointsEntry(
            client_id=life.work.client_id,
            account=life.work.account,
            membership=life.membership,
            number=before.number + 1 if before else 1,
            change=change,
            balance=old + change,
            reason=reason,
            entry=entry.uid,
            occurred_at=entry.occurred_at,
        )
    )
    return entry


def forfeit(life, stopped):
    """Take every point because of a suspension, where the client's rule says that they do not survive it."""
    if held := balance(life.membership):
        put(life, -held, reason="points_forfeited", caused_by=stopped)


def set_tier(membership, tier, *, actor, reason, initiator, ends_on=None, note="", **kwargs):
    """Give or take a tier of the plan, until a last day of its own; ``tier`` is "" for none.

    Raises ``Invalid`` for a tier that the plan does not have and for a last day in the past.
    """
    with changing(membership, actor=actor, use=Use.ADJUST, reason=reason, initiator=initiator, **kwargs) as life:
        require_living(life)
        if tier and tier not in life.membership.plan.tiers:
            raise Invalid(_("The plan has no such tier."), field="tier")
        ends_on = ends_on if tier else None
        if ends_on and ends_on < life.today:
            raise Invalid(_("The last day of a tier is not in the past."), field="ends_on")
        after = replace(life.facts, tier=tier, tier_ends_on=ends_on)
        if after == life.facts:
            raise Moved(_("It is set like this already."))
        return life.put("set_tier", after, reason=reason, note=note)


def require_living(life):
    if life.facts.status not in Membership.LIVING:
        raise Moved(_("This membership is over already."))
