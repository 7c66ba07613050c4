"""The messages to members as a file: codes and masked addresses, never the words of a message."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from accounts import personal, registries, sealing
from accounts.exporting.columns import Column, Export, Identifier, Number, Selection, Text, Time, Told, Word
from accounts.exporting.selecting import check, clients_for, form_in_words
from accounts.exports import ACCOUNT, CLIENT, same
from notifications.alert_exports import ALERTS as ALERTS
from notifications.forms import DeliveryFilter
from notifications.models import Channel, Delivery, Event
from notifications.webhook_exports import WEBHOOKS as WEBHOOKS


def select_deliveries(user, data):
    clients = clients_for(user, "see_log", "export")
    form = DeliveryFilter(data, clients=clients)
    check(form)
    rows = Delivery.objects.listed_for(user).filter(client__in=[client.pk for client in clients])
    kept = {name: value for name, value in form.cleaned_data.items() if value}
    return Selection(form.narrow(rows).order_by("-id"), form.chosen(), kept)


def deliveries_in_words(clients):
    return partial(form_in_words, DeliveryFilter({}, clients=clients))


def masked_addresses(client_ids):
    """Return function that masks the address of one message; "" where there is none, or its person was erased."""
    mask = personal.sealed_fields(Delivery)["address"].mask

    def tell(pk, address, account_id, wrapped):
        if not address or not wrapped:
            return ""
        key = sealing.unwrap(bytes(wrapped), context=str(account_id))
        found = personal.reveal(Delivery(pk=pk, address=address), "address", key)
        return mask(found) if found else ""

    return tell


ADDRESS = ("id", "address", "account_id", "account__subject_key__wrapped")
DELIVERIES = Export(
    code="messages",
    label=_("Messages"),
    columns=(
        Column("decided", _("Decided"), Time("created_at")),
        Column("sent", _("Sent"), Time("sent_at")),
        CLIENT,
        ACCOUNT,
        Column("message", _("Message"), Word(("event_name",), same(partial(dict, Event.choices)))),
        Column("channel", _("Channel"), Word(("channel",), same(partial(dict, Channel.choices)))),
        Column("status", _("Status"), Word(("status",), same(partial(dict, Delivery.Status.choices)))),
        Column("why", _("Why not"), Word(("reason",), same(partial(dict, Delivery.Reason.choices)))),
        Column("answer", _("Server's answer"), Number("server_code")),
        Column("attempts", _("Attempts"), Number("attempts")),
        Column("to", _("To"), Told(ADDRESS, masked_addresses)),
        Column("language", _("Language"), Text("language")),
        Column("template", _("Template's version"), Number("template_version")),
        Column("entry", _("Entry"), Identifier("entry")),
        Column("id", _("Message's id"), Identifier("id")),
    ),
    select=select_deliveries,
    in_words=deliveries_in_words,
    page="delivery_list",
)
registries.exports.register(DELIVERIES.code, DELIVERIES)
