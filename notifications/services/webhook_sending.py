"""From messages to linked systems: claim a batch, then for each message claim, send and record, one by one."""

import secrets
import time
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import sealing
from notifications import webhooks
from notifications.models import WebhookDelivery
from notifications.services.linked import valid_secrets

BATCH = 100
BATCH_SECONDS = 30
LEASE = timedelta(minutes=10)
WAITS = [timedelta(seconds=5), *(timedelta(minutes=minutes) for minutes in (5, 30, 120, 300, 600))]
"""How long to wait after each try but the last: Standard Webhooks' own steps, about 17 hours in all."""
SPREAD = 100
"""Thousandths of a wait that a next try comes later at the most."""
Status, Reason = WebhookDelivery.Status, WebhookDelivery.Reason

log = structlog.get_logger(__name__)


def clients_with_messages():
    """Return the ids of the clients with messages to send to linked systems now."""
    with scopes_disabled():
        due = WebhookDelivery.objects.due(timezone.now())
        return list(due.order_by().values_list("client_id", flat=True).distinct())


def send_due(limit=BATCH):
    """Send what is due for the clients in scope. May run twice and on several workers at once.

    A batch ends after half a minute. A system that does not answer holds up its own messages only: those behind the
    first that failed wait for its next try.
    """
    claimed = claim(limit)
    stop_at = time.monotonic() + BATCH_SECONDS
    down: dict = {}
    for index, delivery in enumerate(claimed):
        if time.monotonic() > stop_at:
            put_back(claimed[index:], timezone.now())
            return
        if delivery.system_id in down:
            put_back([delivery], down[delivery.system_id])
        elif again_at := send(delivery):
            down[delivery.system_id] = again_at


def claim(limit):
    """Take up to ``limit`` messages for ten minutes; whoever dies with them leaves them to the next worker."""
    now = timezone.now()
    with transaction.atomic():
        found = WebhookDelivery.objects.due(now).select_for_update(skip_locked=True, of=("self",))
        ids = list(found.order_by("next_attempt_at", "id").values_list("pk", flat=True)[:limit])
        WebhookDelivery.objects.filter(pk__in=ids).update(status=Status.SENDING, claimed_until=now + LEASE)
    claimed = WebhookDelivery.objects.filter(pk__in=ids).select_related("system")
    return list(claimed.order_by("next_attempt_at", "id"))


def held(delivery):
    """Return the row as a queryset that is empty once another worker took it from us."""
    return WebhookDelivery.objects.filter(pk=delivery.pk, status=Status.SENDING, claimed_until=delivery.claimed_until)


def send(delivery):
    """Send one message and record what came of it; return when to try a system again that cannot be reached, or None.

    Each step is committed before the next.
    """
    if not take(delivery):
        return None
    now = timezone.now()
    try:
        keys = [secret.key for secret in valid_secrets(delivery.system, now)]
        head = webhooks.headers(delivery.message_id, now, delivery.body, keys)
        code = webhooks.post(delivery.system.url, delivery.body, head)
    except webhooks.NotTaken as answer:
        again_at = record_failure(delivery, answer.reason, answer.code)
        return None if answer.code else again_at
    except (sealing.SealBroken, sealing.UnknownMasterKey) as error:
        log.warning("webhook_not_signed", delivery=str(delivery.pk), exc_info=error)
        return record_failure(delivery, Reason.NOT_SIGNED, None)
    # Whatever happened to the row meanwhile: the system took the message, and the row must say so.
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        status=Status.SENT,
        reason="",
        server_code=code,
        sent_at=timezone.now(),
        next_attempt_at=None,
        claimed_until=None,
    )
    return None


def take(delivery):
    """Renew the lease and count the try; tell whether the message is still ours and to be sent."""
    now = timezone.now()
    if delivery.attempts >= delivery.attempts_allowed:
        # Each of its tries ended with the worker, so the next one would as well.
        give_up(held(delivery), Reason.WORKER_LOST, None)
        return False
    until = now + LEASE
    is_ours = held(delivery).update(claimed_until=until, attempts=F("attempts") + 1, tried_at=now)
    delivery.claimed_until, delivery.attempts = until, delivery.attempts + 1
    return bool(is_ours)


def record_failure(delivery, reason, code):
    """Wait for the next try, longer each time, or give up: people see it and may send it again. Return when, if so."""
    log.warning("webhook_not_taken", delivery=str(delivery.pk), attempt=delivery.attempts, why=reason, code=code)
    begun = delivery.attempts_allowed - len(WAITS) - 1
    step = delivery.attempts - begun - 1
    if reason == Reason.GONE or step >= len(WAITS):
        give_up(held(delivery), reason, code)
        return timezone.now() + WAITS[-1]
    # Up to a tenth later, at random: what failed at once does not come back at once.
    again_at = timezone.now() + WAITS[max(step, 0)] * (1 + secrets.randbelow(SPREAD) / 1000)
    held(delivery).update(
        status=Status.FAILED, reason=reason, server_code=code, next_attempt_at=again_at, claimed_until=None
    )
    return again_at


def give_up(rows, reason, code):
    rows.update(status=Status.GIVEN_UP, reason=reason, server_code=code, next_attempt_at=None, claimed_until=None)


def put_back(deliveries, due_at):
    """Let go of what was claimed together and not tried; nothing counts as a try."""
    for delivery in deliveries:
        status = Status.FAILED if delivery.attempts else Status.INTENDED
        held(delivery).update(status=status, next_attempt_at=due_at, claimed_until=None)
