"""What happens to a membership. Every door calls these."""

from accounts.services.memberships.due import apply_due_membership_changes, catch_up_account
from accounts.services.memberships.household import (
    Household,
    begin_with_account,
    bring_back_with_account,
    end_with_account,
    household,
    households,
    keep,
    returning,
    stop_with_account,
)
from accounts.services.memberships.offering import offer_due, redeem
from accounts.services.memberships.own_status import override_status
from accounts.services.memberships.plans import change_plan
from accounts.services.memberships.points import change_points, set_tier
from accounts.services.memberships.reinstating import bring_back, prepare_return
from accounts.services.memberships.reminding import remind_due
from accounts.services.memberships.starting import (
    activate,
    add,
    convert,
    open_membership,
    renew,
    set_renewal,
    start_trial,
)
from accounts.services.memberships.stopping import (
    cancel,
    pause,
    put_suspension,
    resume,
    suspend,
    withdraw_scheduled,
)

__all__ = [
    "Household",
    "activate",
    "add",
    "apply_due_membership_changes",
    "begin_with_account",
    "bring_back",
    "bring_back_with_account",
    "cancel",
    "catch_up_account",
    "change_plan",
    "change_points",
    "convert",
    "end_with_account",
    "household",
    "households",
    "keep",
    "offer_due",
    "open_membership",
    "override_status",
    "pause",
    "prepare_return",
    "put_suspension",
    "redeem",
    "remind_due",
    "renew",
    "resume",
    "returning",
    "set_renewal",
    "set_tier",
    "start_trial",
    "stop_with_account",
    "suspend",
    "withdraw_scheduled",
]
