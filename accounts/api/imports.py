"""Files that programs hand in: the kinds, columns and trials of the page of imports."""

from datetime import date
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from accounts import grants, registries
from accounts.api.access import READ, WORK
from accounts.api.paging import part
from accounts.api.problems import checked
from accounts.api.types import Limit, Token, answers
from accounts.errors import Refused, ServiceError
from accounts.import_forms import MappingForm, UploadForm
from accounts.imports.layouts import Layout
from accounts.models import ColumnMapping, ImportProblem, ImportRun
from accounts.services import column_mappings, import_runs

router = Router(tags=["Imports"])


class FieldOut(Schema):
    """``names`` are headers by which a column is known; ``shape`` is text, date, time or amount."""

    code: str
    label: str
    shape: str
    is_required: bool
    names: list[str]


class KindOut(Schema):
    """``options`` are what may be said of a whole file."""

    code: str
    label: str
    fields: list[FieldOut]
    options: list[str]


class Kinds(Schema):
    kinds: list[KindOut]


class ImportOut(Schema):
    """``stage`` is how far it is, ``is_dry_run`` that it was only tried. Counts are lines."""

    id: UUID
    kind: str
    file_name: str
    sha256: str
    as_of: date
    stage: str
    is_dry_run: bool
    done: int
    taken: int
    known: int
    refused: int
    failure: str


class ProblemOut(Schema):
    line: int
    column: str
    reason: str


class Problems(Schema):
    problems: list[ProblemOut]
    next: str | None


FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["kind", "file"],
                    "properties": {
                        "kind": {"type": "string", "description": "One of the kinds."},
                        "file": {"type": "string", "format": "binary", "description": "CSV, XLSX or JSON."},
                        "mapping": {"type": "string", "description": "The name of a mapping that was kept."},
                        "take": {"type": "string", "enum": ["", "yes"], "description": "Without a trial before."},
                        "column_<field>": {"type": "string", "description": "The column of a field."},
                        "date_format": {"type": "string"},
                        "time_zone": {"type": "string"},
                        "currency": {"type": "string"},
                        "decimal": {"type": "string"},
                        "as_of": {"type": "string", "format": "date"},
                        "<option>": {"type": "string", "description": "An option of the kind."},
                    },
                }
            }
        },
    }
}


def runs(request):
    if not grants.has_anywhere(request.user, "configure"):
        raise Refused(_("Only an administrator of the client imports its accounts."))
    return ImportRun.objects.for_user(request.user).select_related("client", "user")


@router.get(
    "/imports/kinds", auth=READ, response=answers(Kinds), url_name="import_kinds", summary="What can be imported"
)
def kinds(request):
    """Name the kinds of files with their fields."""
    return {
        "kinds": [
            {
                "code": kind.code,
                "label": str(kind.label),
                "fields": [
                    {
                        "code": field.code,
                        "label": str(field.label),
                        "shape": field.shape,
                        "is_required": field.is_required,
                        "names": list(field.names),
                    }
                    for field in kind.fields
                ],
                "options": [option.code for option in kind.options],
            }
            for kind in registries.import_kinds.values()
        ]
    }


@router.post(
    "/imports",
    auth=WORK,
    response=answers(ImportOut, 202),
    url_name="imports",
    summary="Hand a file in",
    openapi_extra=FILE,
)
def hand_in(request):
    """Hand a file in, to be tried, or with ``take=yes`` to be taken at once. A worker begins within seconds.

    What the names of its columns do not say is sent beside it, as on the page of imports. For administrators.
    """
    runs(request)
    client = request.api_key.client
    sent = checked(UploadForm(request.POST.dict() | {"client": client.code}, request.FILES, clients=[client]))
    run = import_runs.upload(client, sent["kind"], sent["file"], actor=request.user)
    try:
        return Status(202, shown(begin(request, run)))
    except ServiceError:
        import_runs.cancel(run, actor=request.user)
        raise


def begin(request, run):
    kind, chosen = import_runs.kind_of(run), None
    if name := request.POST.get("mapping"):
        kept = ColumnMapping.objects.for_user(request.user)
        chosen = get_object_or_404(kept, client=run.client_id, kind=run.kind, name=name)
        column_mappings.fill_in(run, chosen, actor=request.user)
        run = runs(request).get(pk=run.pk)
    layout = Layout.load(run.layout)
    at = column_mappings.sample(run, layout)
    _columns, fitting, initial = column_mappings.known(run, kind, at, chosen)
    form = MappingForm(kind=kind, header=at.header, fitting=fitting, initial=initial)
    told = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    told = {name: value for name, value in told.items() if value not in (None, "")}
    form = MappingForm(told | request.POST.dict(), kind=kind, header=at.header, fitting=fitting)
    as_of = checked(form)["as_of"]
    settings = column_mappings.declared(kind, at, form.mapping(), form.settings())
    is_dry_run = request.POST.get("take") != "yes"
    return start(request, run, settings=settings, layout=layout, is_dry_run=is_dry_run, as_of=as_of)


def start(request, run, **given):
    import_runs.start(run, actor=request.user, **given)
    return runs(request).get(pk=run.pk)


def shown(run):
    names = set(ImportOut.model_fields) - {"stage"}
    return {name: getattr(run, name) for name in names} | {"stage": str(run.stage)}


@router.get(
    "/imports/{uuid:import_id}", auth=READ, response=answers(ImportOut), url_name="import", summary="How far it is"
)
def one(request, import_id: UUID):
    """Return an import."""
    return shown(get_object_or_404(runs(request), pk=import_id))


@router.post(
    "/imports/{uuid:import_id}/take",
    auth=WORK,
    response=answers(ImportOut, 202),
    url_name="import_take",
    summary="Take it",
)
def take(request, import_id: UUID):
    """Take a file for good that was tried, with what was said of it then."""
    run = get_object_or_404(runs(request), pk=import_id)
    if not run.settings:
        raise import_runs.over()
    wanted = {"settings": run.settings, "layout": Layout.load(run.layout)}
    return Status(202, shown(start(request, run, is_dry_run=False, **wanted)))


@router.get(
    "/imports/{uuid:import_id}/problems",
    auth=READ,
    response=answers(Problems),
    url_name="import_problems",
    summary="What is wrong with which line",
)
def problems(request, import_id: UUID, limit: Limit = 200, cursor: Token = ""):
    """Return the problems of an import: line, column and reason, never what stands in the line."""
    run = get_object_or_404(runs(request), pk=import_id)
    rows = ImportProblem.objects.filter(run=run).order_by("id")
    fields = ["id", "line", "column", "reason"]
    found, following = part(rows, fields, about=["problems", str(import_id)], text=cursor, limit=limit, order=["id"])
    return {"problems": [dict(zip(fields[1:], row[1:], strict=True)) for row in found], "next": following}
