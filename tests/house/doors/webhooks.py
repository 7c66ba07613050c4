"""Ways to change what a linked system was told, to have it answer what it did not, or to lose what it says."""

import uuid

from django.utils import timezone
from django_scopes import scope

from accounts.models import Difference
from notifications.models import Acknowledgement, WebhookDelivery
from tests import factories
from tests.house.doors import door
from tests.house.doors.forging import execute, write


def told(desk):
    """Return a billing instruction that a linked system was told of."""
    administrator = factories.make_user("links", (desk.acme, "administrator"))
    with scope(client=desk.acme.pk):
        membership = desk.active.memberships.first()
        return factories.webhook(factories.linked_system(desk.acme, administrator), membership)


def answer(row, **fields):
    return Acknowledgement(
        **{
            "client_id": row.client_id,
            "system_id": row.system_id,
            "delivery": row,
            "message_id": "evt_1",
            "digest": "0" * 64,
            "outcome": "acknowledged",
            "reference": "INV-1",
            "result": "taken",
            "received_at": timezone.now(),
        }
        | fields
    )


@door("was told is never changed")
def other_words_than_a_linked_system_was_told(desk):
    WebhookDelivery.objects.filter(pk=told(desk).pk).update(body='{"price_minor":1}')


@door("never deleted")
def message_to_a_linked_system_that_is_gone(desk):
    WebhookDelivery.objects.filter(pk=told(desk).pk).delete()


@door("A row stands in the way", vendor="sqlite")
def message_in_the_place_of_another(desk):
    told(desk)
    execute("INSERT OR REPLACE INTO notifications_webhookdelivery SELECT * FROM notifications_webhookdelivery")


@door("acknowledged by what its linked system has answered")
def acknowledgement_that_nobody_gave(desk):
    WebhookDelivery.objects.filter(pk=told(desk).pk).update(answer="acknowledged")


@door("acknowledged by what its linked system has answered")
def acknowledgement_that_was_a_refusal(desk):
    row = told(desk)
    write(answer(row, outcome="refused"))
    WebhookDelivery.objects.filter(pk=row.pk).update(answer="acknowledged")


@door("answers what it was sent itself")
def answer_of_another_system(desk):
    row = told(desk)
    with scope(client=desk.acme.pk):
        administrator = factories.make_user("links2", (desk.acme, "administrator"))
        other = factories.linked_system(desk.acme, administrator, name="Gate", kind="crm")
    write(answer(row, system_id=other.pk))


@door("answers what it was sent itself")
def answer_to_no_message(desk):
    write(answer(told(desk), delivery_id=uuid.uuid4()))


@door("never changed")
def update_of_acknowledgements(desk):
    write(answer(told(desk)))
    Acknowledgement.objects.update(outcome="refused")


@door("never deleted")
def delete_of_acknowledgements(desk):
    write(answer(told(desk)))
    Acknowledgement.objects.all().delete()


@door("A row stands in the way", vendor="sqlite")
def acknowledgement_in_the_place_of_another(desk):
    write(answer(told(desk)))
    execute("INSERT OR REPLACE INTO notifications_acknowledgement SELECT * FROM notifications_acknowledgement")


def differing(desk):
    row = Difference(client=desk.acme, number="A-9", kind="not_here", theirs="active", source="0" * 64)
    row.as_of = timezone.localdate()
    write(row)


@door("never changed")
def update_of_differences(desk):
    differing(desk)
    Difference.objects.update(theirs="closed")


@door("never deleted")
def delete_of_differences(desk):
    differing(desk)
    Difference.objects.all().delete()


@door("A row stands in the way", vendor="sqlite")
def difference_in_the_place_of_another(desk):
    differing(desk)
    execute("INSERT OR REPLACE INTO accounts_difference SELECT * FROM accounts_difference")
