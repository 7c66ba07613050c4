"""From the outbox to linked systems: who is told of an event, and in which words. Codes, keys, times; nobody's data."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from accounts.models import Membership, StatusChange
from notifications.models import LinkedSystem, WebhookDelivery
from notifications.services.linked import encoded

ASKED, BILLING = "case.confirmation_wanted", "billing.instruction"
STATUS = {
    *(f"account.{status}" for status in ("active", "on_hold", "suspended", "deactivated", "closed")),
    *("account.under_review", "account.review_ended", "account.merged", "account.unmerged"),
    *("reinstatement.completed", "reinstatement.appeal_granted", "reinstatement.reversed"),
    *(f"membership.{action}" for action in ("activate", "start_trial", "convert", "renew", "pause", "resume")),
    *(f"membership.{action}" for action in ("resume_trial", "suspend", "expire", "cancel", "reinstate")),
    *(f"membership.{action}" for action in ("reinstate_trial", "plan_changed", "set_tier", "lapse_tier")),
}
"""The events that change what somebody may use; offers and reminders do not."""


def topic_of(name):
    """Return what a linked system must take to be told of an event, "" where none is."""
    if name == ASKED:
        return LinkedSystem.Topic.RESTORING
    if name == BILLING:
        return LinkedSystem.Topic.BILLING
    return LinkedSystem.Topic.STATUS if name in STATUS else ""


def takers(event):
    """Return the linked systems that take an event: of what restores access only the one that the case waits for.

    A system hears of what happened after it was registered.
    """
    topic = topic_of(event.name)
    if not topic:
        return []
    since = {"client": event.client_id, "created_at__lte": event.created_at}
    found = LinkedSystem.objects.filter(**since, **{f"takes_{topic}": True})
    if topic == LinkedSystem.Topic.RESTORING:
        found = found.filter(kind=event.payload.get("system", ""))
    return list(found.order_by("pk"))


def prepare(event):
    """Write one message for each linked system that takes the event; the database takes a second one for none."""
    systems = takers(event)
    if not systems:
        return
    entry = StatusChange.objects.get(uid=event.entry, account=event.account)
    membership = membership_of(event)
    for system in systems:
        delivery = WebhookDelivery(
            client_id=event.client_id,
            system=system,
            account=event.account,
            membership=membership,
            about_case=event.payload.get("case"),
            event=event.pk,
            event_name=event.name,
            topic=topic_of(event.name),
            entry=event.entry,
        )
        if event.name == BILLING:
            delivery.answer_by = delivery.created_at + timedelta(hours=system.answer_hours)
        delivery.body = encoded(event.name, entry.occurred_at, told(event, entry, membership, delivery))
        delivery.save(force_insert=True)


def membership_of(event):
    key = event.payload.get("membership")
    return Membership.objects.filter(pk=key, account=event.account).first() if key else None


def told(event, entry, membership, delivery):
    account = event.account
    said = {
        "client": account.client.code,
        "account": {"number": account.number, "status": account.status},
        "entry": {
            "id": str(entry.uid),
            "number": entry.number,
            "subject": entry.subject_type,
            "action": entry.action,
            "from": entry.from_status,
            "to": entry.to_status,
            "reason": entry.reason,
            "recorded_at": entry.recorded_at.isoformat(),
        },
        "message": delivery.message_id,
        **{name: value for name, value in event.payload.items() if name != "people"},
    }
    if membership:
        said["membership"] = {
            "id": str(membership.pk),
            "plan": membership.snapshot["code"],
            "status": membership.status,
        }
    if event.name in (ASKED, BILLING):
        said["acknowledge"] = settings.BASE_URL + reverse("linked_acknowledge", args=[delivery.system_id])
    return said
