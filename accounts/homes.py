"""What the record's readers and the administrators need first. Cases come from the app that keeps them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import admin
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import grants, reasons, registries
from accounts.models import AccessRecord, DueFailure
from accounts.registries import HomeSection
from accounts.statuslog import Line, entries

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

LINES, EXPORTS, FAILURES = 10, 5, 20
Kind = AccessRecord.Kind
# What a place of the setup is for, and its icon, by the model it shows.
ABOUT = {
    "ClientRole": (gettext_lazy("Who works for which client, in which role, until when."), "user-cog"),
    "Client": (gettext_lazy("Name, colour stripe, language, time zone and currency."), "building-2"),
    "Plan": (gettext_lazy("What each client sells, and for how much."), "layers"),
    "OverdueLadder": (gettext_lazy("When an unpaid customer is reminded, held and suspended."), "calendar-clock"),
    "AccountSettings": (
        gettext_lazy("What an account needs before it is activated, and what a review stops."),
        "list-checks",
    ),
    "DeskSettings": (gettext_lazy("How long a claim lasts, and whether cases are assigned by themselves."), "hand"),
    "SignalSettings": (gettext_lazy("When a rule raises a signal, and when people work."), "siren"),
    "ReasonCode": (gettext_lazy("What staff choose from when they stop, resume, decline or reveal."), "list"),
    "Policy": (gettext_lazy("Which checks, approvals and times apply to each kind of case."), "scale"),
    "StatusRule": (
        gettext_lazy("What each client calls the stages of a membership, and between which days each holds."),
        "tag",
    ),
    "Template": (gettext_lazy("The words of each message to members, in each language."), "mail"),
    "AlertSettings": (gettext_lazy("Which events members and groups of staff are told of."), "bell"),
    "Person": (gettext_lazy("Human beings, each with one login or more."), "users"),
    "User": (gettext_lazy("Logins, their language and time zone."), "circle-user-round"),
}
OTHER = ("", "settings-2")


@dataclass(frozen=True)
class Place:
    title: str
    url: str
    text: "StrOrPromise"
    icon: str


@registries.homes.register("record")
def record(request):
    """The latest of the log and of the exports, for those who answer for the record."""
    client_ids = grants.client_ids(request.user, "export")
    if not client_ids:
        return []
    labels = reasons.labels_for(client_ids)
    lines = [Line(entry, labels) for entry in entries(request.user).filter(client__in=client_ids)[:LINES]]
    return [
        HomeSection(_("Latest in the status log"), "accounts/home_log.html", {"lines": lines}, position=60),
        HomeSection(_("Latest exports"), "accounts/home_exports.html", {"exports": exports(request.user)}, position=70),
    ]


def exports(user):
    """Return the newest exports, each with its end, or ``None`` where it has not ended."""
    records = AccessRecord.objects.for_user(user).select_related("client", "user").order_by("-created_at", "-id")
    started = list(records.filter(kind=Kind.EXPORT_STARTED)[:EXPORTS])
    ended = AccessRecord.objects.filter(kind=Kind.EXPORT_ENDED, related__in=[row.pk for row in started])
    ends = {row.related: row.details for row in ended}
    return [(row, ends.get(row.pk)) for row in started]


@registries.homes.register("due")
def due(request):
    """What comes by itself and could not be written, the oldest first, for those who decide at these clients."""
    client_ids = grants.client_ids(request.user, "decide")
    rows = DueFailure.objects.filter(client__in=client_ids).select_related("client", "account").order_by("first_at")
    failures = list(rows[: FAILURES + 1]) if client_ids else []
    if not failures:
        return []
    context = {"failures": failures[:FAILURES], "has_more": len(failures) > FAILURES, "most": FAILURES}
    return [HomeSection(_("Could not be done by itself"), "accounts/home_due.html", context, position=5)]


@registries.homes.register("setup")
def setup(request):
    """Where an administrator's work is: the staff page, and whatever the admin offers this person."""
    places = []
    if grants.has_anywhere(request.user, "grant"):
        places.append(Place(_("Staff and roles"), reverse("staff"), *ABOUT["ClientRole"]))
    if grants.has_anywhere(request.user, "configure") and admin.site.has_permission(request):
        places += [
            Place(capfirst(model["name"]), model["admin_url"], *ABOUT.get(model["object_name"], OTHER))
            for app in admin.site.get_app_list(request)
            for model in app["models"]
            if model["admin_url"]
        ]
    return [HomeSection(_("Set up"), "accounts/home_setup.html", {"places": places}, position=20)] if places else []
