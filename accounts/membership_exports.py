"""The list of memberships as a file."""

import json
from functools import partial

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import membership_told, registries
from accounts.codes import readable
from accounts.exporting.columns import Column, Export, Identifier, Selection, Text, Time, Told, Word
from accounts.exporting.selecting import check, clients_for, form_in_words
from accounts.exports import ACCOUNT, CLIENT, reason_words, same
from accounts.membership_filters import FiguresForm, MembershipFilterForm
from accounts.models import Membership, Plan, StatusRule
from accounts.services import membership_figures, membership_lists
from accounts.services.memberships import own_status


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


def own_telling(client_ids):
    """Return what tells the client's own status of a membership now."""
    rules, now = StatusRule.objects.by_client(client_ids), timezone.now()
    return lambda client_id, *values: own_status.tell_values(rules.get(client_id, ()), now, *values)


def day(field):
    return Told((field,), lambda client_ids: lambda value: value.isoformat() if value else "")


def select_ended(condition):
    """Return the ``select`` of the entries that fit, in the twelve months of the page."""

    def select_entries(user, data):
        form = FiguresForm(data, clients=clients_for(user, "see", "export"))
        if form.client is None:
            raise Http404
        check(form)
        until = form.cleaned_data["until"] or timezone.localdate()
        each = membership_figures.months(until)
        rows = membership_figures.ended_in(form.client, each[0], each[-1]).filter(condition)
        kept = {"of": form.client.code, "until": f"{until:%Y-%m}"}
        return Selection(rows.order_by("-occurred_at", "-id"), [form.client], kept)

    return select_entries


def figures_in_words(clients):
    def words(kept):
        names = {client.code: client.name for client in clients}
        return [(_("Client"), names.get(kept.get("of"), "")), (_("Twelve months until"), kept.get("until", ""))]

    return words


def said(name):
    """Return what tells one thing that an entry says beside its columns, "" where it does not."""

    def tell(body):
        data = json.loads(bytes(body))["data"]
        value = data["plan"]["name"] if name == "plan" else data.get(name, "")
        return str(value.get("id", "") if isinstance(value, dict) else value)

    return Told(("body",), lambda client_ids: tell)


ENDED = (
    CLIENT,
    ACCOUNT,
    Column("when", _("When"), Time("occurred_at")),
    Column("reason", _("Reason"), Word(("client_id", "reason"), reason_words, readable)),
    Column("code", _("Reason code"), Text("reason")),
    Column("plan", _("Plan"), said("plan")),
)
CANCELLATIONS = Export(
    code="cancellations",
    label=_("Cancelled memberships"),
    columns=(
        *ENDED,
        Column("initiator", _("Wanted by"), said("initiator")),
        Column("membership", _("Membership"), Identifier("subject_id")),
        Column("entry", _("Entry"), Identifier("uid")),
    ),
    select=select_ended(membership_figures.CANCELLED),
    in_words=figures_in_words,
    page="membership_figures",
)
registries.exports.register(CANCELLATIONS.code, CANCELLATIONS)
TRIALS = Export(
    code="trials",
    label=_("Trials that ended"),
    columns=(
        *ENDED,
        Column("outcome", _("Outcome"), Word(("to_status",), same(partial(dict, Membership.Status.choices)))),
        Column("trial", _("Trial"), said("trial")),
        Column("membership", _("Membership"), Identifier("subject_id")),
        Column("entry", _("Entry"), Identifier("uid")),
    ),
    select=select_ended(membership_figures.TRIALS),
    in_words=figures_in_words,
    page="membership_figures",
)
registries.exports.register(TRIALS.code, TRIALS)
MEMBERSHIPS = Export(
    code="memberships",
    label=_("Memberships"),
    columns=(
        CLIENT,
        ACCOUNT,
        Column("status", _("Status then"), Word(("status_then",), same(partial(dict, Membership.Status.choices)))),
        Column("own", _("Own status now"), Told(own_status.export_columns(), own_telling)),
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
