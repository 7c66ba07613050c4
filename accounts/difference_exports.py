"""What the client's own system says otherwise, on the page and as a file."""

from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import registries
from accounts.exporting.columns import Column, Export, Identifier, Selection, Text, Time, Told, Word
from accounts.exporting.selecting import check, clients_for, form_in_words
from accounts.exports import CLIENT, same
from accounts.models import Account, Difference
from accounts.row_filter import ALL, RowFilter


class DifferenceFilter(RowFilter):
    """What the list of differences is narrowed by."""

    columns = {"kind": "kind", "as_of": "as_of"}
    kind = forms.ChoiceField(label=_("Difference"), required=False, choices=ALL + Difference.Kind.choices)
    as_of = forms.DateField(
        label=_("As of"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


def select(user, data):
    clients = clients_for(user, "see_log", "export")
    form = DifferenceFilter(data, clients=clients)
    check(form)
    rows = Difference.objects.filter(client__in=[client.pk for client in clients])
    kept = {name: str(value) for name, value in form.cleaned_data.items() if value}
    return Selection(form.narrow(rows).order_by("number", "id"), form.chosen(), kept)


def in_words(clients):
    return partial(form_in_words, DifferenceFilter({}, clients=clients))


def statuses(column):
    return Word((column,), same(partial(dict, Account.Status.choices)))


DIFFERENCES = Export(
    code="differences",
    label=_("Differences from the client's system"),
    columns=(
        Column("found", _("Found"), Time("found_at")),
        CLIENT,
        Column("account", _("Account"), Text("number")),
        Column("difference", _("Difference"), Word(("kind",), same(partial(dict, Difference.Kind.choices)))),
        Column("here", _("Status here"), statuses("ours")),
        Column("there", _("Status there"), statuses("theirs")),
        Column("as_of", _("As of"), Told(("as_of",), lambda client_ids: lambda day: day.isoformat())),
        Column("file", _("SHA-256 of the file"), Text("source")),
        Column("id", _("Number of the difference"), Identifier("id")),
    ),
    select=select,
    in_words=in_words,
    page="difference_list",
)
registries.exports.register(DIFFERENCES.code, DIFFERENCES)
