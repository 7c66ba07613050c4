"""Ways to bring back more with a case about one membership than that membership."""

from accounts.models import Membership, User
from reinstatements.models import ReinstatementRequest
from tests.house.doors import door
from tests.house.doors.automatic import case_of, decided
from tests.house.doors.forging import entry_of, forge, write

RULE = "suspension_ended"


def opened_for(desk, account, membership_of):
    """Write, in the name of a rule, a case of ``account`` about the membership of ``membership_of``."""
    system = User.objects.system()
    case = case_of(desk, account, system)
    case.membership = Membership.objects.get(account=membership_of)
    forge(case, system, "", "submitted", rule=RULE)
    return write(case)


@door("A case is about a membership of its own account")
def case_about_a_membership_of_somebody_else(desk):
    opened_for(desk, desk.other, membership_of=desk.active)


@door("A case stays about what it was opened for")
def case_that_turns_to_a_membership(desk):
    own = Membership.objects.get(account=desk.suspended)
    ReinstatementRequest.objects.filter(pk=desk.case.pk).update(membership=own)


@door("A case about one membership brings back that one only")
def account_brought_back_by_a_case_about_its_membership(desk):
    system = User.objects.system()
    approved = decided(opened_for(desk, desk.other, membership_of=desk.other), system, RULE)
    write(entry_of(desk.other, system, "suspended", "active", rule=RULE, caused_by=("entry", approved.uid)))
