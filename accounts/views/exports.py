"""Taking a list away as a file: the small ones at once. And the page of all exports of one's clients."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import Http404, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import paging, registries, rules
from accounts.accesslog import EXPORT_STATUSES, status_of_end
from accounts.codes import readable
from accounts.errors import Invalid
from accounts.exporting.guard import file_name
from accounts.exports import STATUS_LOG
from accounts.models import AccessRecord
from accounts.services import exports as services
from accounts.views.allowed import clients_or_404

KEYS = ("created_at", "id")
Kind = AccessRecord.Kind
RUNNING = timedelta(hours=1)
"""A download that has not ended after this time never will: somebody pulled the plug."""


@dataclass(frozen=True)
class Offer:
    """The buttons with which a page offers its list as a file; ``names`` are the clients, where not all are in it."""

    url: str
    names: list


def offer(request, export, clients):
    """Return the ``Offer`` of what this page shows of ``clients``; ``None`` for those who may not take it away."""
    exported = [client for client in clients if rules.can_export(client, request.user)]
    if not exported:
        return None
    names = [client.name for client in exported] if len(exported) < len(clients) else []
    return Offer(reverse("export", args=[export.code]) + paging.address(request), names)


@require_POST
def export(request, code):
    """Send what a list shows under the filter in the address, all its pages, as a file; who took it is on record."""
    found = registries.exports.get(code)
    if found is None:
        raise Http404
    selection = found.select(request.user, request.GET)
    form = request.POST.get("form", services.CSV)
    if form not in services.CONTENT_TYPES:
        raise Invalid(_("A file is CSV or XLSX."))
    download = services.Download(found, selection, user=request.user, form=form)
    return as_file(download, form, name_of(found, selection, form))


def name_of(export, selection, form):
    clients = selection.clients
    of = clients[0].code if len(clients) == 1 else _("all clients")
    return file_name(export.label, of, timezone.localdate(), suffix=form)


def as_file(pieces, form, name):
    response = StreamingHttpResponse(pieces, content_type=services.CONTENT_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def exports(request):
    """List the exports of one's clients: by whom, with which filter, how many rows, which hash, and how each ended."""
    clients = clients_or_404(request.user, "see_access")
    visible = AccessRecord.objects.for_user(request.user).select_related("client", "user")
    page = paging.page(request, visible.filter(kind=Kind.EXPORT_STARTED), KEYS)
    ends = AccessRecord.objects.filter(kind=Kind.EXPORT_ENDED, related__in=[record.pk for record in page.rows])
    by_start = {end.related: end.details for end in ends}
    in_words = {code: export.in_words(clients) for code, export in registries.exports.items()}
    lines = []
    for record in page.rows:
        end, code = by_start.get(record.pk), record.details["export"]
        how = status(record, end)
        export = registries.exports.get(code)
        filters = in_words.get(code, in_words[STATUS_LOG.code])(record.details["filters"])
        line = {"record": record, "list": export.label if export else readable(code), "filters": filters, "end": end}
        lines.append(line | {"status": how, "label": EXPORT_STATUSES[how]})
    return render(request, "accounts/exports.html", {"page": page, "lines": lines})


def status(record, end):
    if end:
        return status_of_end(end)
    return "running" if timezone.now() - record.created_at < RUNNING else "never_ended"
