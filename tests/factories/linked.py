"""Linked systems, and what they were told."""

import uuid

from django.utils import timezone
from django_scopes import scope

from accounts.models import StatusChange
from notifications.models import WebhookDelivery
from notifications.services import linked


def linked_system(client, actor, name="Core", kind="network", **more):
    """Register a system of a client that is told of changes of status unless it is said of what."""
    is_said = any(name.startswith("takes_") for name in more)
    wanted = {"takes_restoring": False, "takes_billing": False, "takes_status": not is_said, "answer_hours": 24} | more
    with scope(client=client.pk):
        system, _secret = linked.register(
            client, actor=actor, name=name, kind=kind, url="https://core.example.com/reinstate", **wanted
        )
    return system


def webhook(system, membership, **more):
    """Put down a billing instruction that a linked system was told of and has not acknowledged in time."""
    now = timezone.now()
    entry = StatusChange.objects.filter(account=membership.account_id).order_by("number").last()
    with scope(client=system.client_id):
        return WebhookDelivery.objects.create(
            **{
                "client_id": system.client_id,
                "system": system,
                "account_id": membership.account_id,
                "membership": membership,
                "event": uuid.uuid4(),
                "event_name": "billing.instruction",
                "topic": "billing",
                "entry": entry.uid,
                "body": "{}",
                "status": "given_up",
                "reason": "unreachable",
                "next_attempt_at": None,
                "answer_by": now - timezone.timedelta(minutes=1),
            }
            | more
        )
