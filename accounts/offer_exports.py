"""The offers to come back as a file: made, redeemed, over. No code leaves with it."""

from functools import partial

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts import registries
from accounts.exporting.columns import Column, Export, Identifier, Number, Selection, Text, Time, Told
from accounts.exporting.selecting import check, clients_for, form_in_words
from accounts.exports import ACCOUNT, CLIENT
from accounts.models import Offer
from accounts.offer_forms import OfferFilterForm


def select(user, data):
    form = OfferFilterForm(data, clients=clients_for(user, "see", "export"))
    if not form.chosen:
        raise Http404
    check(form)
    kept = {name: value for name, value in form.cleaned_data.items() if value}
    rows = form.narrowed(Offer.objects.for_user(user))
    return Selection(rows.order_by("-offered_at", "-id"), form.chosen, kept)


def in_words(clients):
    return partial(form_in_words, OfferFilterForm(clients=clients))


def day(field):
    return Told((field,), lambda client_ids: lambda value: value.isoformat() if value else "")


OFFERS = Export(
    code="offers",
    label=_("Offers to come back"),
    columns=(
        CLIENT,
        ACCOUNT,
        Column("plan", _("Plan"), Text("membership__plan__name")),
        Column("ended", _("Expired on"), day("ended_on")),
        Column("days", _("Days after"), Number("days")),
        Column("offered", _("Offered"), Time("offered_at")),
        Column("valid", _("Valid until"), day("valid_until")),
        Column("redeemed", _("Redeemed"), Time("redeemed_at")),
        Column("entry", _("Offered by entry"), Identifier("offered_entry")),
    ),
    select=select,
    in_words=in_words,
    page="offer_list",
)
registries.exports.register(OFFERS.code, OFFERS)
