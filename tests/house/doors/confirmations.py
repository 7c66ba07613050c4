"""Ways to bring somebody back, or to complete a case, before its linked system has confirmed."""

import uuid

from django.utils import timezone
from django_scopes import scope

from accounts.models import StatusChange
from reinstatements import services
from reinstatements.models import Confirmation, Policy, ReinstatementRequest
from tests import factories
from tests.house.doors import door
from tests.house.doors.forging import execute, forge, write


def waiting(desk):
    """Return a case that was approved and waits for the network, and the entry that approved it."""
    policy = Policy.objects.get(client=desk.acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"confirmations": [{"system": "network"}]})
    case = factories.bring_to(desk.other, "awaiting_approval", desk.agent)
    with scope(client=desk.acme.pk):
        case = services.approve(case, actor=desk.decider, reason="paid", seen=factories.seen(case))
        return case, StatusChange.objects.get(subject_id=case.pk, action="approve")


def answer(case, approved, user, **fields):
    return Confirmation(
        **{
            "client_id": case.client_id,
            "case": case,
            "system": "network",
            "outcome": "confirmed",
            "reference": "NET-1",
            "reason": "confirmed",
            "approved": approved.uid,
            "entry": uuid.uuid4(),
            "user": user,
            "answered_at": timezone.now(),
        }
        | fields
    )


@door("never changed")
def update_of_confirmations(desk):
    case, approved = waiting(desk)
    write(answer(case, approved, desk.agent))
    Confirmation.objects.update(outcome="failed")


@door("never deleted")
def delete_of_confirmations(desk):
    case, approved = waiting(desk)
    write(answer(case, approved, desk.agent))
    Confirmation.objects.all().delete()


@door("A row stands in the way", vendor="sqlite")
def confirmation_in_the_place_of_another(desk):
    case, approved = waiting(desk)
    write(answer(case, approved, desk.agent))
    execute("INSERT OR REPLACE INTO reinstatements_confirmation SELECT * FROM reinstatements_confirmation")


@door("about what was approved and waits")
def confirmation_of_another_system(desk):
    case, approved = waiting(desk)
    write(answer(case, approved, desk.agent, system="billing"))


@door("about what was approved and waits")
def confirmation_of_what_another_entry_approved(desk):
    case, _approved = waiting(desk)
    write(answer(case, StatusChange.objects.filter(account=case.account_id).earliest("number"), desk.agent))


@door("Which system confirms is said by the approval")
def system_taken_off_a_case_that_waits(desk):
    case, _approved = waiting(desk)
    ReinstatementRequest.objects.filter(pk=case.pk).update(linked_system="")


@door("once its linked system has confirmed")
def account_brought_back_before_the_network_confirms(desk):
    _case, approved = waiting(desk)
    forge(desk.other, desk.decider, "suspended", "active", caused_by=("entry", approved.uid))


@door("completes once that has confirmed")
def case_completed_before_the_network_confirms(desk):
    case, approved = waiting(desk)
    forge(case, desk.decider, "approved", "completed", caused_by=("entry", approved.uid))


@door("while its approval stands")
def account_brought_back_by_an_approval_that_was_withdrawn(desk):
    case, approved = waiting(desk)
    services.withdraw(case, actor=desk.agent, reason="not_wanted")
    forge(desk.other, desk.decider, "suspended", "active", caused_by=("entry", approved.uid))
