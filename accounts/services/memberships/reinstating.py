"""How a membership that stopped alone comes back: only by an approved case about it."""

from django.utils.translation import gettext as _

from accounts.errors import Moved, Refused
from accounts.models import Account, Membership
from accounts.services.memberships.household import household, put_return


def prepare_return(work, membership_id, *, tells=True):
    """Write what has come by itself to a membership before its case is decided, and return its life.

    ``tells=False`` is for what happened before Reinstate knew of it: neither the member nor billing hears of that.
    Raises ``Moved`` where it is not stopped any more and ``Refused`` while the account itself is out of service.
    """
    life = next(life for life in household(work) if life.membership.pk == membership_id)
    life.tells = tells
    life.catch_up()
    if work.account.status != Account.Status.ACTIVE:
        status = work.account.get_status_display().lower()
        raise Refused(_("The account is %s; its memberships come back while it is active.") % status)
    if life.facts.status not in Membership.STOPPED:
        status = life.membership.get_status_display().lower()
        raise Moved(_("The membership is %s now; there is nothing to reinstate.") % status)
    return life


def bring_back(life, *, reason, caused_by, restrictions, lifted, told_by=""):
    """Bring one membership back, whose life ``prepare_return`` gave, and lift what is open about it.

    ``restrictions`` are those that are open, locked; ``lifted`` the kinds that the case has proven to be settled.
    ``told_by`` names the event by which the member hears of it, where it is not that of the membership.
    Raises ``Refused`` while one of another kind is open.
    """
    if left := [restriction for restriction in restrictions if restriction.kind not in lifted]:
        names = ", ".join(str(restriction) for restriction in left)
        raise Refused(_("The membership cannot be reinstated while these restrictions are open: %s.") % names)
    life.told_by = told_by
    entry = put_return(life, reason=reason, caused_by=caused_by, lifted=restrictions)
    for row in restrictions:
        life.work.track(row)
        row.lifted_at, row.lifted_entry = entry.occurred_at, entry.uid
        life.work.save(row, "lift")
    return entry
