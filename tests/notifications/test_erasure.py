import pytest

from accounts import registries
from notifications import tasks
from notifications.models import Delivery
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")


def test_erasing_a_person_empties_their_messages_and_stops_what_waits(acme, inbox):
    erased, kept = factories.make_account(acme, "A-1"), factories.make_account(acme, "A-2")
    for account in (erased, kept):
        factories.suspend(account)
    tasks.relay()

    registries.erasure["notifications"](erased)
    tasks.send_due()

    found = Delivery.objects.order_by("account__number").values_list("account__number", "status", "reason")
    assert list(found) == [("A-1", "suppressed", "erased"), ("A-2", "sent", "")]
    gone = Delivery.objects.get(account=erased)
    assert (gone.address, gone.subject, gone.body) == (None, None, None)
    assert Delivery.objects.get(account=kept).body
    assert len(inbox.mails) == 1


def test_erasing_does_not_say_that_a_message_that_went_out_did_not(suspended, inbox):
    tasks.relay()
    tasks.send_due()

    registries.erasure["notifications"](suspended)

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.reason, delivery.body) == ("sent", "", None)
