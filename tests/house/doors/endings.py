"""Ways to end something alone where a client wants two people for it."""

from accounts.models import AccountSettings, Person
from accounts.services import lifecycle, parting
from tests import factories
from tests.house.doors import door
from tests.house.doors.forging import forge, move


def want_two(desk):
    AccountSettings.objects.filter(client=desk.acme).update(ends_need_two=True)


def propose(desk, actor):
    want_two(desk)
    seen = lifecycle.digest(lifecycle.consequences(desk.active))
    return parting.propose_close(desk.active, actor=actor, reason="customer_request", initiator="member", seen=seen)


@door("wants two people to close an account")
def closing_alone(desk):
    want_two(desk)
    move(desk.active, forge(desk.active, desk.supervisor, "active", "closed"))


@door("wants two people to close an account")
def closing_what_was_only_proposed(desk):
    propose(desk, desk.agent)
    desk.active.refresh_from_db()
    move(desk.active, forge(desk.active, desk.agent, "active", "closed"))


@door("took part in endings")
def proposer_of_an_ending_who_becomes_somebody_else(desk):
    proposer = factories.make_user("proposer", (desk.acme, "agent"))
    propose(desk, proposer)
    proposer.person = Person.objects.create(name="Somebody else")
    proposer.save()
