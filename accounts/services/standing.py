"""What a decision about an account looks at beside its own row, read once."""

from dataclasses import dataclass, field
from typing import Any

from accounts.models import Account, Restriction, Signal, StatusChange

MOST_COUNTED = 20
"""How many earlier reinstatements are counted."""


@dataclass
class Standing:
    """The open restrictions of a locked account, the entry that stopped its service, its plan, how often it returned.

    Whoever writes a whole history keeps this up to date as it goes on, instead of reading it for every event.
    """

    restrictions: list[Restriction] = field(default_factory=list)
    stopped: StatusChange | None = None
    plan: dict[str, Any] | None = None
    returned: int = 0
    """How many times it was reinstated before, counted as far as ``MOST_COUNTED``."""
    shared: dict[Any, Any] = field(default_factory=dict)
    """What was read once and holds for many accounts of one client, such as the policy in force."""
    returning: list[dict[str, str]] = field(default_factory=list)
    """The memberships that come back with the account, as ``Household.returning`` tells them."""
    signals: list[Signal] = field(default_factory=list)
    """The signals of the account that were confirmed."""


def stopped_by(account):
    """Return the entry that took the account out of service: the last one that set the status it has.

    That a merge was undone, or that a review has ended, is not why: it only put the account back to where it was.
    """
    return (
        StatusChange.objects.filter(account=account, subject_type="account", to_status=account.status)
        .exclude(from_status__in=[account.status, Account.Status.MERGED])
        .exclude(action__in=("end_review_held", "end_review_suspended"))
        .order_by("-number")
        .first()
    )


def open_restrictions(account):
    return list(Restriction.objects.of_account(account).order_by("opened_at", "id"))


def confirmed_signals(account):
    return list(Signal.objects.filter(account=account, status=Signal.Status.CONFIRMED).order_by("raised_at", "id"))
