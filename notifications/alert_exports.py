"""The alerts to staff as a file: who was to hear of what, and what became of it."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from accounts import registries
from accounts.exporting.columns import Column, Export, Identifier, Number, Selection, Text, Time, Told, Word
from accounts.exporting.selecting import check, clients_for, form_in_words
from accounts.exports import ACCOUNT, CLIENT, same
from notifications.alert_forms import AlertFilter
from notifications.models import StaffNotice
from notifications.presentation import alert_title


def select(user, data):
    clients = clients_for(user, "see_log", "export")
    form = AlertFilter(data, clients=clients)
    check(form)
    rows = StaffNotice.objects.for_user(user).filter(client__in=[client.pk for client in clients])
    kept = {name: str(value) for name, value in form.cleaned_data.items() if value}
    return Selection(form.narrow(rows).order_by("-id"), form.chosen(), kept)


def in_words(clients):
    return partial(form_in_words, AlertFilter({}, clients=clients))


ALERTS = Export(
    code="alerts",
    label=_("Alerts to staff"),
    columns=(
        Column("decided", _("Decided"), Time("created_at")),
        Column("sent", _("Sent"), Time("sent_at")),
        CLIENT,
        ACCOUNT,
        Column("alert", _("Alert"), Told(("event_name", "payload"), lambda client_ids: alert_title)),
        Column("who", _("Login"), Text("user__username")),
        Column("status", _("Status"), Word(("status",), same(partial(dict, StaffNotice.Status.choices)))),
        Column("why", _("Why not"), Word(("reason",), same(partial(dict, StaffNotice.Reason.choices)))),
        Column("attempts", _("Attempts"), Number("attempts")),
        Column("entry", _("Entry"), Identifier("entry")),
        Column("id", _("Number of the alert"), Identifier("id")),
    ),
    select=select,
    in_words=in_words,
    page="alert_list",
)
registries.exports.register(ALERTS.code, ALERTS)
