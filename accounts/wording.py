"""How the ledger's entries are told to people: in a timeline, in the log, in an export."""

from functools import cache

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from accounts import registries
from accounts.codes import readable
from accounts.models.base import StatusModel
from accounts.registries import Wording

registries.wording.register(
    "account",
    {
        "leave_to_people": Wording(_("All is paid; by the policy people decide on the return"), "users-round"),
        "open": Wording(_("Account opened"), "circle-play"),
        "activate": Wording(_("Account activated"), "circle-check"),
        "hold": Wording(_("Held for payment"), "circle-pause"),
        "suspend": Wording(_("Suspended"), "ban"),
        "change_suspension": Wording(_("Suspension changed"), "ban"),
        "put_under_review": Wording(_("Put under review"), "search"),
        "follow_guideline": Wording(_("Guideline of the review followed"), "list-checks"),
        "end_review": Wording(_("Review ended"), "search-check"),
        "end_review_held": Wording(_("Review ended, on hold as before"), "search-check"),
        "end_review_suspended": Wording(_("Review ended, suspended as before"), "search-check"),
        "deactivate": Wording(_("Deactivated"), "power-off"),
        "close": Wording(_("Account closed"), "lock"),
        "propose_close": Wording(_("Closing proposed"), "lock", "warn"),
        "decline_close": Wording(_("Closing declined"), "circle-x"),
        "reinstate": Wording(_("Back in service"), "circle-check"),
        "charge": Wording(_("Charged"), "receipt"),
        "payment": Wording(_("Payment received"), "wallet", "active"),
        "confirm_payment": Wording(_("Payment confirmed by the client's system"), "wallet", "active"),
        "refund": Wording(_("Payment refunded"), "undo-2"),
        "chargeback": Wording(_("Payment charged back"), "undo-2", "suspended"),
        "reversal": Wording(_("Chargeback won"), "wallet", "active"),
        "write_off": Wording(_("Debt written off"), "eraser"),
        "remind": Wording(_("Reminded of an unpaid debt"), "bell"),
        "step_passed": Wording(_("Overdue, and out of service already"), "bell"),
        "restrict": Wording(_("Condition stands again"), "ban", "suspended"),
        "lift": Wording(_("Condition settled"), "circle-check", "active"),
        "propose_merge": Wording(_("Merge proposed"), "git-merge"),
        "decline_merge": Wording(_("Merge declined"), "circle-x"),
        "merge": Wording(_("Absorbed by another account"), "git-merge"),
        "absorb": Wording(_("Absorbed another account"), "git-merge"),
        "propose_unmerge": Wording(_("Undoing the merge proposed"), "undo-2"),
        "decline_unmerge": Wording(_("Undoing the merge declined"), "circle-x"),
        "unmerge": Wording(_("Merge undone"), "undo-2"),
        "release": Wording(_("Released the account it had absorbed"), "undo-2"),
        "change_contact": Wording(_("Contact data changed"), "contact"),
        "add_asset": Wording(_("Number, login or contract added"), "plus"),
        "remove_asset": Wording(_("Number, login or contract removed"), "minus"),
        "told_departure": Wording(_("Left, by what the client's system told"), "log-out"),
        "told_return": Wording(_("Came back, by what the client's system told"), "log-in"),
        "reveal": Wording(_("Personal data shown"), "eye"),
        "subject.erased": Wording(_("Personal data erased"), "eraser"),
    },
)
registries.wording.register(
    "membership",
    {
        "open": Wording(_("Membership opened"), "layers"),
        "activate": Wording(_("Membership activated"), "layers"),
        "start_trial": Wording(_("Trial started"), "sparkles"),
        "convert": Wording(_("Trial became a paid membership"), "badge-check"),
        "renew": Wording(_("Membership renewed"), "refresh-cw"),
        "offer": Wording(_("Offered to come back"), "gift"),
        "redeem_offer": Wording(_("Offer redeemed"), "gift", "active"),
        "set_renewal": Wording(_("Renewal changed"), "repeat"),
        "pause": Wording(_("Membership paused"), "circle-pause"),
        "resume": Wording(_("Membership resumed"), "circle-play"),
        "resume_trial": Wording(_("Trial resumed"), "circle-play"),
        "override_status": Wording(_("Own status set by hand"), "tag"),
        "suspend": Wording(_("Membership suspended"), "ban"),
        "restrict": Wording(_("Condition stands again"), "ban", "suspended"),
        "expire": Wording(_("Membership expired"), "timer-off"),
        "cancel": Wording(_("Membership cancelled"), "circle-minus"),
        "propose_cancel": Wording(_("Cancellation proposed"), "circle-minus", "warn"),
        "decline_cancel": Wording(_("Cancellation declined"), "circle-x"),
        "reinstate": Wording(_("Membership back in service"), "circle-check"),
        "reinstate_trial": Wording(_("Trial back in service"), "circle-check"),
        "change_plan": Wording(_("Plan changed"), "arrow-right-left", "info"),
        "remind_renewal": Wording(_("Reminded that the term renews"), "bell"),
        "remind_trial": Wording(_("Reminded that the trial ends"), "bell"),
        "set_tier": Wording(_("Tier changed"), "medal", "info"),
        "lapse_tier": Wording(_("Tier lapsed"), "medal", "quiet"),
        "change_points": Wording(_("Points changed"), "coins"),
        "schedule_cancel": Wording(_("Cancellation scheduled"), "calendar-clock", "warn"),
        "schedule_change_plan": Wording(_("Change of plan scheduled"), "calendar-clock", "info"),
        "schedule_pause": Wording(_("Pause scheduled"), "calendar-clock", "info"),
        "acknowledge_billing": Wording(_("Billing has acknowledged"), "receipt", "active"),
        "refuse_billing": Wording(_("Billing refuses"), "receipt", "suspended"),
        "miss_billing": Wording(_("Billing has not answered in time"), "receipt", "on_hold"),
        "settle_billing": Wording(_("Billing settled by hand"), "receipt", "active"),
        "unschedule_cancel": Wording(_("Scheduled cancellation withdrawn"), "calendar-x"),
        "unschedule_change_plan": Wording(_("Scheduled change of plan withdrawn"), "calendar-x"),
        "unschedule_pause": Wording(_("Scheduled pause withdrawn"), "calendar-x"),
    },
)
registries.wording.register(
    "query",
    {
        "ask": Wording(_("Customer asked"), "message-circle"),
        "answer": Wording(_("Customer was answered"), "message-circle-reply"),
    },
)
registries.wording.register(
    "call",
    {
        "pass": Wording(_("Proved by phone who they are"), "phone-incoming", "active"),
        "fail": Wording(_("Failed to prove by phone who they are"), "phone-off", "suspended"),
    },
)
registries.wording.register(
    "representative",
    {
        "record": Wording(_("Representative recorded"), "user-plus"),
        "end": Wording(_("Representative ended"), "user-minus"),
    },
)
registries.wording.register(
    "contactattempt",
    {
        "in": Wording(_("Member called"), "phone-incoming"),
        "out": Wording(_("Member was called"), "phone-outgoing"),
    },
)
registries.wording.register(
    "training",
    {
        "record": Wording(_("Training recorded"), "graduation-cap", "active"),
        "end": Wording(_("Training does not hold any more"), "graduation-cap", "suspended"),
        "warn": Wording(_("Warned that a training ends"), "bell"),
    },
)
registries.wording.register(
    "signal",
    {
        "confirm": Wording(_("Signal confirmed"), "siren", "suspended"),
        "clear": Wording(_("Signal cleared"), "circle-check", "active"),
    },
)
registries.wording.register(
    "signalsettings",
    {
        "create": Wording(_("Rules for signals added"), "siren"),
        "change": Wording(_("Rules for signals changed"), "siren"),
    },
)
registries.wording.register(
    "user",
    {
        "grant": Wording(_("Role granted"), "user-plus"),
        "end_grant": Wording(_("Role ended"), "user-minus"),
        "change": Wording(_("Login changed"), "user-cog"),
        "change_hours": Wording(_("Working hours changed"), "clock"),
        "go_away": Wording(_("Absence put down"), "calendar-off"),
        "delegate": Wording(_("Somebody decides in their place"), "user-round-check"),
        "end_delegation": Wording(_("Standing in ended"), "user-round-x"),
        "issue_key": Wording(_("API key issued"), "key-round"),
        "end_key": Wording(_("API key ended"), "key-round"),
        "come_back": Wording(_("Absence ended"), "calendar-check"),
    },
)
registries.wording.register(
    "plan",
    {
        "create": Wording(_("Plan added"), "layers"),
        "change": Wording(_("Plan changed"), "layers"),
    },
)
registries.wording.register(
    "overdueladder",
    {
        "create": Wording(_("Overdue ladder added"), "calendar-clock"),
        "change": Wording(_("Overdue ladder changed"), "calendar-clock"),
    },
)
registries.wording.register(
    "accountsettings",
    {
        "create": Wording(_("Account settings added"), "list-checks"),
        "change": Wording(_("Account settings changed"), "list-checks"),
    },
)
registries.wording.register(
    "reasoncode",
    {
        "create": Wording(_("Reason added"), "list"),
        "change": Wording(_("Reason changed"), "list"),
    },
)
registries.wording.register(
    "columnmapping",
    {
        "create": Wording(_("Column mapping saved"), "columns-3"),
        "change": Wording(_("Column mapping changed"), "columns-3"),
        "delete": Wording(_("Column mapping removed"), "columns-3"),
    },
)
registries.wording.register(
    "client",
    {
        "change": Wording(_("Client's settings changed"), "settings"),
        "take_on": Wording(_("Client taken on"), "handshake"),
        "import": Wording(_("File imported"), "file-input"),
        "import_upload": Wording(_("File handed in for import"), "file-up"),
        "import_cancel": Wording(_("Import cancelled"), "file-x"),
    },
)


def of(subject_type, action):
    """Return the ``Wording`` of an entry; one that nobody has worded is told by its code."""
    found = registries.wording.get(subject_type, {}).get(action)
    return found or Wording(readable(action))


def status_label(subject_type, status):
    """Return a status of this type of subject in words, "" for none."""
    return str(status_labels().get((subject_type, status), status))


@cache
def status_labels():
    return {
        (model.subject_type, value): label
        for model in apps.get_models()
        if issubclass(model, StatusModel)
        for value, label in model._meta.get_field("status").choices
    }
