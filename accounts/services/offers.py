"""What may be done to an account now, and why the rest may not: the same conditions that the services hold."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import rules
from accounts.models import Account, ReasonCode, Restriction
from accounts.models.settings import Blocked
from accounts.services import blocking, guidelines, lifecycle, second_person

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

Status, Use = Account.Status, ReasonCode.Use
RUNNING = (Status.ACTIVE, Status.ON_HOLD)


@dataclass(frozen=True)
class Deed:
    """One thing that can be done: what it is called, which reasons there are for it, and from which statuses.

    ``is_grave`` stops service or is final: its page says what it brings about first, and its button is red.
    """

    name: str
    label: "StrOrPromise"
    icon: str
    use: str
    statuses: tuple
    is_grave: bool = False


DEEDS = {
    deed.name: deed
    for deed in (
        Deed("activate", gettext_lazy("Activate"), "circle-check", Use.ACTIVATE, (Status.PENDING,)),
        Deed("hold", gettext_lazy("Hold for payment"), "circle-pause", Use.HOLD, (Status.ACTIVE,), True),
        Deed("suspend", gettext_lazy("Suspend"), "ban", Use.STOP, (*RUNNING, Status.UNDER_REVIEW), True),
        Deed(
            *("change_suspension", gettext_lazy("Change the end"), "calendar-clock", Use.CHANGE_STOP),
            (Status.SUSPENDED,),
        ),
        Deed(
            *("put_under_review", gettext_lazy("Put under review"), "search", Use.REVIEW),
            (*RUNNING, Status.SUSPENDED),
        ),
        Deed("end_review", gettext_lazy("End review"), "search-check", Use.END_REVIEW, (Status.UNDER_REVIEW,)),
        Deed(
            *("deactivate", gettext_lazy("Deactivate"), "power-off", Use.DEACTIVATE),
            (*RUNNING, Status.SUSPENDED, Status.UNDER_REVIEW),
            True,
        ),
        Deed(
            *("close", gettext_lazy("Close"), "lock", Use.CLOSE),
            (Status.PENDING, *RUNNING, Status.SUSPENDED, Status.UNDER_REVIEW, Status.DEACTIVATED),
            True,
        ),
    )
}


def why_not(deed, account, user):
    """Return why this cannot be done now, in words for whoever would do it; "" where it can."""
    if not rules.can_change_service(account, user):
        return _("Your role does not change accounts.")
    if account.status_now not in deed.statuses:
        wanted = ", ".join(str(label).lower() for value, label in Status.choices if value in deed.statuses)
        now = str(account.status_now.label).lower()
        return _("It is %(now)s; this is for one that is: %(wanted)s.") % {"now": now, "wanted": wanted}
    special = SPECIAL.get(deed.name)
    return special(account) if special else ""


def cannot_activate(account):
    return " ".join(problem.message for problem in lifecycle.problems(account))


def cannot_review(account):
    if Restriction.objects.of_account(account).filter(ends_at__isnull=False).exists():
        return _("This suspension ends by itself. Take its end away first, then put the account under review.")
    return ""


def cannot_close(account):
    return blocking.why_blocked(account, Blocked.CLOSE) or second_person.why_waiting(account)


SPECIAL = {
    "activate": cannot_activate,
    "end_review": guidelines.why_open,
    "put_under_review": cannot_review,
    "close": cannot_close,
}


def offers(account, user):
    """Return every deed with why it cannot be done now, "" where it can."""
    return [(deed, why_not(deed, account, user)) for deed in DEEDS.values()]
