"""Which policy applies to a case, and what it demands. Pure but for reading the version in force."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid
from reinstatements.models import Policy
from reinstatements.models.request import Kind
from reinstatements.policies.choosing import (
    Choice,
    automatic,
    choose,
    choose_levels,
    levels_of_every_case,
    linked_system,
)
from reinstatements.policies.templates import default_rules

__all__ = [
    "Choice",
    "appeal_days",
    "automatic",
    "choose",
    "choose_levels",
    "default_rules",
    "in_force",
    "kind_of",
    "levels_of_every_case",
    "linked_system",
    "review_one_in",
]

REVIEW_ONE_IN, APPEAL_DAYS = 20, 30
LAPSING = frozenset({"payment", "inactivity", "voluntary"})
KIND_BY_RESTRICTION = {"payment": Kind.PAYMENT, "data": Kind.CUSTOMER_DATA}


def review_one_in(policy):
    """Return of how many cases that a rule decides one is looked at by a person, at the least all of them."""
    return max(policy.rules.get("review_one_in", REVIEW_ONE_IN), 1)


def appeal_days(policy):
    """Return for how many days a declined case of this version may be appealed; 0 for none."""
    return policy.rules.get("appeal_days", APPEAL_DAYS)


def in_force(client_id, kind, at=None):
    """Return the version of the client's policy for this kind that is in force at ``at``.

    It is the one that was put in force last; of two from the same moment the later version.
    """
    found = Policy.objects.in_force(at or timezone.now()).filter(client=client_id, kind=kind).first()
    if found is None:
        raise Invalid(_("No policy is in force for this kind of case. An administrator of the client sets one up."))
    return found


def kind_of(restrictions, membership=None):
    """Return the kind of case that these open restrictions, of an account or of one membership, call for.

    A membership that was not paid for, lapsed or was given up is subscribed again; one that was stopped for another
    reason is a plan that goes on.
    """
    if membership:
        is_lapsed = all(restriction.kind in LAPSING for restriction in restrictions)
        return Kind.SUBSCRIPTION if is_lapsed else Kind.SERVICE_PLAN
    kinds = {KIND_BY_RESTRICTION.get(restriction.kind, Kind.ACCOUNT_STATUS) for restriction in restrictions}
    return kinds.pop() if len(kinds) == 1 else Kind.ACCOUNT_STATUS
