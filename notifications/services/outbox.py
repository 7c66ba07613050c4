"""From the outbox to deliveries: one row for each message that a member should get, or deliberately does not get."""

from datetime import timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import personal, registries
from accounts.models import OutboxEvent, StatusChange
from notifications import audience, rendering, values
from notifications.audience import NotSent
from notifications.channels import email
from notifications.models import Delivery, StaffNotice, WebhookDelivery
from notifications.services import alerts, staff_notices, webhook_events
from notifications.services.templates import ensure_templates

BATCH = 100
LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 8

log = structlog.get_logger(__name__)


def due(now):
    return OutboxEvent.objects.filter(Q(claimed_until=None) | Q(claimed_until__lte=now), done_at=None)


def clients_with_events():
    """Return the ids of the clients whose outbox holds something to do now."""
    with scopes_disabled():
        return list(due(timezone.now()).order_by().values_list("client_id", flat=True).distinct())


def relay(limit=BATCH):
    """Work off what is due in the outbox of the clients in scope. May run twice and on several workers at once."""
    for event in claim(limit):
        if event.attempts > MAX_ATTEMPTS:
            give_up(event, "worker_lost")
            continue
        try:
            with transaction.atomic():
                handle(event)
        except IntegrityError as error:
            # Its lease had run out and another worker was faster: exactly one row stands.
            if not finish_if_delivered(event):
                put_back(event, error)
        except Exception as error:  # noqa: BLE001 - one event that cannot be handled must not hold up the others
            put_back(event, error)


def claim(limit):
    """Take up to ``limit`` events for two minutes; whoever dies with them leaves them to the next worker."""
    now = timezone.now()
    with transaction.atomic():
        found = due(now).select_for_update(skip_locked=True).order_by("created_at", "id")
        ids = list(found.values_list("pk", flat=True)[:limit])
        OutboxEvent.objects.filter(pk__in=ids).update(claimed_until=now + LEASE, attempts=F("attempts") + 1)
    return OutboxEvent.objects.filter(pk__in=ids).select_related("account__client", "account__subject_key")


def handle(event):
    for channel in audience.channels(event):
        prepare(event, channel).save(force_insert=True)
    if event.name in registries.staff_events:
        staff_notices.prepare(event)
    alerts.prepare(event)
    webhook_events.prepare(event)
    finish(event)


def prepare(event, channel):
    """Return the delivery of an event: ready to be sent, or suppressed with the reason why."""
    entry = StatusChange.objects.get(uid=event.entry, account=event.account)
    delivery = Delivery(
        client_id=event.client_id,
        account=event.account,
        event=event.pk,
        event_name=event.name,
        entry=event.entry,
        entry_number=entry.number,
        case=event.payload.get("case"),
        channel=channel,
        language=event.account.language,
        time_zone=str(audience.zone(event.account)),
        created_at=timezone.now(),
    )
    delivery.message_id = email.message_id(delivery)
    try:
        write(delivery, event, entry)
    except NotSent as why:
        suppress(delivery, why.reason)
    except rendering.Incomplete as gap:
        log.warning("message_incomplete", delivery=str(delivery.pk), event_name=event.name, placeholders=str(gap))
        suppress(delivery, Delivery.Reason.INCOMPLETE)
    return delivery


def write(delivery, event, entry):
    """Find the address and the words, and seal them on the delivery; raises ``NotSent`` or ``Incomplete``."""
    account = event.account
    key = None if account.erased_at else personal.key_of(account)
    if key is None:
        raise NotSent(Delivery.Reason.ERASED)
    if alerts.is_unsaid(event.client_id, event.name):
        raise NotSent(Delivery.Reason.UNSAID)
    if audience.is_superseded(event.name, account, entry.number):
        raise NotSent(Delivery.Reason.SUPERSEDED)
    told = Delivery.objects.filter(account=account, entry=event.entry, event_name=event.name, channel=delivery.channel)
    if told.exclude(event=event.pk).exclude(status=Delivery.Status.SUPPRESSED).exists():
        raise NotSent(Delivery.Reason.DUPLICATE)
    address = audience.address(account, key, event)
    template = newest_template(delivery, account)
    delivery.template, delivery.template_version = template, template.version
    delivery.language = template.language
    found = values.of(event, entry, account, key, template.language, audience.zone(account))
    subject, body = rendering.fill(template.subject, found), rendering.fill(template.body, found)
    for field, text in (("address", address), ("subject", subject), ("body", body)):
        setattr(delivery, field, personal.seal(key, delivery, field, text))


def newest_template(delivery, account):
    wanted = audience.languages(account)
    try:
        return audience.template(delivery.client_id, delivery.event_name, delivery.channel, wanted)
    except NotSent:
        # A client that was set up by hand begins with the product's own words, like every other.
        ensure_templates(account.client)
        return audience.template(delivery.client_id, delivery.event_name, delivery.channel, wanted)


def suppress(delivery, reason):
    delivery.status, delivery.reason, delivery.next_attempt_at = Delivery.Status.SUPPRESSED, reason, None


def finish(event, failure=""):
    OutboxEvent.objects.filter(pk=event.pk).update(done_at=timezone.now(), claimed_until=None, failure=failure)


def finish_if_delivered(event):
    found = any(model.objects.filter(event=event.pk).exists() for model in (Delivery, StaffNotice, WebhookDelivery))
    if found:
        finish(event)
    return found


def put_back(event, error):
    """Let an event that failed wait, longer each time; after eight attempts give it up, where people see it."""
    failure = type(error).__name__
    log.warning("event_not_relayed", event_id=str(event.pk), attempt=event.attempts, failure=failure, exc_info=error)
    if event.attempts >= MAX_ATTEMPTS:
        give_up(event, failure)
        return
    later = timezone.now() + timedelta(minutes=2 ** (event.attempts - 1))
    OutboxEvent.objects.filter(pk=event.pk, done_at=None).update(claimed_until=later, failure=failure)


def give_up(event, failure):
    """Keep the code on the event, and a failed delivery in the list of messages where there would have been one."""
    with transaction.atomic():
        for channel in audience.channels(event):
            Delivery.objects.create(
                client_id=event.client_id,
                account=event.account,
                event=event.pk,
                event_name=event.name,
                entry=event.entry,
                channel=channel,
                language=event.account.language,
                time_zone=event.account.time_zone,
                status=Delivery.Status.FAILED,
                reason=Delivery.Reason.NOT_PREPARED,
                next_attempt_at=None,
            )
        finish(event, failure)
