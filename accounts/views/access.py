"""Who looked at what, and who took what away."""

from datetime import timedelta

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from accounts import paging, reasons
from accounts.filters import AccessFilter, in_words
from accounts.models import AccessRecord
from accounts.views.allowed import clients_or_404

KEYS = ("created_at", "id")
Kind = AccessRecord.Kind
RUNNING = timedelta(hours=1)
"""A download that has not ended after this time never will: somebody pulled the plug."""
EXPORT_STATUSES = {
    "complete": gettext_lazy("Complete"),
    "broken_off": gettext_lazy("Broken off"),
    "running": gettext_lazy("Running"),
    "never_ended": gettext_lazy("Never ended"),
}


@require_safe
def access(request):
    """List who opened, revealed, searched and exported at one's clients, newest first."""
    clients = clients_or_404(request.user, "see_access")
    visible = AccessRecord.objects.for_user(request.user).select_related("client", "account", "user")
    shown = AccessFilter(request.GET, visible, clients=clients)
    context = {"filter": shown}
    if not shown.is_valid():
        return render(request, "accounts/access.html", context, status=400)
    page = paging.page(request, shown.qs, KEYS)
    labels = reasons.labels_for([client.pk for client in clients])
    context |= {"page": page, "lines": [(record, seen(record, labels)) for record in page.rows]}
    return render(request, "accounts/access.html", context)


def seen(record, labels):
    """Say in one line why, and what of it is known: an access record holds codes, counts and digests only."""
    told, details = [], record.details
    if record.reason:
        told.append(reasons.label(record.client_id, record.reason, labels))
    if record.kind == Kind.SEARCHED:
        told.append(ngettext("%(n)d hit", "%(n)d hits", details["hits"]) % {"n": details["hits"]})
    if details.get("whole"):
        told.append(_("personal data shown whole"))
    if record.kind == Kind.EXPORT_ENDED:
        told.append(ngettext("%(n)d row", "%(n)d rows", details["rows"]) % {"n": details["rows"]})
        told.append(str(EXPORT_STATUSES[status_of_end(details)]))
    return " · ".join(told)


@require_safe
def exports(request):
    """List the exports of one's clients: by whom, with which filter, how many rows, which hash, and how each ended."""
    clients = clients_or_404(request.user, "see_access")
    visible = AccessRecord.objects.for_user(request.user).select_related("client", "user")
    page = paging.page(request, visible.filter(kind=Kind.EXPORT_STARTED), KEYS)
    ends = AccessRecord.objects.filter(kind=Kind.EXPORT_ENDED, related__in=[record.pk for record in page.rows])
    by_start = {end.related: end.details for end in ends}
    labels = reasons.labels_for([client.pk for client in clients])
    names = {client.code: client.name for client in clients}
    lines = []
    for record in page.rows:
        end = by_start.get(record.pk)
        how = status(record, end)
        filters = in_words(record.details["filters"], labels, names)
        lines.append({"record": record, "filters": filters, "end": end, "status": how, "label": EXPORT_STATUSES[how]})
    return render(request, "accounts/exports.html", {"page": page, "lines": lines})


def status(record, end):
    if end:
        return status_of_end(end)
    return "running" if timezone.now() - record.created_at < RUNNING else "never_ended"


def status_of_end(details):
    return "complete" if details["complete"] else "broken_off"
