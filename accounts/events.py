"""What members' messages say that only this app knows, and what follows from what billing answers."""

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import reasons, registries, systems
from accounts.models import Membership
from accounts.services import billing


@registries.audience.register("account.merged")
@registries.audience.register("account.unmerged")
def merge_values(event):
    return {"survivor_number": event.payload["survivor"]}


@registries.answers.register("billing.instruction")
def billing_answer(answer):
    if answer.is_refused:
        billing.refuse(answer.membership, answer.entry, reference=answer.reference, reason=answer.reason)
    else:
        billing.acknowledge(answer.membership, answer.entry, reference=answer.reference)
    return "taken"


def unsettled_words(payload, client, user):
    """Return subject and text of billing that was refused or not answered: whose account, why, where to look."""
    membership = Membership.objects.select_related("account").get(pk=payload["membership"])
    said = {
        "account": membership.account.number,
        "client": client.name,
        "why": reasons.label(client.pk, payload["reason"], reasons.labels_for([client.pk])),
        "url": settings.BASE_URL + membership.get_absolute_url(),
    }
    subject = _("Billing not acknowledged: account %(account)s, %(client)s") % said
    text = _("What is charged may differ from what was agreed. %(why)s.\n\n%(url)s\n") % said
    return subject, text


registries.reason_labels.register("billing", billing.LABELS | dict(systems.FAILURES))
registries.staff_events.register(billing.UNSETTLED, registries.StaffEvent(unsettled_words, lambda payload: False))
