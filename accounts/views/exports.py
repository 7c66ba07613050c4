"""Taking a list away as a file: the small ones at once. And the page of all exports of one's clients."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import grants, paging, registries, rules
from accounts.accesslog import EXPORT_STATUSES, status_of_end
from accounts.codes import readable
from accounts.errors import Invalid
from accounts.exports import STATUS_LOG
from accounts.models import AccessRecord, ExportRun
from accounts.services import export_runs
from accounts.services import exports as services
from accounts.views.allowed import clients_or_404
from accounts.views.files import as_file, name_of

KEYS = ("created_at", "id")
Kind = AccessRecord.Kind
RUNNING = timedelta(hours=1)
"""A download that has not ended after this time never will: somebody pulled the plug."""


RUNS = 20


@dataclass(frozen=True)
class Offer:
    """The buttons with which a page offers its list as a file; ``names`` are the clients, where not all are in it."""

    url: str
    names: list


def offer(request, export, clients):
    """Return the ``Offer`` of what this page shows of ``clients``; ``None`` for those who may not take it away."""
    if not grants.has_anywhere(request.user, "export"):
        return None
    exported = [client for client in clients if rules.can_export(client, request.user)]
    if not exported:
        return None
    names = [client.name for client in exported] if len(exported) < len(clients) else []
    return Offer(reverse("export", args=[export.code]) + paging.address(request), names)


@require_POST
def export(request, code):
    """Send what a list shows under the filter in the address, all its pages, as a file; a long one is made later."""
    found = registries.exports.get(code)
    if found is None:
        raise Http404
    selection = found.select(request.user, request.GET)
    form = request.POST.get("form", services.CSV)
    if form not in services.CONTENT_TYPES:
        raise Invalid(_("A file is CSV or XLSX."))
    if export_runs.is_large(selection, form):
        asked = export_runs.ask(found, selection, user=request.user, form=form)
        messages.info(
            request, _("This is a long list. It is made in the background; a mail tells you when it is ready.")
        )
        return redirect("export_run", asked[0].pk) if len(asked) == 1 else redirect("exports")
    download = services.Download(found, selection, user=request.user, form=form)
    return as_file(download, form, name_of(found, selection.clients, form))


@require_safe
def exports(request):
    """List the exports of one's clients: by whom, with which filter, how many rows, which hash, and how each ended."""
    clients = clients_or_404(request.user, "see_access")
    own = own_runs(request.user)
    if request.htmx:
        return render(request, "accounts/export_runs_list.html", own)
    visible = AccessRecord.objects.for_user(request.user).select_related("client", "user")
    page = paging.page(request, visible.filter(kind=Kind.EXPORT_STARTED), KEYS)
    ends = AccessRecord.objects.filter(kind=Kind.EXPORT_ENDED, related__in=[record.pk for record in page.rows])
    by_start = {end.related: end.details for end in ends}
    known = registries.exports | registries.documents
    in_words = {code: found.in_words(clients) for code, found in known.items()}
    lines = []
    for record in page.rows:
        end, code = by_start.get(record.pk), record.details["export"]
        how = status(record, end)
        found = known.get(code)
        filters = in_words.get(code, in_words[STATUS_LOG.code])(record.details["filters"])
        line = {"record": record, "list": found.label if found else readable(code), "filters": filters, "end": end}
        lines.append(line | {"status": how, "label": EXPORT_STATUSES[how]})
    return render(request, "accounts/exports.html", {"page": page, "lines": lines} | own)


def own_runs(user):
    """Return what somebody asked for lately and is, or was, made in the background."""
    found = list(ExportRun.objects.asked_by(user).select_related("client").order_by("-created_at", "-id")[:RUNS])
    lines = []
    for run in found:
        status, label = state_of(run)
        lines.append({"run": run, "list": registries.exports[run.export].label, "status": status, "label": label})
    return {"runs": lines, "is_busy": any(run.is_unfinished for run in found)}


def state_of(run):
    """Return a run's state as code and word."""
    if run.is_ready:
        return "ready", _("Ready")
    if run.published_at:
        return "removed", _("Removed")
    if run.cancelled_at:
        return "cancelled", _("Stopped")
    if run.finished_at:
        return "failed", _("Not made")
    return ("running", _("Being made")) if run.started_at else ("waiting", _("Waiting"))


def status(record, end):
    if end:
        return status_of_end(end)
    return "running" if timezone.now() - record.created_at < RUNNING else "never_ended"
