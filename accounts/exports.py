"""Lists taken away as files: safe to open in a spreadsheet, streamed in constant memory, each on record.

A spreadsheet runs a cell that begins with ``= + - @``, a tab or a line break as a formula. The guard puts an apostrophe
before such text (https://owasp.org/www-community/attacks/CSV_Injection), also where the sign comes after blanks, quotes
or invisible characters, in its full-width form, or behind a separator that another country's spreadsheet splits at.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django_scopes import scope

from accounts import reasons, registries
from accounts.services import exports as services
from accounts.statuslog import Line

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

log = structlog.get_logger(__name__)

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the machine's own code page."""
READ = 2000
WRITTEN = 500
"""Rows that are read, and written, at a time."""

SIGNS = r"[=+\-@＝＋－＠﹦﹢﹣﹫]"
CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
BLANKS = r" \xa0\xad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
SKIPPED = f"[{CONTROLS}{BLANKS}\"'`´‘’‚‛“”„‟«»]"
LEADING = re.compile(rf"[\t\r\n]|{SKIPPED}*{SIGNS}")
INNER = re.compile(rf"([,;|\t\r\n]{SKIPPED}*)(?={SIGNS})")


def guarded(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; text that is none already stays as it is."""
    text = INNER.sub(r"\1'", text)
    return f"'{text}" if LEADING.match(text) else text


def csv_lines(lines: Iterable[Iterable[str | int]]) -> str:
    """Return lines after RFC 4180: text in quotes and guarded; a number stays a number, also a negative one."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([value if isinstance(value, int) else guarded(value) for value in line] for line in lines)
    return text.getvalue()


def file_name(*parts: object) -> str:
    """Return a name that every file system takes and no spreadsheet misreads, such as ``log-2026-11-23.csv``."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(map(str, parts)))
    return f"{words.strip('-') or 'export'}.csv"


@dataclass(frozen=True)
class Column:
    code: str
    """its name on record"""
    heading: "StrOrPromise"
    value: Callable[[Any], str | int | datetime]
    """function(line) that returns text, a number, or a time"""


@dataclass(frozen=True)
class Export:
    """A list that can be taken away. ``reader`` gets the client ids and returns function(row) that makes its line."""

    code: str
    columns: tuple[Column, ...]
    reader: Callable[[list], Callable[[Any], Any]]


class Download:
    """The bytes of one export on their way out. The start is on record when this is made, the end when it is closed.

    ``rows`` are named tuples with ``client_id``, in the order of the screen. The bytes are made while they are read:
    the server asks for them after the page's scope has ended, and calls ``close`` however the response ends.
    """

    def __init__(self, export: Export, rows: Any, *, user: Any, client_ids: list, filters: dict) -> None:
        self.export, self.rows, self.user = export, rows, user
        self.zone, self.language = timezone.get_current_timezone(), translation.get_language()
        self.digest = hashlib.sha256()
        self.counted: Counter = Counter()
        self.is_over = False
        self.read = export.reader(client_ids)
        self.started = services.start(
            user, client_ids, export=export.code, filters=filters, columns=[column.code for column in export.columns]
        )
        self.chunks = self._chunks()

    def __iter__(self):
        return self.chunks

    def close(self):
        """Say on record that the export was broken off, unless its end is there already."""
        self.chunks.close()
        if not self.is_over:
            self._end(is_complete=False)

    def _chunks(self):
        yield self._counting(BOM + self._written([[column.heading for column in self.export.columns]]))
        with reading(), closing(self.rows.iterator(chunk_size=READ)) as rows:
            while batch := list(islice(rows, WRITTEN)):
                self.counted.update(row.client_id for row in batch)
                lines = map(self.read, batch)
                yield self._counting(
                    self._written([column.value(line) for column in self.export.columns] for line in lines)
                )
        self._end(is_complete=True)

    def _written(self, lines):
        """Return lines as text; the language holds for no longer, as others use this thread between two chunks."""
        with translation.override(self.language):
            return csv_lines([self._cell(value) for value in line] for line in lines)

    def _cell(self, value):
        if isinstance(value, datetime):
            return value.astimezone(self.zone).isoformat(timespec="seconds")
        return value if isinstance(value, int) else str(value)

    def _counting(self, text):
        chunk = text.encode()
        self.digest.update(chunk)
        return chunk

    def _end(self, is_complete):
        self.is_over = True
        try:
            with scope(client=list(self.started)):
                services.end(
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


def reading():
    """PostgreSQL streams a cursor inside a transaction only; on SQLite one would keep every writer out."""
    return transaction.atomic() if connection.vendor == "postgresql" else nullcontext()


def status_lines(client_ids):
    return partial(Line, labels=reasons.labels_for(client_ids))


STATUS_LOG = Export(
    code="status_log",
    columns=(
        Column("recorded", _("Recorded"), lambda line: line.entry.recorded_at),
        Column("client", _("Client"), lambda line: line.entry.client__name),
        Column("account", _("Account"), lambda line: line.entry.account__number or ""),
        Column("number", _("No."), lambda line: line.entry.number),
        Column("subject", _("Subject"), lambda line: line.subject),
        Column("action", _("Action"), lambda line: line.action),
        Column("from", _("From"), lambda line: line.before),
        Column("to", _("To"), lambda line: line.after),
        Column("reason", _("Reason"), lambda line: line.reason),
        Column("origin", _("Origin"), lambda line: line.origin),
        Column("by", _("By"), lambda line: line.entry.actor__username),
        Column("on_behalf", _("On behalf of"), lambda line: line.entry.on_behalf__username or ""),
        Column("rule", _("Rule"), lambda line: line.entry.rule),
        Column("entry", _("Entry"), lambda line: str(line.entry.uid)),
    ),
    reader=status_lines,
)
registries.exports.register(STATUS_LOG.code, STATUS_LOG)
