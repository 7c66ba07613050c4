"""XLSX through a file: one row in memory at a time, text never as a formula, a number as a number.

Text stands as it is, without the guard's apostrophe: a cell that says it is text is never run. Times are the same text
as in CSV, with their offset, since a date of a spreadsheet has no time zone.
"""

import unicodedata

import xlsxwriter

from accounts.exporting.columns import Export, Selection, Telling, tellers
from accounts.exporting.csvfile import each_row

ROWS = 1_048_576
"""Rows of one sheet, its header included: the limit of the format."""
NARROWEST, WIDEST = 8, 50
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": False,
}
COUNTED = 1000


class CellTooLong(ValueError):
    """A cell holds more than the format allows; half a cell would be a lie."""


def write(file, export: Export, selection: Selection, telling: Telling, *, folder: str, rows_a_sheet: int = ROWS):
    """Write the workbook to ``file``; yield the client ids of each thousand rows as they are written.

    ``folder`` takes the parts until they are put together. The workbook is there only once this has come to its end.
    """
    book = xlsxwriter.Workbook(file, OPTIONS | {"tmpdir": folder})
    book.set_properties({"title": str(export.label)})
    bold = book.add_format({"bold": True})
    read, headings = tellers(export, selection, telling), export.headings()
    sheet, counted = Sheet(book, export, headings, bold), []
    with each_row(export, selection) as rows:
        for number, row in enumerate(rows):
            place = number % (rows_a_sheet - 1)
            if number and not place:
                sheet.finish()
                sheet = Sheet(book, export, headings, bold)
            sheet.add(place + 1, [reader(row) for reader in read])
            counted.append(row[0])
            if len(counted) == COUNTED:
                yield counted
                counted = []
    sheet.finish()
    yield counted
    book.close()


class Sheet:
    """One sheet with its header, which stays in sight and filters the rows under it."""

    def __init__(self, book, export, headings, bold):
        number = len(book.worksheets()) + 1
        name = sheet_name(str(export.label))
        self.sheet = book.add_worksheet(name if number == 1 else f"{name} {number}")
        self.widths, self.last = [NARROWEST] * len(headings), 0
        self.sheet.freeze_panes(1, 0)
        for place, heading in enumerate(headings):
            self.text(0, place, heading, bold)

    def add(self, number, cells):
        self.last = number
        for place, value in enumerate(cells):
            if isinstance(value, int):
                self.sheet.write_number(number, place, value)
            elif value:
                self.text(number, place, value)

    def text(self, number, place, value, form=None):
        if self.sheet.write_string(number, place, value, form):
            raise CellTooLong(f"Row {number}, column {place}")
        if self.widths[place] < WIDEST:
            self.widths[place] = max(self.widths[place], min(shown_width(value), WIDEST))

    def finish(self):
        self.sheet.autofilter(0, 0, self.last, len(self.widths) - 1)
        for place, width in enumerate(self.widths):
            self.sheet.set_column(place, place, width + 2)


def shown_width(text: str) -> int:
    """Return how many columns a text takes: a wide sign, as in Chinese, takes two."""
    return len(text) if text.isascii() else sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)


def sheet_name(label: str) -> str:
    """Return a name that a sheet may have: without ``[]:*?/\\\\``, no apostrophe at an end, 28 signs at the most."""
    return "".join(sign for sign in label if sign not in "[]:*?/\\\\").strip("' ")[:28] or "Sheet"
