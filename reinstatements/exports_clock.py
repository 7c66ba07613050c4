"""The cases whose time is over as a file: what the page shows under its filter."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from accounts.codes import readable
from accounts.exporting.columns import Column, Export, Number, Selection, Text, Time, Word
from accounts.exporting.selecting import check, clients_for, form_in_words
from accounts.exports import CLIENT, logins, reason_words, same
from accounts.filters import UNKNOWN
from reinstatements import breaches
from reinstatements.forms_clock import BreachForm
from reinstatements.models import ReinstatementRequest
from reinstatements.models.request import Kind
from reinstatements.sla import Priority


def select_breaches(user, data):
    clients = clients_for(user, "see", "export")
    form = BreachForm(data, clients=clients)
    check(form)
    what = form.chosen_what
    found = breaches.breached(user, what).filter(client__in=[client.pk for client in clients])
    cases = form.narrow(found, user)
    rows = cases.order_by(*breaches.ORDERS[what])
    kept = {name: value for name, value in form.cleaned_data.items() if value}
    if "q" in kept and not rows.exists():
        kept["q"] = UNKNOWN
    return Selection(rows, form.chosen(), kept)


def breaches_in_words(clients):
    return partial(form_in_words, BreachForm({}, clients=clients))


BREACHES = Export(
    code="breaches",
    label=_("Breaches"),
    columns=(
        Column("case", _("Case"), Text("code")),
        CLIENT,
        Column("account", _("Account"), Text("account__number")),
        Column("kind", _("Kind"), Word(("kind",), same(partial(dict, Kind.choices)))),
        Column("priority", _("Priority"), Word(("priority",), same(partial(dict, Priority.choices)))),
        Column("status", _("Status"), Word(("status",), same(partial(dict, ReinstatementRequest.Status.choices)))),
        Column("why", _("Why it stopped"), Word(("client_id", "stopped_reason"), reason_words, otherwise=readable)),
        Column("worked_by", _("Worked by"), Word(("worker_id",), logins)),
        Column("opened", _("Opened"), Time("opened_at")),
        Column("due", _("Due"), Time("due_at")),
        Column("step_due", _("Step due"), Time("step_due_at")),
        Column("decided", _("Decided"), Time("decided_at")),
        Column("alerts", _("Steps of the ladder taken"), Number("alerts")),
    ),
    select=select_breaches,
    in_words=breaches_in_words,
    page="breach_list",
)
