"""Reviews and pauses as a way round a suspension: they lead back to where they were entered from, and nowhere else."""

from accounts.models import Account, Membership
from accounts.services import memberships, reviews
from tests.house.doors import door
from tests.house.doors.ends import PAST
from tests.house.doors.forging import entry_of, execute, write

REVIEW = "A review has the end that its entry says"


@door(REVIEW)
def status_before_a_review_that_never_was(desk):
    Account.objects.filter(pk=desk.suspended.pk).update(standing_before="active")


@door(REVIEW)
def end_of_a_review_that_never_was(desk):
    execute("UPDATE accounts_account SET review_ends_at = %s WHERE id = %s", PAST, desk.active.pk)


@door("A account leaves under_review for the status that it was entered from")
def review_that_leads_from_a_suspension_into_service(desk):
    reviews.put_under_review(desk.suspended, actor=desk.agent, reason="suspicious_activity")
    write(entry_of(desk.suspended, desk.agent, "under_review", "active"))


@door("A membership leaves paused for the status that it was entered from")
def pause_that_leads_from_a_term_into_a_trial(desk):
    membership = Membership.objects.get(account=desk.active)
    memberships.pause(membership, actor=desk.agent, reason="away", initiator="member")
    write(entry_of(membership, desk.agent, "paused", "trial"))
