"""How a membership that stopped alone comes back: only by an approved case about it."""

from django.utils.translation import gettext as _

from accounts.errors import Moved
from accounts.models import Membership, Restriction
from accounts.services.memberships.changing import life_of
from accounts.services.memberships.household import put_return


def bring_back(work, membership, *, reason, caused_by):
    """Bring one membership back and lift what is open about it; raises ``Moved`` where it is not stopped any more."""
    life = life_of(work, membership)
    life.catch_up()
    if life.facts.status not in Membership.STOPPED:
        status = life.membership.get_status_display().lower()
        raise Moved(_("The membership is %s now; there is nothing to reinstate.") % status)
    lifted = list(Restriction.objects.of_membership(life.membership))
    entry = put_return(life, reason=reason, caused_by=caused_by, lifted=lifted)
    for row in lifted:
        work.track(row)
        row.lifted_at, row.lifted_entry = entry.occurred_at, entry.uid
        work.save(row, "lift")
    return entry
