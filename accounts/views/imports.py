"""Importing a file on pages: hand in, say what its columns mean, try it, take it, and see what became of each line."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import paging
from accounts.errors import Invalid, ServiceError
from accounts.exporting import csvfile
from accounts.exporting.guard import file_name
from accounts.import_forms import LayoutForm, MappingForm, UploadForm
from accounts.imports.layouts import ENCODINGS, SEPARATORS, Layout
from accounts.models import ColumnMapping, ImportProblem, ImportRun
from accounts.services import column_mappings, import_runs
from accounts.views.allowed import clients_or_404

Stage = ImportRun.Stage
# The words of a run's stage have tones of their own: those of the statuses that look like them.
LOOKS = {Stage.PREPARED: "draft", Stage.WAITING: "pending", Stage.DONE: "completed"}


def visible(request):
    clients = clients_or_404(request.user, "configure")
    return clients, ImportRun.objects.for_user(request.user).select_related("client", "user")


def shown(run):
    kind = import_runs.kind_of(run)
    stage = run.stage
    return {
        "run": run,
        "kind": kind,
        "look": LOOKS.get(stage, str(stage)),
        "label": _("Tried") if run.is_dry_run and stage == Stage.DONE else stage.label,
        "list_url": list_url(run, kind) if stage == Stage.DONE and not run.is_dry_run else "",
        "is_at_work": stage in (Stage.WAITING, Stage.RUNNING),
        "is_open": run.closed_at is None and stage in (Stage.PREPARED, Stage.DONE),
        "percent": 100 if stage == Stage.DONE else run.percent or 0,
    }


def list_url(run, kind):
    """Return the address of the list of what an import found, "" for a kind that has none."""
    query = urlencode({"client": run.client.code, "as_of": run.as_of.isoformat()})
    return f"{reverse(kind.listed)}?{query}" if kind.listed else ""


@require_safe
def import_list(request):
    """List the files that were handed in for the clients one administers, the newest first."""
    _clients, runs = visible(request)
    page = paging.page(request, runs, keys=("created_at", "id"))
    return render(request, "accounts/import_list.html", {"page": page, "lines": [shown(run) for run in page.rows]})


@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request):
    """Hand a file in; it is looked at, and nothing is imported yet."""
    clients, _runs = visible(request)
    form = UploadForm(request.POST or None, request.FILES or None, clients=clients, initial=request.GET.dict())
    if form.is_valid():
        sent = form.cleaned_data
        try:
            run = import_runs.upload(sent["client"], sent["kind"], sent["file"], actor=request.user)
        except Invalid as error:
            form.add_error(error.field or "file", error.message)
        else:
            return redirect("import", run.pk)
    mappings = ColumnMapping.objects.for_user(request.user).select_related("client").order_by("client__name", "name")
    context = {"form": form, "mappings": mappings[:200]}
    return render(request, "accounts/import_new.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def import_run(request, pk):
    """Show one import: before it, how its file is read; while it runs, how far it is; after it, what became of it."""
    _clients, runs = visible(request)
    run = get_object_or_404(runs, pk=pk)
    if request.method == "POST" and request.POST.get("action") == "read":
        return read_again(request, run)
    if request.method == "POST" and request.POST.get("action") == "fill":
        return fill_in(request, run)
    context = shown(run)
    if request.method == "POST" and not context["is_open"]:
        raise import_runs.over()
    if context["is_open"]:
        try:
            context |= mapping_context(request, run, context["kind"])
        except ServiceError as error:
            context |= {"unreadable": error.message, "layout_form": LayoutForm(layout=Layout.load(run.layout))}
        form = context.get("form")
        if form and form.is_valid():
            try:
                return start(request, run, context)
            except Invalid as error:
                form.add_error(error.field if error.field in form.fields else None, error.message)
    context["problems"] = paging.page(request, ImportProblem.objects.filter(run=run), ascending=True)
    is_wrong = request.method == "POST"
    return render(request, "accounts/import_run.html", context, status=400 if is_wrong else 200)


def read_again(request, run):
    form = LayoutForm(request.POST, layout=Layout.load(run.layout))
    if not form.is_valid():
        raise Invalid(_("Choose how the file is read from what is offered."))
    import_runs.read_again(run, actor=request.user, **form.cleaned_data)
    return redirect(with_mapping(run, request.GET.get("mapping")))


def fill_in(request, run):
    """Go by a kept mapping, or by the names of the columns again."""
    chosen = request.POST.get("mapping")
    if chosen:
        mapping = get_object_or_404(kept(request, run), pk=key_or_404(chosen))
        column_mappings.fill_in(run, mapping, actor=request.user)
    return redirect(with_mapping(run, chosen))


def key_or_404(text):
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def with_mapping(run, mapping):
    url = reverse("import", args=[run.pk])
    return f"{url}?{urlencode({'mapping': mapping})}" if mapping else url


def kept(request, run):
    return ColumnMapping.objects.for_user(request.user).filter(client=run.client_id, kind=run.kind)


def mapping_context(request, run, kind):
    """Return the forms of a file that waits to be imported, and its first lines, masked."""
    layout = Layout.load(run.layout)
    at = column_mappings.sample(run, layout)
    saved = list(kept(request, run))
    chosen = next((mapping for mapping in saved if str(mapping.pk) == request.GET.get("mapping")), None)
    columns, fitting, initial = column_mappings.known(run, kind, at, chosen)
    form = MappingForm(request.POST or None, kind=kind, header=at.header, fitting=fitting, initial=initial)
    if form.is_bound and form.is_valid():
        columns = form.mapping()
    feeds = {column: kind_field.label for kind_field in kind.fields if (column := columns.get(kind_field.code))}
    masked = at.masked(kind, columns)
    return {
        "form": form,
        "layout_form": LayoutForm(layout=layout),
        "layout": layout,
        "encoding": ENCODINGS.get(layout.encoding, layout.encoding),
        "separator": SEPARATORS.get(layout.separator, layout.separator),
        "at": at,
        "columns": [(name, feeds.get(name, ""), masked[name]) for name in at.header],
        "saved": saved,
        "chosen": chosen,
    }


def start(request, run, context):
    form, kind, at = context["form"], context["kind"], context["at"]
    settings = column_mappings.declared(kind, at, form.mapping(), form.settings())
    is_dry_run = request.POST.get("action") != "import"
    layout = context["layout"]
    import_runs.start(
        run,
        actor=request.user,
        settings=settings,
        layout=layout,
        is_dry_run=is_dry_run,
        as_of=form.cleaned_data["as_of"],
    )
    if name := form.cleaned_data["save_as"]:
        column_mappings.save(run.client, kind, name, settings, layout, actor=request.user)
    return redirect("import", run.pk)


@require_safe
def import_progress(request, pk):
    """Answer the page that asks every two seconds; it loads itself anew once the import is not at work any more."""
    _clients, runs = visible(request)
    context = shown(get_object_or_404(runs, pk=pk))
    response = render(request, "accounts/import_progress.html", context)
    if not context["is_at_work"]:
        response["HX-Refresh"] = "true"
    return response


@require_safe
def import_problems(request, pk):
    """Send every problem of an import as a file: line, column, reason; what stands in the line is not in it."""
    _clients, runs = visible(request)
    run = get_object_or_404(runs, pk=pk)
    rows = list_in_sets(ImportProblem.objects.filter(run=run))
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    name = file_name(_("problems"), run.client.code, timezone.localdate())
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def list_in_sets(problems):
    """Return an iterator over lines of CSV. The rows are asked for now: the page's scope ends before they are sent."""
    queries, header = problems.order_by("id"), [[_("Line"), _("Column"), _("What is wrong")]]

    def lines():
        yield csvfile.BOM + csvfile.lines(header)
        last = 0
        while found := list(queries.filter(id__gt=last)[: csvfile.WRITTEN]):
            last = found[-1].id
            yield csvfile.lines([row.line, row.column, row.reason] for row in found)

    return lines()


@require_http_methods(["GET", "HEAD", "POST"])
def import_cancel(request, pk):
    """Ask, then end an import; what it has taken stays."""
    _clients, runs = visible(request)
    run = get_object_or_404(runs, pk=pk)
    if request.method == "POST":
        import_runs.cancel(run, actor=request.user)
        messages.success(request, _("The import is cancelled and its file removed."))
        return redirect("import", run.pk)
    return render(request, "accounts/import_cancel.html", shown(run))


@require_http_methods(["GET", "HEAD", "POST"])
def mapping_remove(request, pk):
    """Ask, then forget a saved mapping."""
    clients_or_404(request.user, "configure")
    mapping = get_object_or_404(ColumnMapping.objects.for_user(request.user).select_related("client"), pk=pk)
    if request.method == "POST":
        column_mappings.remove(mapping, actor=request.user)
        messages.success(request, _("The mapping is removed."))
        return redirect("import_new")
    return render(request, "accounts/mapping_remove.html", {"mapping": mapping})
