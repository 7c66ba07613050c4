"""What every page has at hand. All of it is worked out only if a template asks."""

from datetime import timedelta

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from django.urls import get_resolver, get_script_prefix, get_urlconf
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts import components, grants, registries, standins
from accounts.grants import Role
from accounts.models import ExportRun
from accounts.services.training import WARN_DAYS
from accounts.zones import zone

GROUPS = {"work": gettext_lazy("Work"), "record": gettext_lazy("Record"), "setup": gettext_lazy("Set up")}

MOST = 50
"""Files that are counted."""
MOST_KEPT = 500


def demo(request):
    return {"demo": settings.DEMO}


def navigation(request):
    """Give the base template the way round the product for whoever is signed in, and what they are here."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "navigation": SimpleLazyObject(lambda: groups_for(request)),
        "files_ready": SimpleLazyObject(lambda: files_ready(request)),
        "role_summary": SimpleLazyObject(lambda: role_summary(user)),
        "trainings": SimpleLazyObject(lambda: trainings(user)),
        "can_search": grants.has_anywhere(user, "search"),
    }


def files_ready(request):
    """Return the large exports that were made for this person and that they have not taken yet, read once a page."""
    if not grants.has_anywhere(request.user, "see_access"):
        return []
    if not hasattr(request, "files_ready"):
        own = ExportRun.objects.asked_by(request.user).filter(taken_at=None).ready(timezone.now())
        found = own.select_related("client").order_by("-published_at")[:MOST]
        request.files_ready = [{"run": run, "list": registries.exports[run.export].label} for run in found]
    return request.files_ready


def groups_for(request):
    """Return ``[{"label", "items"}, ...]``, the place one is on marked as current; once for each HTTP request."""
    if not hasattr(request, "_navigation"):
        request._navigation = components.Menu(grouped(request))
    return request._navigation


kept: dict = {}
"""The places of everybody for whom the same is true of all that a place may depend on."""


def places(request):
    """Return the places of whoever asks, in their order."""
    user = request.user
    depends_on = (
        *(get_language(), get_resolver(get_urlconf()), get_script_prefix()),
        *(frozenset(grants.of(user).values()), admin.site.has_permission(request)),
        *(tuple(standins.numbers(request).items()), len(files_ready(request))),
    )
    if depends_on not in kept:
        items = [item for contribute in registries.navigation.values() for item in contribute(request)]
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[depends_on] = sorted(items, key=lambda item: item.position)
    return kept[depends_on]


def grouped(request):
    items = places(request)
    here = max((item for item in items if leads_to(item.url, request)), key=lambda item: len(item.url), default=None)
    found = []
    for group, label in GROUPS.items():
        members = [
            {"label": item.label, "url": item.url, "icon": item.icon, "count": item.count, "current": item is here}
            for item in items
            if item.group == group
        ]
        if members:
            found.append({"label": label, "items": members})
    return found


def leads_to(url, request):
    """Tell whether this page is the one at ``url`` or lies below it; a query in ``url`` must be asked for here too."""
    path, _mark, query = url.partition("?")
    below = request.path.startswith(path) if path != "/" else request.path == "/"
    if not below or not query:
        return below
    try:
        return all(request.GET.getlist(name) == values for name, values in QueryDict(query).lists())
    except TooManyFieldsSent:
        # The page that says so has a menu too.
        return False


def trainings(user):
    """Return what somebody must know of their own training: which roles are closed, and which close soon.

    All of it was read with the roles.
    """
    held, soon, found = grants.of(user), timezone.now() + timedelta(days=WARN_DAYS), []
    for client_id, roles in held.closed.items():
        name, _zone = held.told[client_id]
        words = _(
            "%(client)s asks for a training, and yours is missing or over. Your role %(roles)s is closed until a"
            " compliance officer or an administrator records a new one."
        )
        said = {"client": name, "roles": ", ".join(str(role.label) for role in Role if role in roles)}
        found.append({"tone": "bad", "words": words % said})
    for client_id, at in held.trained_until.items():
        if at > soon:
            continue
        name, zone_name = held.told[client_id]
        last = (at.astimezone(zone(zone_name)) - timedelta(seconds=1)).date()
        words = _("Your training for %(client)s ends on %(until)s. After that your role is closed until it is renewed.")
        found.append({"tone": "warn", "words": words % {"client": name, "until": date_format(last, "j M Y")}})
    return found


def role_summary(user):
    """Return who somebody is here, in a few words: "Supervisor · 2 clients"."""
    held = grants.of(user)
    if not held:
        return _("No role yet")
    everywhere = set().union(*held.values())
    names = ", ".join(str(role.label) for role in grants.Role if role in everywhere)
    return f"{names} · " + ngettext("%(n)d client", "%(n)d clients", len(held)) % {"n": len(held)}
