"""From deliveries to the mail server: claim a batch, then for each message claim, send and record, one by one."""

import time
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import personal, sealing
from notifications import audience
from notifications.channels import email
from notifications.models import Delivery

BATCH = 100
LEASE = timedelta(minutes=10)
BATCH_SECONDS = 30
MAX_ATTEMPTS = 8
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
Status, Reason = Delivery.Status, Delivery.Reason

log = structlog.get_logger(__name__)


def clients_with_mail():
    """Return the ids of the clients with messages to send now."""
    with scopes_disabled():
        return list(Delivery.objects.due(timezone.now()).order_by().values_list("client_id", flat=True).distinct())


def send_due(limit=BATCH):
    """Send what is due for the clients in scope over one connection. May run twice and on several workers at once.

    A batch ends after half a minute, so that a slow server does not keep the worker from everything else.
    """
    claimed = claim(limit)
    stop_at = time.monotonic() + BATCH_SECONDS
    with email.Session() as session:
        for index, delivery in enumerate(claimed):
            if time.monotonic() > stop_at:
                put_back(claimed[index:], timezone.now())
                return
            try:
                session.open()
            except email.Unreachable as error:
                log.warning("mail_server_unreachable", failure=str(error), waiting=len(claimed) - index)
                put_back(claimed[index:], timezone.now() + FIRST_WAIT, reason=Reason.UNREACHABLE)
                return
            send(session, delivery)


def claim(limit):
    """Take up to ``limit`` deliveries for ten minutes; whoever dies with them leaves them to the next worker."""
    now = timezone.now()
    with transaction.atomic():
        found = Delivery.objects.due(now).select_for_update(skip_locked=True).order_by("next_attempt_at", "id")
        ids = list(found.values_list("pk", flat=True)[:limit])
        Delivery.objects.filter(pk__in=ids).update(status=Status.SENDING, claimed_until=now + LEASE)
    claimed = Delivery.objects.filter(pk__in=ids).select_related("account__client", "account__subject_key")
    return list(claimed.order_by("next_attempt_at", "id"))


def held(delivery):
    """Return the row as a queryset that is empty once another worker, or an erasure, took it from us."""
    rows = type(delivery).objects
    return rows.filter(pk=delivery.pk, status=Status.SENDING, claimed_until=delivery.claimed_until)


def send(session, delivery):
    """Send one message and record what came of it. Each step is committed before the next."""
    if not take(delivery):
        return
    try:
        message = build(delivery)
    except (ValueError, UnicodeError) as error:
        log.warning("message_not_built", delivery=str(delivery.pk), exc_info=error)
        end(held(delivery), Status.FAILED, Reason.NOT_PREPARED)
        return
    try:
        session.send(message)
    except email.NotTaken as answer:
        record_refusal(delivery, answer)
        return
    # Whatever happened to the row meanwhile: the server took the message, and the row must say so.
    end(Delivery.objects.filter(pk=delivery.pk), Status.SENT, sent_at=timezone.now())


def take(delivery):
    """Renew the lease and count the attempt; tell whether the message is still ours and still to be sent."""
    until = timezone.now() + LEASE
    if delivery.attempts >= MAX_ATTEMPTS:
        end(held(delivery), Status.FAILED, Reason.GAVE_UP)
        return False
    account = type(delivery.account).objects.only("erased_at", "status_number").get(pk=delivery.account_id)
    if account.erased_at:
        end(held(delivery), Status.SUPPRESSED, Reason.ERASED, address=None, subject=None, body=None)
        return False
    if audience.is_superseded(delivery.event_name, account, delivery.entry_number):
        end(held(delivery), Status.SUPPRESSED, Reason.SUPERSEDED)
        return False
    is_ours = held(delivery).update(claimed_until=until, attempts=F("attempts") + 1)
    delivery.claimed_until, delivery.attempts = until, delivery.attempts + 1
    return bool(is_ours)


def build(delivery):
    """Return the mail; raises ``ValueError`` where a sealed field does not open or a header is not one."""
    account = delivery.account
    key = personal.key_of(account)
    if key is None:
        raise sealing.SealBroken("The key is gone.")
    texts = {field: personal.reveal(delivery, field, key) for field in ("address", "subject", "body")}
    message = email.build(delivery, account.client, **texts)
    message.message()
    return message


def record_refusal(delivery, answer):
    """Fail for good, or wait: one minute, doubling to six hours, eight attempts in all."""
    log.warning("message_not_taken", delivery=str(delivery.pk), attempt=delivery.attempts, server_code=answer.code)
    if answer.is_final:
        end(held(delivery), Status.FAILED, Reason.REFUSED, answer.code)
    elif delivery.attempts >= MAX_ATTEMPTS:
        end(held(delivery), Status.FAILED, Reason.GAVE_UP, answer.code)
    else:
        wait = min(FIRST_WAIT * 2 ** (delivery.attempts - 1), LONGEST_WAIT)
        held(delivery).update(
            status=Status.PENDING,
            reason=Reason.TEMPORARY,
            server_code=answer.code,
            next_attempt_at=timezone.now() + wait,
            claimed_until=None,
        )


def end(rows, status, reason="", code=None, **more):
    rows.update(status=status, reason=reason, server_code=code, next_attempt_at=None, claimed_until=None, **more)


def put_back(deliveries, due_at, reason=""):
    """Let go of what was claimed together and not tried; nothing counts as an attempt."""
    ours = type(deliveries[0]).objects.filter(
        pk__in=[delivery.pk for delivery in deliveries],
        status=Status.SENDING,
        claimed_until=deliveries[0].claimed_until,
    )
    ours.update(status=Status.PENDING, reason=reason, next_attempt_at=due_at, claimed_until=None)
