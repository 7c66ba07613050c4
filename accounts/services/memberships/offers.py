"""What may be done to a membership now, and why the rest may not: the same conditions that the services hold."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import rules, terms
from accounts.models import Account, Membership, ReasonCode
from accounts.models.settings import Blocked
from accounts.services import blocking, second_person

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

Status, Use = Membership.Status, ReasonCode.Use
IN_SERVICE = frozenset({Status.TRIAL, Status.ACTIVE})


@dataclass(frozen=True)
class Deed:
    """One thing that can be done: what it is called, which reasons there are for it, and from which statuses."""

    name: str
    label: "StrOrPromise"
    icon: str
    use: str
    statuses: frozenset
    needs_account: bool = False
    is_final: bool = False


DEEDS = {
    deed.name: deed
    for deed in (
        Deed("activate", gettext_lazy("Activate"), "circle-check", Use.START, frozenset({Status.PENDING}), True),
        Deed("start_trial", gettext_lazy("Start trial"), "sparkles", Use.START, frozenset({Status.PENDING}), True),
        Deed("convert", gettext_lazy("Convert to paid"), "badge-check", Use.START, frozenset({Status.TRIAL}), True),
        Deed("renew", gettext_lazy("Renew"), "refresh-cw", Use.START, frozenset({Status.ACTIVE}), True),
        Deed("set_renewal", gettext_lazy("Change renewal"), "repeat", Use.START, frozenset(Membership.LIVING)),
        Deed(
            *("change_plan", gettext_lazy("Change plan"), "arrow-right-left", Use.CHANGE_PLAN),
            frozenset(Membership.LIVING),
        ),
        Deed("pause", gettext_lazy("Pause"), "circle-pause", Use.PAUSE, IN_SERVICE),
        Deed("resume", gettext_lazy("Resume"), "circle-play", Use.PAUSE, frozenset({Status.PAUSED}), True),
        Deed("set_tier", gettext_lazy("Change tier"), "medal", Use.ADJUST, frozenset(Membership.LIVING)),
        Deed("change_points", gettext_lazy("Change points"), "coins", Use.ADJUST, frozenset(Membership.LIVING)),
        Deed(
            *("override_status", gettext_lazy("Set the client's own status"), "tag", Use.OWN_STATUS),
            frozenset(Membership.Status.values),
        ),
        Deed("suspend", gettext_lazy("Suspend"), "ban", Use.STOP, IN_SERVICE | {Status.PAUSED}, is_final=True),
        Deed(
            *("cancel", gettext_lazy("Cancel membership"), "circle-minus", Use.CANCEL, frozenset(Membership.LIVING)),
            is_final=True,
        ),
    )
}


def why_not(deed, membership, facts, user, today):
    """Return why this cannot be done now, in words for whoever would do it; "" where it can."""
    if not rules.can_change_service(membership, user):
        return _("Your role does not change memberships.")
    if facts.status not in deed.statuses:
        wanted = ", ".join(str(label).lower() for value, label in Status.choices if value in deed.statuses)
        now = str(Status(facts.status).label).lower()
        return _("It is %(now)s; this is for one that is: %(wanted)s.") % {"now": now, "wanted": wanted}
    if deed.needs_account and membership.account.status != Account.Status.ACTIVE:
        return _("The account is not in service.")
    if deed.use in Blocked.values and (blocked := blocking.why_blocked(membership.account, deed.use)):
        return blocked
    special = SPECIAL.get(deed.name)
    return special(membership, facts, today) if special else ""


def cannot_renew(membership, facts, today):
    if not facts.ends_on:
        return _("It has no end, so there is nothing to renew.")
    if facts.ends_on >= today:
        return _("The term still runs; “Change renewal” says what happens at its end.")
    return ""


def cannot_set_renewal(membership, facts, today):
    return "" if facts.ends_on else _("It has no term that could end or renew.")


def cannot_start_trial(membership, facts, today):
    return "" if membership.snapshot.get("terms", {}).get("trial_days") else _("Its plan has no trial.")


def cannot_set_tier(membership, facts, today):
    return "" if membership.plan.tiers else _("Its plan has no tiers.")


def cannot_cancel(membership, facts, today):
    return second_person.why_waiting(membership.account, membership)


SPECIAL = {
    "cancel": cannot_cancel,
    "renew": cannot_renew,
    "set_renewal": cannot_set_renewal,
    "start_trial": cannot_start_trial,
    "set_tier": cannot_set_tier,
}


def offers(membership, facts, user, own_rules):
    """Return every deed with why it cannot be done now, "" where it can.

    ``own_rules`` are those of the client's own statuses: without any there is none to set.
    """
    today = terms.local_day(timezone.now(), facts.zone)
    left_out = () if own_rules else ("override_status",)
    offered = [deed for deed in DEEDS.values() if deed.name not in left_out]
    return [(deed, why_not(deed, membership, facts, user, today)) for deed in offered]
