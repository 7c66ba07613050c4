"""Reading a CSV file line by line, compressed or not, however large it is."""

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.imports.cells import Cells

LONGEST_CELL = 10_000


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file; raises ``Invalid`` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Invalid(_("The file cannot be read: %s.") % error.strerror) from error


def read(path: Path, columns: Iterable[str]) -> Iterator[Cells]:
    """Yield the lines of a CSV file in UTF-8, with or without a byte order mark, gzip where its name ends in .gz.

    A line that cannot be read is yielded with what is wrong with it, and reading goes on. Raises ``Invalid`` for a
    file without one of ``columns``, and where a file breaks off.
    """
    csv.field_size_limit(LONGEST_CELL)
    opener = gzip.open if path.name.endswith(".gz") else open
    try:
        # Bytes that are no UTF-8 become lone surrogates, which are refused value by value, with line and column.
        with opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            yield from lines(csv.reader(file, strict=True), set(columns))
    except (OSError, EOFError, zlib.error) as error:
        raise Invalid(
            _("The file cannot be read to its end: it is missing, broken off or not what it says.")
        ) from error


def lines(reader, columns: set[str]) -> Iterator[Cells]:
    header: list[str] = []
    while True:
        start = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error:
            if not header:
                raise Invalid(_("The first line is not a header of CSV.")) from None
            yield broken(start, _("cannot be read: a quote is not closed, or a value is too long"))
            continue
        if not header:
            header = checked(row, columns)
        elif row and len(row) != len(header):
            yield broken(start, _("has %(found)d values; %(wanted)d are expected") % counts(row, header))
        elif row:
            yield Cells(start, dict(zip(header, row, strict=True)))
    if not header:
        raise Invalid(_("The file is empty."))


def checked(row: list[str], columns: set[str]) -> list[str]:
    header = [name.strip() for name in row]
    missing = sorted(columns - set(header))
    if missing:
        raise Invalid(_("The file lacks these columns: %s.") % ", ".join(missing))
    if len(set(header)) != len(header):
        raise Invalid(_("A column stands twice in the file."))
    return header


def counts(row: list[str], header: list[str]) -> dict[str, int]:
    return {"found": len(row), "wanted": len(header)}


def broken(line: int, reason: str) -> Cells:
    cells = Cells(line, {})
    cells.refuse("", reason)
    return cells
