"""An export is on record: who takes what away, before its first byte, and how it ended."""

import hashlib
import shutil
import tempfile
from collections import Counter
from contextlib import closing

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django_scopes import scope

from accounts.exporting import csvfile, xlsxfile
from accounts.exporting.columns import Telling
from accounts.models import AccessRecord
from accounts.services import access

log = structlog.get_logger(__name__)

Kind = AccessRecord.Kind
CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
READ = 64 * 1024


@transaction.atomic
def start(user, client_ids, *, export, filters, columns, **more):
    """Write the start of an export for each client whose rows may be in it; return ``{client id: its record}``.

    ``filters`` are codes, never words about a person. Committed on return, unless the caller holds a transaction.
    """
    return {
        client_id: access.record(
            Kind.EXPORT_STARTED,
            user=user,
            client_id=client_id,
            export=export,
            filters=filters,
            columns=columns,
            **more,
        )
        for client_id in client_ids
    }


def start_list(user, export, selection, *, form, **more):
    """Write the start of an export of a list, as ``start`` does."""
    columns = [column.code for column in export.columns]
    given = {"export": export.code, "filters": selection.filters, "columns": columns, "form": form}
    return start(user, selection.client_ids, **given, **more)


@transaction.atomic
def end(user, started, *, rows, sha256, is_complete):
    """Write how an export ended: ``rows`` of each client, SHA-256 of the bytes that left, complete or broken off."""
    for client_id, record in started.items():
        access.record(
            Kind.EXPORT_ENDED,
            user=user,
            client_id=client_id,
            related=record.pk,
            rows=rows.get(client_id, 0),
            sha256=sha256,
            complete=is_complete,
        )


class Download:
    """The bytes of one export on their way out. The start is on record when this is made, the end when it is closed.

    The bytes are made while they are read: the server asks for them after the page's scope has ended, and calls
    ``close`` however the response ends. ``pieces`` is a generator function like ``csvfile.chunks``, where the bytes are
    not made but kept; ``more`` goes on record with the start.
    """

    def __init__(self, export, selection, *, user, form=CSV, pieces=None, **more):
        self.export, self.selection, self.user = export, selection, user
        self.pieces = pieces or (csvfile.chunks if form == CSV else workbook)
        self.telling = Telling(selection.client_ids, timezone.get_current_timezone())
        self.digest = hashlib.sha256()
        self.counted = Counter()
        self.is_over = False
        self.started = start_list(user, export, selection, form=form, **more)
        self.chunks = self._chunks(translation.get_language())

    def __iter__(self):
        return self.chunks

    def close(self):
        """Say on record that the export was broken off, unless its end is there already."""
        self.chunks.close()
        if not self.is_over:
            self._end(is_complete=False)

    def _chunks(self, language):
        with closing(self.pieces(self.export, self.selection, self.telling)) as made:
            while (piece := self._next(made, language)) is not None:
                # While a workbook is put together its rows are counted, and nothing is sent yet.
                if data := self._counted(*piece):
                    yield data
        self._end(is_complete=True)

    def _next(self, made, language):
        """Return the next piece. Language and scope hold for no longer, as others use this thread in between."""
        with translation.override(language), scope(client=list(self.started)):
            return next(made, None)

    def _counted(self, data, owners):
        self.digest.update(data)
        self.counted.update(owners)
        return data

    def _end(self, is_complete):
        self.is_over = True
        try:
            with scope(client=list(self.started)):
                end(
                    self.user,
                    self.started,
                    rows=self.counted,
                    sha256=self.digest.hexdigest(),
                    is_complete=is_complete,
                )
        except Exception:
            # Django drops what closing a response raises. The record then says that the export never ended.
            log.exception("export_end_not_recorded", user=str(self.user.pk))
            raise


def workbook(export, selection, telling):
    """Yield a workbook in pieces, once it is whole; until then, empty pieces that say whose rows are in it.

    What it is made in has no name, or goes with a folder that only this user of the machine can open.
    """
    with (
        tempfile.TemporaryDirectory(prefix="workbook-", dir=folder()) as parts,
        tempfile.TemporaryFile(dir=parts) as file,
    ):
        for owners in xlsxfile.write(file, export, selection, telling, folder=parts):
            yield b"", owners
        file.seek(0)
        while data := file.read(READ):
            yield data, []


def remove_abandoned(parts, before):
    """Remove the folder of a workbook that nothing was written to since ``before``: whoever made it was killed."""
    latest = max((path.stat().st_mtime for path in [parts, *parts.iterdir()]), default=0)
    if latest < before.timestamp():
        shutil.rmtree(parts, ignore_errors=True)


def folder():
    """Return the folder for what is made of exports, for this user of the machine alone."""
    settings.EXPORT_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    return settings.EXPORT_DIR
