"""Ways to decide from outside, in the place of somebody else, or while the client holds the case."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Delegation
from accounts.models.base import new_id
from tests.house.doors import door
from tests.house.doors.forging import approval_of, approve, execute, write


@door("asked to decide this case, and gave the code")
def link_that_nobody_was_sent(desk):
    approve(desk.case, desk.supervisor, approval={"invitation_id": new_id(), "role": "contact"})


@door("paused is not decided")
def case_that_the_client_has_paused(desk):
    execute("UPDATE reinstatements_reinstatementrequest SET paused_at = opened_at WHERE id = %s", desk.case.pk)
    approve(desk.case, desk.supervisor)


@door("does not sign in decides by link and code")
def contact_without_a_login(desk):
    execute("UPDATE accounts_user SET password = '!none' WHERE id = %s", desk.supervisor.pk)
    approve(desk.case, desk.supervisor, approval={"role": "contact"})


@door("stands in where they were asked to")
def delegation_that_nobody_gave(desk):
    approve(desk.case, desk.supervisor, approval={"delegation_id": new_id()})


@door("stood in for at one level does not approve at another")
def one_person_in_person_and_by_another(desk):
    now = timezone.now()
    given = Delegation(
        client=desk.acme,
        giver=desk.second_supervisor,
        taker=desk.supervisor,
        role="supervisor",
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
        entry=new_id(),
    )
    write(given)
    write(approval_of(desk.case, desk.supervisor, level=0, delegation_id=given.pk))
    write(approval_of(desk.case, desk.second_supervisor, level=1))
