"""Billing instructions that were refused or not answered: told of once, and settled by whoever leads a team."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from accounts.errors import Moved
from accounts.models import StatusChange
from accounts.services import billing
from notifications.models import WebhookDelivery

AT_ONCE = 100


def late(now):
    rows = WebhookDelivery.objects.filter(answer="", answer_by__lte=now, told_at=None, settled_at=None)
    return rows.filter(Q(topic="billing"), client__is_active=True)


def clients_due():
    """Return the ids of the clients whose billing has not answered in time, which nobody was told of."""
    with scopes_disabled():
        return list(late(timezone.now()).order_by().values_list("client_id", flat=True).distinct())


def look(limit=AT_ONCE):
    """Put it on record, and tell supervisors, that billing has not answered in time. May run twice."""
    found = list(late(timezone.now()).order_by("answer_by").values_list("pk", flat=True)[:limit])
    for pk in found:
        with transaction.atomic():
            rows = WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            row = rows.select_related("membership__account", "membership__client").filter(pk=pk).first()
            if row is None or row.answer or row.told_at or row.settled_at:
                continue
            billing.miss(row.membership, entry_of(row))
            WebhookDelivery.objects.filter(pk=pk).update(told_at=timezone.now())
    return len(found)


@transaction.atomic
def settle(delivery, *, actor, reason, note):
    """Close an instruction that was refused or not answered, in words; raises as ``billing.settle``."""
    rows = WebhookDelivery.objects.unsettled(timezone.now()).select_for_update(of=("self",))
    row = rows.select_related("membership__account", "membership__client").filter(pk=delivery.pk).first()
    if row is None:
        raise Moved(_("This was settled or acknowledged meanwhile."))
    billing.settle(row.membership, entry_of(row), actor=actor, reason=reason, note=note)
    row.settled_at, row.settled_by = timezone.now(), actor
    row.save(update_fields=["settled_at", "settled_by"])
    return row


def entry_of(row):
    return StatusChange.objects.get(uid=row.entry, account=row.account_id)
