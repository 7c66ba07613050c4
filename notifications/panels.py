"""What an account's page, its timeline and the evidence of a case show of the messages to its member."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import personal, registries
from accounts.registries import Asking, CaseMessage, TimelineLine
from notifications import rules
from notifications.models import Delivery, StaffNotice, WebhookDelivery
from notifications.presentation import AlertLine, Line, language_name, why

SHOWN = 10
SHOWN_ASKED = 5


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


@registries.panels.register("alerts")
def alerts(account, user):
    """The ten newest alerts that people on the staff were sent about an account; nothing where there are none."""
    rows = StaffNotice.objects.for_user(user).filter(account=account).select_related("user")
    found = [AlertLine(row) for row in rows.order_by("-id")[:SHOWN]]
    return ("notifications/alerts_panel.html", {"alerts": found}) if found else None


@registries.timeline.register("messages")
def lines(account, user, limit, before=None):
    deliveries = Delivery.objects.for_user(user).filter(account=account)
    if before:
        deliveries = deliveries.filter(created_at__lt=before)
    return [line(delivery) for delivery in deliveries.order_by("-created_at", "-id")[:limit]]


@registries.case_messages.register("messages")
def told_of(account, user, case_id, entries):
    about = Q(case=case_id) | Q(entry__in=list(entries))
    found = Delivery.objects.for_user(user).filter(about, account=account).order_by("created_at", "id")
    deliveries = list(found)
    key = personal.key_of(account) if deliveries else None
    return [case_message(Line(delivery, key)) for delivery in deliveries]


def case_message(line):
    delivery = line.delivery
    return CaseMessage(
        title=str(delivery.get_event_name_display()),
        channel=str(delivery.get_channel_display()),
        language=str(line.language),
        status=str(delivery.get_status_display()),
        detail=line.why,
        address=line.address,
        message_id=delivery.message_id,
        decided_at=delivery.created_at,
        sent_at=delivery.sent_at,
    )


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


@registries.asked.register("linked systems")
def asked(client_id, user, case=None, membership=None):
    """Return how far linked systems were asked about a case, or told of the billing of a membership, newest first."""
    rows = WebhookDelivery.objects.filter(client=client_id)
    rows = (
        rows.filter(about_case=case, topic="restoring") if case else rows.filter(membership=membership, topic="billing")
    )
    return [asking(row, user) for row in rows.select_related("system").order_by("-id")[:SHOWN_ASKED]]


def asking(row, user):
    detail = str(row.get_reason_display())
    paused = row.system.paused_at and row.next_attempt_at
    return Asking(
        system=row.system.name,
        status=row.status,
        status_label=str(row.get_status_display()),
        detail=_("paused") if paused else f"{detail} {row.server_code}" if detail and row.server_code else detail,
        since=row.created_at,
        attempts=row.attempts,
        taken_at=row.sent_at,
        next_attempt_at=None if paused else row.next_attempt_at,
        answer=row.answer or ("settled" if row.settled_at else ""),
        answer_label=str(row.get_answer_display()) if row.answer else _("Settled by hand"),
        answered_at=row.answered_at or row.settled_at,
        url=row.get_absolute_url() if rules.can_see_webhook(row, user) else "",
    )
