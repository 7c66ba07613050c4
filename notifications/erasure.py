"""Erasing a person: no message keeps their address or words, and none that waits goes out any more."""

from accounts import registries
from notifications.models import Delivery


@registries.erasure.register("notifications")
def erase(account):
    """Empty the sealed fields of all messages to this person; what was not sent yet is suppressed."""
    deliveries = Delivery.objects.filter(account=account)
    deliveries.update(address=None, subject=None, body=None)
    deliveries.filter(status__in=(Delivery.Status.PENDING, Delivery.Status.SENDING)).update(
        status=Delivery.Status.SUPPRESSED,
        reason=Delivery.Reason.ERASED,
        next_attempt_at=None,
        claimed_until=None,
    )
