"""The list of memberships as a file."""

from functools import partial

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts import membership_told, registries
from accounts.exporting.columns import Column, Export, Identifier, Selection, Text, Told, Word
from accounts.exporting.selecting import check, clients_for, form_in_words
from accounts.exports import ACCOUNT, CLIENT, same
from accounts.membership_filters import MembershipFilterForm
from accounts.models import Membership, Plan
from accounts.services import membership_lists


def select(user, data):
    form = MembershipFilterForm(data, clients=clients_for(user, "see", "export"))
    if not form.chosen:
        raise Http404
    check(form)
    kept = {name: str(value) for name, value in form.cleaned_data.items() if value}
    rows = membership_lists.select(user, [client.pk for client in form.chosen], **form.narrow)
    return Selection(rows.order_by("client__name", "-id"), form.chosen, kept)


def in_words(clients):
    return partial(form_in_words, MembershipFilterForm(clients=clients))


def told(name):
    """Return what tells one thing of the plan as it was then."""

    def telling(client_ids):
        # A membership that was opened before its plan was kept has the plan as it is.
        plans = {plan.pk: plan.snapshot() for plan in Plan.objects.filter(client__in=client_ids)}
        return lambda status, body, agreed, plan: getattr(
            membership_told.tell(status, body, agreed or plans[plan]), name
        )

    return Told(("status_then", "plan_then", "agreed", "plan_id"), telling)


def day(field):
    return Told((field,), lambda client_ids: lambda value: value.isoformat() if value else "")


MEMBERSHIPS = Export(
    code="memberships",
    label=_("Memberships"),
    columns=(
        CLIENT,
        ACCOUNT,
        Column("status", _("Status then"), Word(("status_then",), same(partial(dict, Membership.Status.choices)))),
        Column("plan", _("Plan then"), told("plan")),
        Column("cycle", _("Renewal cycle"), told("cycle")),
        Column("price", _("Price"), told("price")),
        Column("entitlements", _("Entitlements"), told("entitlements")),
        Column("since", _("Member since"), day("starts_on")),
        Column("tier", _("Tier now"), Text("tier")),
        Column("membership", _("Membership"), Identifier("id")),
    ),
    select=select,
    in_words=in_words,
    page="membership_list",
)
registries.exports.register(MEMBERSHIPS.code, MEMBERSHIPS)
