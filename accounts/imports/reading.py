"""Reading a file where it lies, line by line, compressed or not, however large it is."""

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.imports.cells import Cells, Written
from accounts.imports.layouts import Layout, lines, look


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file; raises ``Invalid`` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Invalid(_("The file cannot be read: %s.") % error.strerror) from error


def read(
    path: Path,
    columns: Iterable[str],
    encoding: str | None = "",
    separator: str | None = "",
    settings: dict[str, Any] | None = None,
) -> Iterator[Cells]:
    """Yield the lines of a CSV file or a workbook, gzip where its name ends in .gz.

    What ``encoding`` and ``separator`` do not say is found by looking, but text is taken for UTF-8 unless it says
    otherwise itself: the bytes that are not then stand in lines that are refused. A line that cannot be read is yielded
    with what is wrong with it, and reading goes on. ``settings`` are those of a mapping that was kept: lines then come
    by field. Raises ``Invalid`` for a file without one of ``columns``, and where a file breaks off.
    """
    with opened(path, encoding, separator) as (file, layout):
        found = lines(file, layout, set(columns))
        if settings:
            yield from (cells.mapped(settings["columns"], Written.of(settings)) for cells in found)
        else:
            yield from found


@contextmanager
def opened(path: Path, encoding: str | None = "", separator: str | None = "") -> Iterator[tuple[IO[bytes], Layout]]:
    """Open a file and yield it with how it is read, as ``read`` says; raises ``Invalid`` where it breaks off."""
    opener: Any = gzip.open if path.name.endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            layout = look(file)
            encoding = encoding or (layout.encoding if layout.is_certain else "utf-8-sig")
            yield file, replace(layout, encoding=encoding, separator=separator or layout.separator)
    except (OSError, EOFError, zlib.error) as error:
        raise Invalid(
            _("The file cannot be read to its end: it is missing, broken off or not what it says.")
        ) from error
