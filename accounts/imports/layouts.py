"""What a file is and how it is read: found by looking at its bytes, shown to people, and theirs to correct."""

import codecs
import io
import unicodedata
from collections.abc import Iterator, Set
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import Invalid
from accounts.imports import csvlines, jsonrecords
from accounts.imports.cells import Cells
from accounts.imports.limits import MOST_COLUMNS
from accounts.imports.xlsx import Book

CHUNK = 64 * 1024
SAMPLED = 1000
"""Records of a JSON file by which its columns are known."""
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": gettext_lazy("UTF-16"),
    "utf-16-le": gettext_lazy("UTF-16, little end first, without its mark"),
    "utf-16-be": gettext_lazy("UTF-16, big end first, without its mark"),
    "cp1252": gettext_lazy("Windows-1252 (Western Europe)"),
    "iso8859-15": gettext_lazy("ISO 8859-15 (Western Europe)"),
    "cp1250": gettext_lazy("Windows-1250 (Central Europe)"),
    "cp1251": gettext_lazy("Windows-1251 (Cyrillic)"),
    "cp850": gettext_lazy("Code page 850 (DOS)"),
    "mac-roman": gettext_lazy("Mac Roman"),
}
SEPARATORS = {
    ",": gettext_lazy("Comma ,"),
    ";": gettext_lazy("Semicolon ;"),
    "\t": gettext_lazy("Tab"),
    "|": gettext_lazy("Bar |"),
}


PACKED = (b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!", b"\xfd7zXZ")
MARKED_UP = ("<", "%PDF", "{\\rtf")
"""How files begin that are text and no table: web pages and other XML, PDF, RTF."""
LINE_SIGNS = frozenset("\t\n\v\f\r\x1a")
FEW_NOT_TEXT, SHARE_NOT_TEXT = 10, 50
"""So many signs that no text has, or one in so many, are damage to lines, and told of these."""


@dataclass(frozen=True)
class Layout:
    """``format`` is "csv", "xlsx" or "json". ``is_certain`` tells whether the file itself says how it is encoded."""

    format: str
    encoding: str = "utf-8-sig"
    separator: str = ","
    sheet: int = 0
    sheets: tuple[str, ...] = ()
    rows: int = 0
    is_certain: bool = True

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def load(cls, stored: dict[str, Any]) -> "Layout":
        return cls(**{**stored, "sheets": tuple(stored.get("sheets", ()))})


def look(file: Any) -> Layout:
    """Return how a file is probably read, having seen all of it; raises ``Invalid`` for what is no table.

    What it is called says nothing.
    """
    head = file.read(CHUNK)
    file.seek(0)
    if not head:
        raise Invalid(_("The file is empty."), field="file")
    if head.startswith(b"PK"):
        book = Book(file)
        sizes = [book.count_rows(number) for number in range(len(book.sheets))]
        sheet = next((number for number, size in enumerate(sizes) if size), 0)
        return Layout("xlsx", sheet=sheet, sheets=tuple(book.sheets), rows=sizes[sheet])
    if jsonrecords.is_json(head) and not head.startswith(b"{\\rtf"):
        rows = 1 + sum(1 for _record in jsonrecords.records(file))
        file.seek(0)
        return Layout("json", rows=rows)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid(_("This is an old Excel file, or a locked one. Save it as XLSX or CSV."), field="file")
    if head.startswith(PACKED):
        raise Invalid(_("The file is packed. Unpack it first: CSV, XLSX and JSON are taken."), field="file")
    encoding, is_certain, rows = encoding_of(file)
    text = beginning(file, encoding)
    if not is_table(text):
        raise Invalid(_("This is no table. CSV, XLSX and JSON are taken: save it as one of them."), field="file")
    layout = Layout("csv", encoding, rows=rows, is_certain=is_certain)
    return replace(layout, separator=separator_of(text))


def encoding_of(file: Any) -> tuple[str, bool, int]:
    """Return the encoding of a text file, whether it is certain, and about how many lines there are."""
    head = file.read(CHUNK)
    file.seek(0)
    utf8: Any = codecs.getincrementaldecoder("utf-8")()
    lines = 1
    while chunk := file.read(CHUNK):
        lines += chunk.count(b"\n") or chunk.count(b"\r")
        try:
            if utf8:
                utf8.decode(chunk)
        except UnicodeDecodeError:
            utf8 = None
    file.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", True, lines
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 > len(head):
        return ("utf-16-be" if even > odd else "utf-16-le"), False, lines
    try:
        utf8 = utf8 and utf8.decode(b"", True) == ""
    except UnicodeDecodeError:
        utf8 = None
    return ("utf-8-sig", True, lines) if utf8 else ("cp1252", False, lines)


def beginning(file: Any, encoding: str) -> str:
    text: str = file.read(CHUNK).decode(encoding, "replace")
    file.seek(0)
    return text


def is_table(text: str) -> bool:
    """Tell whether the beginning of a file can be that of a table: readable signs, and no markup."""
    if text.lstrip("\ufeff \t\r\n").startswith(MARKED_UP):
        return False
    unreadable = sum(unicodedata.category(sign) in {"Cc", "Cn", "Co", "Cs"} for sign in text if sign not in LINE_SIGNS)
    return unreadable <= max(FEW_NOT_TEXT, len(text) // SHARE_NOT_TEXT)


def separator_of(text: str) -> str:
    """Return the separator by which the most of the first lines have as many values as the first, and more than one."""

    def weight(separator: str) -> tuple[int, int]:
        found = [
            values for _line, values, _why in islice(csvlines.records(io.StringIO(text, newline=""), separator), 20)
        ]
        width = len(found[0]) if found else 0
        return (sum(len(values) == width for values in found), width) if width > 1 else (0, 0)

    return max(SEPARATORS, key=weight)


def lines(file: Any, layout: Layout, columns: Set[str] = frozenset()) -> Iterator[Cells]:
    """Yield the lines of a file under its header. A line that cannot be read is yielded with what is wrong with it.

    Raises ``Invalid`` for a file without one of ``columns``, without a header, and where it breaks off.
    """
    if layout.format == "json":
        yield from objects(file, columns)
        return
    header: list[str] = []
    for number, values, reason in rows(file, layout):
        if not header:
            if reason:
                raise Invalid(_("The first line is not a header of CSV."))
            header = checked(values, columns)
        elif reason:
            yield broken(number, reason)
        elif [value.strip() for value in values[: len(header)]] == header:
            yield broken(number, _("repeats the header"))
        elif len(values) != len(header) and not (layout.format == "xlsx" and len(values) < len(header)):
            yield broken(number, _("has %(found)d values; %(wanted)d are expected") % counts(values, header))
        else:
            yield Cells(number, dict(zip(header, values, strict=False)))
    if not header:
        raise Invalid(_("The file is empty."))


def objects(file: Any, columns: Set[str]) -> Iterator[Cells]:
    """Yield the records of a JSON file. A record says what it says: what others have beside that is empty in it."""
    found = jsonrecords.records(file)
    first = list(islice(found, SAMPLED))
    checked(names_in(first), columns)
    for number, values, reason in chain(first, found):
        yield broken(number, reason) if reason else Cells(number, values)


def names_in(records: list[tuple[int, dict[str, str], str]]) -> list[str]:
    """Return the names of the columns that these records have, in the order in which they come up."""
    return list(dict.fromkeys(name for _number, values, _why in records for name in values))[:MOST_COLUMNS]


def header(file: Any, layout: Layout) -> list[str]:
    """Return the names of a file's columns; raises ``Invalid`` where it has none."""
    if layout.format == "json":
        return checked(names_in(list(islice(jsonrecords.records(file), SAMPLED))), frozenset())
    for _number, values, reason in rows(file, layout):
        if not reason:
            return checked(values, frozenset())
        break
    raise Invalid(_("The first line is not a header of CSV."))


def rows(file: Any, layout: Layout) -> Iterator[tuple[int, list[str], str]]:
    if layout.format == "xlsx":
        return ((number, values, "") for number, values in Book(file).rows(layout.sheet))
    # Bytes that are no UTF-8 become lone surrogates and others U+FFFD: both are refused value by value, with line and
    # column, and so is what does not end as it should.
    errors = "surrogateescape" if layout.encoding.startswith("utf-8") else "replace"
    text = io.TextIOWrapper(file, layout.encoding, errors=errors, newline="")
    return csvlines.records(text, layout.separator)


def checked(row: list[str], columns: Set[str]) -> list[str]:
    """Return the names of the columns; raises ``Invalid`` where one of ``columns`` is missing, or stands twice."""
    header = [name.strip() or _("(column %d)") % (number + 1) for number, name in enumerate(row)]
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
