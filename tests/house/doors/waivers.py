"""Ways to have a case go without a check that nobody else has waived."""

import uuid

from django.utils import timezone
from django_scopes import scope

from reinstatements import services
from reinstatements.models import Check, Policy, Waiver
from tests import factories
from tests.house.doors import door
from tests.house.doors.forging import execute, write

CODE = "contact_confirmed"


def waiver(case, user, **fields):
    known = {"client_id": case.client_id, "case": case, "code": CODE, "role": "supervisor", "user": user}
    return Waiver(**known | {"person_id": user.person_id, "entry": uuid.uuid4()} | fields)


def asked(desk):
    """Return a case in verification that asks for a waiver, as its agent would ask."""
    policy = Policy.objects.get(client=desk.acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"waivers": [{"check": CODE, "role": "supervisor"}]})
    case = factories.bring_to(desk.other, "in_verification", desk.agent)
    with scope(client=desk.acme.pk):
        services.ask_waiver(case, CODE, actor=desk.agent, note="They have moved.")
    return case


@door("never changed")
def update_of_waivers(desk):
    case = asked(desk)
    write(waiver(case, desk.decider))
    Waiver.objects.update(role="compliance")


@door("never deleted")
def delete_of_waivers(desk):
    write(waiver(asked(desk), desk.decider))
    Waiver.objects.all().delete()


@door("A row stands in the way", vendor="sqlite")
def waiver_in_the_place_of_another(desk):
    write(waiver(asked(desk), desk.decider))
    execute("INSERT OR REPLACE INTO reinstatements_waiver SELECT * FROM reinstatements_waiver")


@door("by somebody who took no part")
def waiver_granted_by_who_asked_for_it(desk):
    write(waiver(asked(desk), desk.agent))


@door("by somebody who took no part")
def waiver_granted_with_the_second_login_of_who_asked(desk):
    write(waiver(asked(desk), desk.second_login))


@door("waived where that was asked for")
def waiver_that_nobody_asked_for(desk):
    write(waiver(desk.case, desk.decider))


@door("that somebody else has granted")
def check_waived_by_hand(desk):
    changed = {"outcome": "waived", "entry": uuid.uuid4(), "done_by": desk.decider, "done_at": timezone.now()}
    Check.objects.filter(case=desk.case, code=CODE).update(**changed)


@door("A check begins open")
def check_that_begins_waived(desk):
    write(Check(client_id=desk.case.client_id, case=desk.case, code="kyc", outcome="waived"))
