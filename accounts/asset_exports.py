"""What customers use, as a file: masked, with whether it is in service."""

from functools import partial

from django import forms
from django.http import Http404
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import personal, registries
from accounts.exporting.columns import Column, Export, Identifier, Selection, Time, Told, Word
from accounts.exporting.selecting import check, clients_for, form_in_words
from accounts.exports import ACCOUNT, CLIENT, same
from accounts.filters import UNKNOWN
from accounts.models import Account, Asset, SubjectKey
from accounts.services import assets


class AssetFilterForm(forms.Form):
    """Of which client, and of which account if of one only."""

    client = forms.ChoiceField(label=_("Client"), required=False)
    account = forms.CharField(label=_("Account"), required=False, max_length=60)

    def __init__(self, data=None, *, clients):
        wanted = (data or {}).get("client", "")
        self.chosen = [client for client in clients if wanted in ("", client.code)]
        super().__init__(data)
        self.fields["client"].choices = [("", _("All")), *((client.code, client.name) for client in clients)]


def select(user, data):
    form = AssetFilterForm(data, clients=clients_for(user, "see", "export"))
    if not form.chosen:
        raise Http404
    check(form)
    kept = {name: value for name, value in form.cleaned_data.items() if value}
    rows = Asset.objects.for_user(user).in_use().filter(client__in=form.chosen)
    if number := kept.get("account"):
        rows = rows.filter(account__number=number)
        kept["account"] = number if rows.exists() else UNKNOWN
    return Selection(rows.order_by("client__name", "account__number", "-id"), form.chosen, kept)


def in_words(clients):
    return partial(form_in_words, AssetFilterForm(clients=clients))


def masked(client_ids):
    """Return function(values of SEALED) that tells what an asset is called, masked."""

    def tell(pk, kind, sealed, account_id, wrapped):
        account = Account(pk=account_id)
        account.subject_key = SubjectKey(account=account, wrapped=wrapped)
        return assets.called(Asset(pk=pk, kind=kind, identifier=sealed), personal.key_of(account))

    return tell


def in_service(client_ids):
    def tell(pk, held, status):
        is_out = status in Account.STOPPED and any(each["id"] == str(pk) and each["out"] for each in held)
        return _now("Out of service") if is_out else _now("In service")

    return tell


SEALED = ("id", "kind", "identifier", "account_id", "account__subject_key__wrapped")
ASSETS = Export(
    code="assets",
    label=_("Numbers, logins, contracts"),
    columns=(
        CLIENT,
        ACCOUNT,
        Column("kind", _("What it is"), Word(("kind",), same(partial(dict, Asset.Kind.choices)))),
        Column("called", _("Number or name"), Told(SEALED, masked)),
        Column("status", _("Status"), Told(("id", "account__assets", "account__status"), in_service)),
        Column("since", _("Since"), Time("added_at")),
        Column("entry", _("Added by entry"), Identifier("added_entry")),
    ),
    select=select,
    in_words=in_words,
    page="account_list",
)
registries.exports.register(ASSETS.code, ASSETS)
