"""What a linked system answers to what it was asked: checked, taken once, and handed to the service that acts on it."""

import hashlib
import json
import re
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import registries, systems
from accounts.errors import Invalid, Moved
from accounts.models import StatusChange
from accounts.registries import SystemAnswer
from notifications import webhooks
from notifications.models import Acknowledgement, LinkedSystem, WebhookDelivery
from notifications.services.linked import valid_secrets

MESSAGE = re.compile(r"msg_[0-9a-f]{32}", re.ASCII)
OWN_ID = re.compile(r"[\x21-\x7e]{1,100}", re.ASCII)
OUTCOMES = {"confirmed": WebhookDelivery.Answer.ACKNOWLEDGED, "refused": WebhookDelivery.Answer.REFUSED}
Result = Acknowledgement.Result


class Unsigned(Exception):
    """The answer does not bear a signature of this system, or not one of now."""


class Unknown(Exception):
    """The system was sent no such message."""


def find(pk):
    """Return the linked system with this key of a client that is served, or ``None``; nobody is signed in."""
    with scopes_disabled():
        found = LinkedSystem.objects.filter(pk=pk, client__is_active=True)
        return found.select_related("client").first()


def require_signed(system, body, given):
    """Raise ``Unsigned`` unless a valid secret of the system signed the answer within five minutes of now."""
    keys = [secret.key for secret in valid_secrets(system, timezone.now())]
    if not webhooks.is_signed(body, given, keys):
        raise Unsigned


def take(system, body, message_id):
    """Take a signed answer and return the ``Acknowledgement``; the same message again changes nothing.

    Raises ``Invalid`` for what is no answer, ``Unknown`` for a message that this system was not sent, and ``Moved``
    where nothing waits for the answer, or another answer came under the same id.
    """
    if not OWN_ID.fullmatch(message_id):
        raise Invalid("webhook-id has 1 to 100 visible ASCII characters.")
    digest = hashlib.sha256(body).hexdigest()
    if known := same(system, message_id, digest):
        return known
    said = read(body)
    try:
        with transaction.atomic():
            return act(system, said, message_id, digest)
    except IntegrityError:
        # The same message came twice at one moment, and the other was faster.
        if known := same(system, message_id, digest):
            return known
        raise


def same(system, message_id, digest):
    known = Acknowledgement.objects.filter(system=system, message_id=message_id).first()
    if known and known.digest != digest:
        raise Moved("This webhook-id was used for another answer.")
    return known


def read(body):
    """Return what an answer says: message, outcome, reference, reason. Raises ``Invalid``."""
    try:
        said = json.loads(body)["data"]
        found = {name: said.get(name, "") for name in ("message", "outcome", "reference", "reason")}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Invalid("The body is a JSON object with an object named data.") from None
    if not all(isinstance(value, str) for value in found.values()):
        raise Invalid("message, outcome, reference and reason are texts.")
    if not MESSAGE.fullmatch(found["message"]):
        raise Invalid("message is the webhook-id of what is answered.")
    if found["outcome"] not in OUTCOMES:
        raise Invalid("outcome is confirmed or refused.")
    if not systems.REFERENCE.fullmatch(found["reference"]):
        raise Invalid("reference has 3 to 60 letters, digits and signs such as - and /, and no spaces.")
    is_refused = found["outcome"] == "refused"
    if is_refused != (found["reason"] in dict(systems.FAILURES)) or (not is_refused and found["reason"]):
        raise Invalid(f"reason is given where it is refused, one of: {', '.join(dict(systems.FAILURES))}.")
    return found


def act(system, said, message_id, digest):
    """Do what follows from an answer, and keep it, in one transaction."""
    # The message is locked before the account, by everybody.
    waited = WebhookDelivery.objects.select_related("account__client", "membership").select_for_update(of=("self",))
    delivery = waited.filter(system=system, pk=UUID(hex=said["message"].removeprefix("msg_"))).first()
    if delivery is None:
        raise Unknown
    answer = registries.answers.get(delivery.event_name)
    if answer is None:
        raise Moved("This message asks for no answer.")
    outcome = OUTCOMES[said["outcome"]]
    if delivery.answer == WebhookDelivery.Answer.ACKNOWLEDGED or delivery.answer == outcome:
        raise Moved("This message was answered before.")
    if delivery.settled_at:
        raise Moved("This was settled by hand before.")
    result = answer(
        SystemAnswer(
            account=delivery.account,
            entry=StatusChange.objects.get(uid=delivery.entry, account=delivery.account),
            system=system.kind,
            is_refused=outcome == WebhookDelivery.Answer.REFUSED,
            reference=said["reference"],
            reason=said["reason"],
            case=delivery.about_case,
            membership=delivery.membership,
        )
    )
    kept = Acknowledgement(
        client_id=system.client_id,
        system=system,
        delivery=delivery,
        message_id=message_id,
        digest=digest,
        outcome=outcome,
        reference=said["reference"],
        reason=said["reason"],
        result=result,
        received_at=timezone.now(),
    )
    kept.save(force_insert=True)
    if result == Result.TAKEN:
        WebhookDelivery.objects.filter(pk=delivery.pk).update(answer=outcome, answered_at=kept.received_at)
    return kept
