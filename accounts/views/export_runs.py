"""Lists that are too long to wait for: the page of one, for the one who asked, and its file."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import registries
from accounts.models import ExportRun
from accounts.services import background, export_runs
from accounts.views.allowed import clients_or_404
from accounts.views.files import as_file, name_of


def own(request, pk):
    clients_or_404(request.user, "export")
    return get_object_or_404(ExportRun.objects.asked_by(request.user).select_related("client"), pk=pk)


@require_safe
def export_run(request, pk):
    """Show how far a list is and where its file is; htmx asks for the middle of the page alone."""
    run = own(request, pk)
    export = registries.exports[run.export]
    context = {"run": run, "list": export.label, "filters": export.in_words([run.client])(run.filters)}
    template = "accounts/export_run_state.html" if request.htmx else "accounts/export_run.html"
    return render(request, template, context)


@require_POST
def export_run_file(request, pk):
    """Send a file to the one who asked for it, while it is kept; each time is on record."""
    run = own(request, pk)
    download = export_runs.download(run, request.user)
    return as_file(download, run.form, name_of(registries.exports[run.export], [run.client], run.form))


@require_POST
def export_run_cancel(request, pk):
    """Stop the work on a list that is not made yet."""
    run = own(request, pk)
    background.cancel(run)
    messages.success(request, _("Stopped. Nothing of it is kept."))
    return redirect("exports")
