"""The XML parts of a workbook: what they say, heard piece by piece, with a bound on everything that is kept.

A part with a document type declaration is refused, so no entity is ever expanded (CWE-776, CWE-611). Texts that cells
share stand in one block of bytes, not as millions of objects.
"""

import re
from array import array
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.imports.cells import Numeric, Unreadable
from accounts.imports.dates import Dated
from accounts.imports.limits import LONGEST_CELL, MOST_COLUMNS

MOST_STYLES = 65_536  # what spreadsheets themselves allow
MOST_LINKS = 2000
MOST_SHEETS = 50
MOST_STRINGS, MOST_STRING_BYTES = 4_000_000, 64 * 1024 * 1024
# ECMA-376 part 1, 18.8.30: the numbers of the built-in formats that show a date.
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(50, 59)}
NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')


class Part:
    """The handlers of one XML part. ``seen`` counts what was heard, so that silence is noticed."""

    def __init__(self) -> None:
        self.seen = 0
        self.text: list[str] | None = None
        self.length = 0

    def parser(self) -> Any:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        return parser

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.seen += 1
        self.start(name.rpartition(":")[2], attributes)

    def _end(self, name: str) -> None:
        self.seen += 1
        self.end(name.rpartition(":")[2])

    def _characters(self, text: str) -> None:
        self.seen += 1
        if self.text is not None and self.length <= LONGEST_CELL:
            self.text.append(text[: LONGEST_CELL + 1 - self.length])
            self.length += len(text)

    def listen(self) -> None:
        self.text, self.length = [], 0

    def heard(self) -> str:
        text, self.text = "".join(self.text or ()), None
        return text

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...


def refuse_doctype(*_declaration: object) -> None:
    raise Invalid(_("The workbook declares entities of its own: it is not read."))


class BookPart(Part):
    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str]] = []
        self.is_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and len(self.sheets) <= MOST_SHEETS:
            link = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            self.sheets.append((attributes.get("name", "")[:100], link))
        elif name == "workbookPr":
            self.is_1904 = attributes.get("date1904") in ("1", "true")


class RelationsPart(Part):
    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and len(self.targets) < MOST_LINKS:
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")


class StylesPart(Part):
    """``styles`` say of each style: "date", how many digits a number has at the least, or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.styles: list[str | int] = []
        self._codes: dict[str, str] = {}
        self._is_within = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.styles) > MOST_STYLES or len(self._codes) > MOST_STYLES:
            raise Invalid(_("The workbook has more styles than a workbook has."))
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:1000]
        elif name == "cellXfs":
            self._is_within = True
        elif name == "xf" and self._is_within:
            self.styles.append(self._shown(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_within = False

    def _shown(self, number: str) -> str | int:
        code = self._codes.get(number)
        if code is None:
            return "date" if number.isdigit() and int(number) in DATE_FORMATS else ""
        if re.fullmatch("0{2,}", code):
            return len(code)
        return "date" if re.search("[dmyhs]", NOT_SHOWN.sub("", code.lower())) else ""


class StringsPart(Part):
    """The texts that cells share, one after the other in one block of bytes."""

    def __init__(self) -> None:
        super().__init__()
        self._block, self._ends = bytearray(), array("Q", [0])
        self._is_sound = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._text, self._size = "", 0
        elif name == "rPh":
            self._is_sound += 1
        elif name == "t" and not self._is_sound:
            self.listen()

    def end(self, name: str) -> None:
        if name == "rPh":
            self._is_sound -= 1
        elif name == "t" and self.text is not None:
            self._text = (self._text + self.heard())[: LONGEST_CELL + 1]
        elif name == "si":
            self._block += self._text.encode("utf-8", "replace")
            self._ends.append(len(self._block))
            if len(self._ends) > MOST_STRINGS or len(self._block) > MOST_STRING_BYTES:
                raise Invalid(_("The workbook has more text in it than can be read. Save it as CSV."))

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self._ends) - 1:
            raise IndexError(index)
        return self._block[self._ends[index] : self._ends[index + 1]].decode()


class SheetPart(Part):
    def __init__(self, strings: StringsPart | None, styles: list[str | int], is_1904: bool) -> None:
        super().__init__()
        self._strings, self._styles, self._is_1904 = strings, styles, is_1904
        self._rows: list[tuple[int, list[str]]] = []
        self._number, self._column = 0, 0
        self._values: list[str] = []
        self._value: str | None = None
        self._kind, self._style, self._is_formula = "", "", False
        self._is_sound = 0

    def take(self) -> list[tuple[int, list[str]]]:
        rows, self._rows = self._rows, []
        return rows

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            number = attributes.get("r", "")
            self._number = int(number) if number.isdigit() and len(number) < 8 else self._number + 1
            self._values = []
            self._column = -1
        elif name == "c":
            self._column = column_of(attributes.get("r", "")) if "r" in attributes else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._value = None
            self._is_formula = False
        elif name == "f":
            self._is_formula = True
        elif name == "rPh":
            self._is_sound += 1
        elif name in ("v", "t") and not self._is_sound:
            self.listen()

    def end(self, name: str) -> None:
        if name == "rPh":
            self._is_sound -= 1
        elif name in ("v", "t") and self.text is not None:
            self._value = ((self._value or "") + self.heard())[: LONGEST_CELL + 1]
        elif name == "c":
            self._keep(self._cell())
        elif name == "row" and any(value.strip() for value in self._values):
            self._rows.append((self._number, self._values))

    def _keep(self, value: str) -> None:
        if value and self._column < MOST_COLUMNS:
            self._values.extend([""] * (self._column + 1 - len(self._values)))
            self._values[self._column] = value

    def _cell(self) -> str:
        value = self._value
        if value is None or (not value and self._kind != "str"):
            return Unreadable(_("is a formula whose result is not in the file")) if self._is_formula else ""
        if self._kind == "s":
            try:
                value = self._strings[int(value)] if self._strings else ""
            except (ValueError, IndexError):
                return Unreadable(_("refers to a text that is not in the file"))
        if self._kind in ("s", "str", "inlineStr"):
            return Unreadable(_("is longer than %d characters") % LONGEST_CELL) if len(value) > LONGEST_CELL else value
        if self._kind == "b":
            return "TRUE" if value.strip() == "1" else "FALSE"
        if self._kind == "e":
            return Unreadable(_("holds an error of the spreadsheet"))
        if self._kind == "d":
            return Dated(value.strip())
        return self._figure(value.strip())

    def _figure(self, text: str) -> str:
        shown = self._styles[int(self._style)] if self._style.isdigit() and int(self._style) < len(self._styles) else ""
        try:
            figure = float(text)
        except ValueError:
            return Unreadable(_("is not a number, and the file says it is one"))
        if shown == "date":
            return date_of(figure, self._is_1904)
        if not abs(figure) < 1e15:
            return Unreadable(_("is a number of more than 15 digits, which a spreadsheet rounds; format it as text"))
        plain = format(Decimal(f"{figure:.15g}"), "f")
        return Numeric(plain.zfill(shown) if isinstance(shown, int) and plain.isdigit() else plain)


def column_of(reference: str) -> int:
    """Return the number of the column of a cell such as "AB12", from 0."""
    letters = re.match("[A-Z]{1,3}", reference)
    if not letters:
        raise Invalid(_("The workbook has a cell that stands nowhere."))
    column = 0
    for letter in letters[0]:
        column = column * 26 + ord(letter) - 64
    return column - 1


def date_of(serial: float, is_1904: bool) -> str:
    """Return what a serial number stands for: days since 1899-12-30, or since 1904-01-01 (ECMA-376 part 1, 18.17.4.1).

    The first system has a 29 February 1900, which there was not; up to it the numbers are one day behind.
    """
    if not is_1904 and (int(serial) == 60 or serial < 1):
        return Unreadable(_("is a date that the calendar does not have"))
    year, month, first = (1904, 1, 1) if is_1904 else (1899, 12, 30 if serial > 60 else 31)
    try:
        if serial < 0:
            raise OverflowError
        day = datetime(year, month, first, tzinfo=UTC) + timedelta(milliseconds=round(serial * 86_400_000))
        return Dated(day.replace(tzinfo=None).isoformat(timespec="milliseconds"))
    except (OverflowError, ValueError):
        return Unreadable(_("is a date that the calendar does not have"))
