"""The linked systems of a client: registering one, changing it, its secrets, pausing it, and trying it out."""

import json
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from accounts import ledger, registries, rules, sealing, systems
from accounts.errors import Invalid, Moved, Refused
from accounts.models import Client
from accounts.models.base import new_id
from notifications import addresses, webhooks
from notifications.models import LinkedSecret, LinkedSystem, WebhookDelivery

OVERLAP = timedelta(hours=24)
"""How long the secret before is valid still, once there is a new one."""
MOST = 50
FIELDS = ("name", "kind", "url", "takes_restoring", "takes_billing", "takes_status", "answer_hours")
SETTINGS = "settings_changed"


@registries.wrapped_keys.register("linked systems")
def secrets():
    with scopes_disabled():
        return LinkedSecret.objects.all()


def register(client, *, actor, **wanted):
    """Register a system; return it and its secret, which nobody is shown again.

    Raises ``Invalid`` for an address that nothing is sent to, or where another system has the name or the task, and
    ``Refused`` for whoever does not administer the client.
    """
    system = LinkedSystem(client=client)
    with administering(client, actor) as work:
        if client.linked_systems.count() >= MOST:
            raise Invalid(_("A client has %d linked systems at the most.") % MOST)
        take(system, wanted)
        write(system)
        data = {"settings": {name: [None, getattr(system, name)] for name in FIELDS}}
        work.log(system, "create", subject_type="linkedsystem", reason=SETTINGS, data=data)
        return system, new_secret(system, work.now)


def change(system, *, actor, **wanted):
    """Change what a system takes and where; on record with what it was. Raises as ``register``."""
    with administering(system.client, actor) as work:
        system = locked(system)
        before = {name: getattr(system, name) for name in FIELDS}
        take(system, wanted)
        moved = {
            name: [before[name], getattr(system, name)] for name in FIELDS if before[name] != getattr(system, name)
        }
        if moved:
            write(system)
            work.log(system, "change", subject_type="linkedsystem", reason=SETTINGS, data={"settings": moved})
    return system


def rotate(system, *, actor):
    """Give a system a new secret and return it. For a day messages are signed with the one before as well."""
    with administering(system.client, actor) as work:
        system = locked(system)
        valid = valid_secrets(system, work.now)
        # The newest goes on for a day; what overlapped with it already ends now.
        for secret in valid:
            ends_at = work.now + OVERLAP if secret == valid[0] else work.now
            LinkedSecret.objects.filter(pk=secret.pk).update(ends_at=ends_at)
        text = new_secret(system, work.now)
        work.log(system, "rotate_secret", subject_type="linkedsystem", reason=SETTINGS)
    return text


def pause(system, *, actor):
    """Send nothing any more until it goes on; what happens meanwhile waits."""
    return set_paused(system, "pause", actor)


def resume(system, *, actor):
    return set_paused(system, "resume", actor)


def set_paused(system, action, actor):
    with administering(system.client, actor) as work:
        system = locked(system)
        if (system.paused_at is not None) == (action == "pause"):
            raise Moved(_("Somebody else has done this already."))
        system.paused_at = work.now if action == "pause" else None
        system.save(update_fields=["paused_at"])
        work.log(system, action, subject_type="linkedsystem", reason=SETTINGS)
    return system


def test(system, *, actor):
    """Put a message before the system that tells of nothing, and return the ``WebhookDelivery``."""
    with administering(system.client, actor) as work:
        system = locked(system)
        if system.paused_at:
            raise Moved(_("This system is paused. Let it go on first."))
        delivery = WebhookDelivery(
            client_id=system.client_id,
            system=system,
            event=new_id(),
            event_name="linked_system.test",
            topic=LinkedSystem.Topic.TEST,
        )
        said = {"client": system.client.code, "message": delivery.message_id}
        delivery.body = encoded("linked_system.test", work.now, said)
        delivery.save(force_insert=True)
        work.log(system, "test", subject_type="linkedsystem", reason=SETTINGS)
    return delivery


def send_again(delivery, *, actor):
    """Try a message that was given up once more from the beginning; it keeps its id, so it is taken once."""
    with administering(delivery.client, actor) as work:
        row = WebhookDelivery.objects.select_for_update().get(pk=delivery.pk)
        if row.status != WebhookDelivery.Status.GIVEN_UP:
            raise Moved(_("This message is not among those that were given up."))
        row.status, row.next_attempt_at = WebhookDelivery.Status.INTENDED, work.now
        row.attempts_allowed = row.attempts + WebhookDelivery._meta.get_field("attempts_allowed").default
        row.save(update_fields=["status", "next_attempt_at", "attempts_allowed"])
        data = {"message": row.message_id, "event": row.event_name}
        work.log(row.system, "send_again", subject_type="linkedsystem", reason=SETTINGS, data=data)
    return row


def valid_secrets(system, at):
    """Return the secrets that hold at a moment, the newest first."""
    return [row for row in system.secrets.order_by("-created_at", "-id") if row.ends_at is None or row.ends_at > at]


def encoded(name, at, data):
    """Return the bytes of a message as text: the three fields that Standard Webhooks asks for."""
    said = {"type": name, "timestamp": at.astimezone(timezone.get_default_timezone()).isoformat(), "data": data}
    return json.dumps(said, separators=(",", ":"))


def new_secret(system, at):
    key = sealing.new_subject_key()
    secret = LinkedSecret(client_id=system.client_id, system=system, created_at=at)
    secret.wrapped = sealing.wrap(key, context=secret.context)
    secret.save(force_insert=True)
    return webhooks.text_of(key)


def take(system, wanted):
    if wanted["kind"] not in systems.KINDS:
        raise Invalid(_("Choose a kind from the list."), field="kind")
    if not wanted["name"].strip():
        raise Invalid(_("Say what it is called."), field="name")
    if wanted["takes_restoring"] and wanted["kind"] not in systems.SYSTEMS:
        raise Invalid(_("No policy waits for this kind of system."), field="takes_restoring")
    if not any(wanted[name] for name in FIELDS if name.startswith("takes_")):
        raise Invalid(_("Choose at least one thing that it is told of."))
    for name in FIELDS:
        setattr(system, name, wanted[name])
    system.name = system.name.strip()
    system.url = addresses.check(system.url)


def write(system):
    others = LinkedSystem.objects.filter(client=system.client_id).exclude(pk=system.pk)
    if others.filter(name=system.name).exists():
        raise Invalid(_("Another system has this name."), field="name")
    if system.takes_restoring and others.filter(kind=system.kind, takes_restoring=True).exists():
        raise Invalid(_("Another system of this kind is asked to restore access."), field="takes_restoring")
    if system.takes_billing and others.filter(takes_billing=True).exists():
        raise Invalid(_("Another system is told of billing."), field="takes_billing")
    try:
        with transaction.atomic():
            system.save()
    except IntegrityError as error:
        raise Moved(_("Somebody else has done this already.")) from error


def locked(system):
    return LinkedSystem.objects.select_for_update().select_related("client").get(pk=system.pk)


def administering(client, actor):
    if not rules.can_configure(client, actor):
        raise Refused(_("You do not administer this client."))
    return ledger.change(Client.objects.get(pk=client.pk), actor=actor)
