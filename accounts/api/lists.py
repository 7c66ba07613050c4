"""Every list that can be taken away as a file, for programs: the same rows, filters and rights."""

import hashlib

import orjson
from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Router, Schema

from accounts import registries
from accounts.api.access import READ
from accounts.api.paging import part
from accounts.api.types import Code, Limit, Token, answers
from accounts.exporting.columns import Identifier, Number, Telling, Time, Word, tellers
from accounts.services import exports

OWN = ("cursor", "limit")
FORM = "json"
SHAPES = {Word: "word", Number: "number", Time: "time", Identifier: "id"}
router = Router(tags=["Lists"])


class ColumnOut(Schema):
    """``shape`` is text, number, time (ISO 8601), id (UUID) or word: ``{"code": ..., "label": ...}``."""

    code: str
    label: str
    shape: str


class ListOut(Schema):
    """``page`` is where people see the list: what its filters are called there, they are called here."""

    code: str
    label: str
    page: str
    columns: list[ColumnOut]


class Lists(Schema):
    lists: list[ListOut]


class Part(Schema):
    """``next`` begins the next part as ``cursor``; it is null after the last."""

    code: str
    rows: list[dict]
    next: str | None


@router.get("/lists", auth=READ, response=answers(Lists), url_name="lists", summary="What lists there are")
def lists(request):
    """Name every list with its columns."""
    return {"lists": [described(export) for export in registries.exports.values()]}


def described(export):
    columns = [
        {"code": column.code, "label": str(column.heading), "shape": SHAPES.get(type(column.cell), "text")}
        for column in export.columns
    ]
    return {"code": export.code, "label": str(export.label), "page": reverse(export.page), "columns": columns}


@router.get("/lists/{code}", auth=READ, response=answers(Part), url_name="list", summary="Rows of a list")
def rows(request, code: Code, limit: Limit = 200, cursor: Token = ""):
    """Return a part of a list, as its file would show it. Any filter of its page may be sent with it.

    For compliance officers and auditors, as files are. Each part is an export on record, with its SHA-256.
    """
    export = registries.exports.get(code)
    if export is None:
        raise Http404
    data = request.GET.copy()
    for name in OWN:
        data.pop(name, None)
    selection = export.select(request.user, data)
    fields = export.fields(selection)
    about = [code, sorted(map(list, data.lists()))]
    found, following = part(selection.rows, fields, about=about, text=cursor, limit=limit, order=selection.order)
    telling = Telling(selection.client_ids, timezone.get_current_timezone())
    told = told_by(export, fields, tellers(export, selection, telling))
    body = orjson.dumps({"code": code, "rows": [told(row) for row in found], "next": following})
    with transaction.atomic():
        started = exports.start_list(request.user, export, selection, form=FORM)
        sizes = dict.fromkeys(started, len(found))
        exports.end(request.user, started, rows=sizes, sha256=hashlib.sha256(body).hexdigest(), is_complete=True)
    return HttpResponse(body, content_type="application/json")


def told_by(export, fields, readers):
    """Return function(row) that tells it as ``{column: value}``; a word is told by its code too."""
    places = {
        column.code: fields.index(column.cell.fields[-1]) for column in export.columns if isinstance(column.cell, Word)
    }

    def told(row):
        shown = {}
        for column, read in zip(export.columns, readers, strict=True):
            value = read(row)
            if column.code in places:
                kept = row[places[column.code]]
                value = None if kept in (None, "") else {"code": str(kept), "label": str(value)}
            shown[column.code] = None if value == "" else value
        return shown

    return told
