"""Which policy applies to a case, and what it demands. Pure but for reading the version in force."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.models import Industry
from reinstatements.models import Policy
from reinstatements.models.request import Kind

BY_RESTRICTION = {
    "payment": ["payment_received"],
    "policy": ["policy_reviewed"],
    "security": ["security_cleared"],
    "compliance": ["kyc"],
    "data": ["contact_confirmed"],
    "inactivity": ["return_confirmed"],
    "voluntary": ["return_confirmed"],
}
REVIEW_ONE_IN = 20
LAPSING = frozenset({"payment", "inactivity", "voluntary"})
KIND_BY_RESTRICTION = {"payment": Kind.PAYMENT, "data": Kind.CUSTOMER_DATA}
SUPERVISOR, COMPLIANCE = {"role": "supervisor", "count": 1}, {"role": "compliance", "count": 1}
COMMON: dict[str, Any] = {
    "checks": ["identity", "contact_confirmed"],
    "checks_by_restriction": BY_RESTRICTION,
    "levels": [SUPERVISOR],
    "target_minutes": 8 * 60,
    "review_one_in": REVIEW_ONE_IN,
}
BY_INDUSTRY: dict[str, dict[str, Any]] = {
    # What an industry demands in the place of what is common to all.
    Industry.TELECOM: {"checks": ["identity", "line_history", "plan_confirmed", "device_provisioned"]},
    Industry.BANK: {
        "checks": ["request_details", "identity", "kyc", "risk_rating"],
        "levels": [SUPERVISOR, COMPLIANCE],
        "target_minutes": 24 * 60,
    },
    Industry.COMMERCE: {
        "checks": ["identity", "billing_record"],
        "checks_by_restriction": BY_RESTRICTION | {"policy": ["appeal_reviewed"]},
        "target_minutes": 4 * 60,
    },
    Industry.SAAS: {"checks": ["identity", "support_ticket", "billing_record"], "target_minutes": 6 * 60},
    Industry.HEALTH: {
        "checks": ["insured_verified", "consent_recorded", "data_security"],
        "checks_by_restriction": BY_RESTRICTION | {"compliance": ["health_statement"]},
        "target_minutes": 16 * 60,
    },
}


def default_rules(industry):
    """Return the rules that a client of this industry begins with."""
    return COMMON | BY_INDUSTRY.get(industry, {})


def review_one_in(policy):
    """Return of how many cases that a rule decides one is looked at by a person, at the least all of them."""
    return max(policy.rules.get("review_one_in", REVIEW_ONE_IN), 1)


def in_force(client_id, kind, at=None):
    """Return the version of the client's policy for this kind that is in force at ``at``."""
    found = (
        Policy.objects.filter(client=client_id, kind=kind, in_force_from__lte=at or timezone.now())
        .order_by("-version")
        .first()
    )
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


def checks_for(policy, restrictions):
    """Return the codes of the checks that the policy demands, in order, each once."""
    wanted = list(policy.rules["checks"])
    for restriction in restrictions:
        wanted += policy.rules["checks_by_restriction"].get(restriction.kind, [])
    return list(dict.fromkeys(wanted))
