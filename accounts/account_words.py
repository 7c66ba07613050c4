"""How an account stands: what may be done to it, what may not and why, and who can clear what is in the way."""

import json

from accounts import registries, rules
from accounts.models import Account, StatusChange
from accounts.models.settings import Blocked, settings_of
from accounts.services import guidelines, lifecycle, offers

KEPT = (Account.Status.DEACTIVATED, Account.Status.CLOSED)


def standing(account, user):
    """Return what the account's page says of its standing beside the restrictions."""
    status = account.status_now
    found = offers.offers(account, user) if rules.can_change_service(account, user) else []
    pending = status == Account.Status.PENDING
    return {
        "deeds": [deed for deed, why_not in found if not why_not],
        "refused": [(deed, why_not) for deed, why_not in found if why_not],
        "problems": lifecycle.problems(account) if pending and not account.erased_at else [],
        "blocks": blocks(account) if account.is_under_review else [],
        "guidelines": guidelines.of(account) if account.is_under_review else [],
        "may_follow": rules.can_change_service(account, user),
        "kept_until": kept_until(account) if status in KEPT else "",
    }


def blocks(account):
    """Return what the client stops while an account is under review."""
    stopped = settings_of(account.client).review_blocks
    return [str(label) for value, label in Blocked.choices if value in stopped]


def kept_until(account):
    """Return until when a former customer's account is kept, as the entry has it that ended its service."""
    entry = StatusChange.objects.filter(account=account, number=account.status_number).first()
    data = json.loads(bytes(entry.body))["data"] if entry else {}
    kept = data.get("retention") or data.get("consequences", {}).get("retention") or {}
    return kept.get("until", "")


def clearing(account, kinds):
    """Return how each kind of restriction is cleared, and by whom."""
    found = {}
    for contribute in registries.clearing.values():
        found |= contribute(account, kinds)
    return found
