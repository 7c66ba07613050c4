"""Reading an XLSX workbook row by row, in memory that does not grow with it, and without trusting it.

The format is ECMA-376: a ZIP archive of XML parts. What a hostile one may do is bounded before and while it is read:
the archive's directory, the inflated size (declared and actual) and its ratio, the number of parts and sheets, the
length of one XML token. What the parts themselves may hold is bounded in ``xlsxparts``.
"""

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.imports.xlsxparts import MOST_SHEETS, BookPart, Part, RelationsPart, SheetPart, StringsPart, StylesPart

CHUNK = 64 * 1024
MOST_PARTS, LARGEST_DIRECTORY = 2000, 1024 * 1024
MOST_INFLATED = 2 * 1024**3
MOST_RATIO, RATIO_COUNTS_FROM = 200, 16 * 1024 * 1024
LONGEST_TOKEN = 4 * 1024 * 1024
END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
END_OF_DIRECTORY_64 = struct.Struct("<4sQ2H2L4Q")
IN_THE_OTHER = (0xFFFF, 0xFFFFFFFF)
"""What the end of a directory says where only its ZIP64 record does."""


class Book:
    """A workbook that was checked. ``sheets`` are the names of its sheets; raises ``Invalid`` for what is none."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            self._open(file)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, ValueError, NotImplementedError) as error:
            raise Invalid(_("The file is not a workbook that can be read: it is damaged or not XLSX.")) from error

    def _open(self, file: IO[bytes]) -> None:
        self._inflated = 0
        self._size = file.seek(0, io.SEEK_END)
        check_directory(file, self._size)
        self._archive = zipfile.ZipFile(file)
        parts = self._archive.infolist()
        if sum(part.file_size for part in parts) > MOST_INFLATED:
            raise too_large()
        if any(part.flag_bits & 1 for part in parts):
            raise Invalid(_("The workbook is locked by a password. Save it without one."))
        self._names = {part.filename for part in parts}
        self._links = self._relations()
        book = self._parse("xl/workbook.xml", BookPart())
        if len(book.sheets) > MOST_SHEETS:
            raise Invalid(_("The workbook has more than %d sheets.") % MOST_SHEETS)
        self._parts = [self._links[link] for _name, link in book.sheets if link in self._links]
        self.sheets = [name for name, link in book.sheets if link in self._links]
        if not self.sheets:
            raise Invalid(_("The workbook has no sheet."))
        self._is_1904 = book.is_1904
        self._styles = self._parse("xl/styles.xml", StylesPart()).styles if "xl/styles.xml" in self._names else []
        self._strings: StringsPart | None = None

    def _relations(self) -> dict[str, str]:
        found = self._parse("xl/_rels/workbook.xml.rels", RelationsPart()).targets
        return {link: posixpath.normpath(posixpath.join("/xl", target)).lstrip("/") for link, target in found.items()}

    def _chunks(self, name: str) -> Iterator[bytes]:
        """Yield a part in pieces, counting what really comes out."""
        with self._archive.open(name) as part:
            while chunk := part.read(CHUNK):
                self._inflated += len(chunk)
                is_bomb = self._inflated > RATIO_COUNTS_FROM and self._inflated > self._size * MOST_RATIO
                if self._inflated > MOST_INFLATED or is_bomb:
                    raise too_large()
                yield chunk

    def _parse(self, name: str, part: Any) -> Any:
        for _nothing in self._events(name, part):
            pass
        return part

    def _events(self, name: str, part: Part) -> Iterator[None]:
        """Feed a part's XML to its handlers; yields after each piece."""
        parser = part.parser()
        silent = 0
        try:
            for chunk in self._chunks(name):
                before = part.seen
                parser.Parse(chunk)
                silent = silent + len(chunk) if part.seen == before else 0
                if silent > LONGEST_TOKEN:
                    raise Invalid(_("The workbook has a name or a note in it that is too long to be one."))
                yield
            parser.Parse(b"", True)
            yield
        except expat.ExpatError as error:
            raise Invalid(_("The workbook has a part that is not XML.")) from error

    def count_rows(self, sheet: int) -> int:
        """Return about how many rows a sheet has, having inflated all of it."""
        rows, rest = 0, b""
        for chunk in self._safely(self._chunks(self._parts[sheet])):
            text = rest + chunk
            rows += text.count(b"<row") + text.count(b":row ")
            rest = text[-4:] if not text.endswith((b"<row", b":row ")) else b""
        return rows

    def rows(self, sheet: int) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the values of each row of a sheet that is not empty."""
        if self._strings is None and "xl/sharedStrings.xml" in self._names:
            self._strings = self._parse("xl/sharedStrings.xml", StringsPart())
        part = SheetPart(self._strings, self._styles, self._is_1904)
        for _nothing in self._safely(self._events(self._parts[sheet], part)):
            yield from part.take()

    def _safely(self, pieces: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from pieces
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, NotImplementedError) as error:
            raise Invalid(_("The workbook cannot be read to its end: it is damaged.")) from error


def check_directory(file: IO[bytes], size: int) -> None:
    """Look at the archive's directory before it is loaded: it alone could fill the memory (APPNOTE.TXT, 4.3.14-16).

    Every record that looks like an end of it is held to the bounds, also those of ZIP64, which some programs write for
    small workbooks too.
    """
    file.seek(max(0, size - 66_000))
    tail = file.read()
    ends = [found[4:6] for found in records(tail, b"PK\x05\x06", END_OF_DIRECTORY)]
    ends_64 = [found[7:9] for found in records(tail, b"PK\x06\x06", END_OF_DIRECTORY_64)]
    if not ends:
        raise zipfile.BadZipFile
    for parts, directory in [*ends_64, *ends]:
        known = zip((parts, directory), IN_THE_OTHER, strict=True)
        parts, directory = (0 if ends_64 and value == other else value for value, other in known)
        if parts > MOST_PARTS or directory > LARGEST_DIRECTORY:
            raise Invalid(_("The workbook has more parts than a workbook has."))


def records(tail: bytes, mark: bytes, shape: struct.Struct) -> list[tuple[Any, ...]]:
    starts = (found.start() for found in re.finditer(re.escape(mark), tail))
    return [shape.unpack_from(tail, at) for at in starts if len(tail) - at >= shape.size]


def too_large() -> Invalid:
    return Invalid(_("The workbook is packed so tightly that it would fill the memory: it is not read."))
