"""What an account's page and timeline show of the messages to its member."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import personal, registries
from accounts.registries import TimelineLine
from notifications import rules
from notifications.models import Delivery
from notifications.presentation import Line, language_name, why

SHOWN = 10


@registries.panels.register("messages")
def messages(account, user):
    """The ten newest messages, with a way to all of them for those who watch over the client."""
    deliveries = list(Delivery.objects.for_user(user).filter(account=account).order_by("-id")[: SHOWN + 1])
    key = personal.key_of(account) if deliveries else None
    context = {
        "lines": [Line(delivery, key) for delivery in deliveries[:SHOWN]],
        "has_more": len(deliveries) > SHOWN,
        "all_url": reverse("delivery_list") if rules.can_list(account.client_id, user) else "",
    }
    return "notifications/panel.html", context


@registries.timeline.register("messages")
def lines(account, user, limit, before=None):
    deliveries = Delivery.objects.for_user(user).filter(account=account)
    if before:
        deliveries = deliveries.filter(created_at__lt=before)
    return [line(delivery) for delivery in deliveries.order_by("-created_at", "-id")[:limit]]


def line(delivery):
    """Tell of a message at the time when it was decided on, beside the entry it tells of."""
    details = [language_name(delivery.language), delivery.get_status_display(), why(delivery)]
    return TimelineLine(
        at=delivery.created_at,
        icon="mail",
        title=_("Message: %s") % delivery.get_event_name_display(),
        who=str(delivery.get_channel_display()),
        detail=" · ".join(str(detail) for detail in details if detail),
        url=delivery.get_absolute_url(),
        status=delivery.status,
    )
