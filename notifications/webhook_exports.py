"""The messages to linked systems as a file: codes and times, as they are on the page."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from accounts import registries
from accounts.exporting.columns import Column, Export, Identifier, Number, Selection, Text, Time, Word
from accounts.exporting.selecting import check, clients_for, form_in_words
from accounts.exports import ACCOUNT, CLIENT, same
from notifications.linked_forms import WebhookFilter
from notifications.models import LinkedSystem, WebhookDelivery


def select_webhooks(user, data):
    clients = clients_for(user, "see_log", "export")
    form = WebhookFilter(data, clients=clients)
    check(form)
    rows = WebhookDelivery.objects.listed_for(user).filter(client__in=[client.pk for client in clients])
    kept = {name: value for name, value in form.cleaned_data.items() if value}
    return Selection(form.narrow(rows).order_by("-id"), form.chosen(), kept)


def webhooks_in_words(clients):
    return partial(form_in_words, WebhookFilter({}, clients=clients))


WEBHOOKS = Export(
    code="linked_messages",
    label=_("Messages to linked systems"),
    columns=(
        Column("decided", _("Decided"), Time("created_at")),
        Column("taken", _("Taken"), Time("sent_at")),
        CLIENT,
        Column("system", _("Linked system"), Text("system__name")),
        ACCOUNT,
        Column("event", _("Event"), Text("event_name")),
        Column("about", _("About"), Word(("topic",), same(partial(dict, LinkedSystem.Topic.choices)))),
        Column("status", _("Status"), Word(("status",), same(partial(dict, WebhookDelivery.Status.choices)))),
        Column("why", _("Why not"), Word(("reason",), same(partial(dict, WebhookDelivery.Reason.choices)))),
        Column("answer", _("Its answer"), Number("server_code")),
        Column("attempts", _("Attempts"), Number("attempts")),
        Column("next", _("Next attempt"), Time("next_attempt_at")),
        Column(
            "acknowledgement",
            _("Acknowledgement"),
            Word(("answer",), same(partial(dict, WebhookDelivery.Answer.choices))),
        ),
        Column("acknowledged", _("Acknowledged"), Time("answered_at")),
        Column("entry", _("Entry"), Identifier("entry")),
        Column("id", _("Message's id"), Identifier("id")),
    ),
    select=select_webhooks,
    in_words=webhooks_in_words,
    page="webhook_list",
)
registries.exports.register(WEBHOOKS.code, WEBHOOKS)
