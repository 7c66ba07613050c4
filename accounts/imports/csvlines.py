"""Records of a CSV file, one at a time: one that cannot be read takes no more than its own line with it.

``csv`` alone would let a quote that is not closed swallow all that follows. Here a record that fails is told by the
line on which it begins, and reading goes on with the line after that one.
"""

import csv
from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext as _

from accounts.imports.limits import LONGEST_CELL, LONGEST_LINE, MOST_LINES


class Numbered:
    """The lines of a text file with their numbers; ``None`` stands for one that is too long to be held."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self._again, self.number = file, list[str | None](), 0

    def next(self) -> str | None:
        """Return the next line, "" at the end of the file."""
        if self._again:
            text: str | None = self._again.pop()
        else:
            text = self._file.readline(LONGEST_LINE)
            if len(text) == LONGEST_LINE and not text.endswith(("\n", "\r")):
                text = None
                self._skip()
        self.number += text != ""
        return text

    def _skip(self) -> None:
        while (more := self._file.readline(LONGEST_LINE)) and not more.endswith(("\n", "\r")):
            pass

    def put_back(self, lines: list[str | None]) -> None:
        self.number -= len(lines)
        self._again.extend(reversed(lines))


def records(file: IO[str], separator: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield for each record that is not empty: the line it begins on, its values, and why it cannot be read or ""."""
    csv.field_size_limit(LONGEST_CELL)
    lines = Numbered(file)
    while (text := lines.next()) != "":
        number = lines.number
        if text is None:
            yield number, [], _("is longer than %d characters") % LONGEST_LINE
            continue
        values, reason = record(lines, text, separator)
        if values or reason:
            yield number, values, reason


def record(lines: Numbered, text: str, separator: str) -> tuple[list[str], str]:
    more: list[str | None] = []

    def feed() -> Iterator[str]:
        yield text
        while len(more) < MOST_LINES and (following := lines.next()) != "":
            more.append(following)
            if following is None:
                return
            yield following

    try:
        return next(csv.reader(feed(), delimiter=separator, strict=True)), ""
    except csv.Error as error:
        lines.put_back(more)
        if "field limit" in str(error):
            return [], _("cannot be read: a value in it is longer than %d characters") % LONGEST_CELL
        return [], _("cannot be read: a quote is not closed, or stands in the middle of a value")
