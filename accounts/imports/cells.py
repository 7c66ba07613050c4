"""One line of a file, read value by value. All that is wrong with it is collected, so that it is mended once."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from accounts import masking, money
from accounts.imports import dates

UNKNOWN = "\ufffd"
"""What stands for bytes that the file's encoding does not have."""
YES, NO = frozenset({"yes", "y", "true", "t", "1"}), frozenset({"no", "n", "false", "f", "0"})
Day = TypeVar("Day", date, datetime)


class Numeric(str):
    """A number that the file itself keeps as one, as a spreadsheet does: digits with a decimal point."""

    __slots__ = ()


class Unreadable(str):
    """What stands where a cell has no value that can be used; ``str`` of it is why, as the end of a sentence."""

    __slots__ = ()


@dataclass(frozen=True)
class Written:
    """How a file writes its values. "" stands for what was not declared, and then nothing is guessed."""

    date_format: str = dates.ISO
    time_zone: str = ""
    decimal: str = ""

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "Written":
        return cls(*(settings.get(name, "") for name in ("date_format", "time_zone", "decimal")))


class Cells:
    """The values of one line by column. Messages never repeat a value: it may be somebody's personal data.

    ``names`` says what the file calls a column, for whoever reads the messages.
    """

    def __init__(
        self, line: int, values: dict[str, str], names: dict[str, str] | None = None, written: Written | None = None
    ):
        self.line = line
        self.values = values
        self.names = names or {}
        self.written = written or Written()
        self.problems: list[tuple[str, str]] = []
        self.notes: list[tuple[str, str]] = []

    def note(self, column: str, words: str) -> None:
        """Say something about a line that is taken all the same."""
        self.notes.append((self.names.get(column, column), words))

    def refuse(self, column: str, reason: str) -> None:
        self.problems.append((self.names.get(column, column), reason))

    def mapped(self, columns: dict[str, str], written: Written) -> "Cells":
        """Return the same line by field; ``columns`` says which column of the file feeds which field."""
        found = {field: self.values.get(name, "") for field, name in columns.items()}
        line = Cells(self.line, found, columns, written)
        line.problems, line.notes = self.problems, self.notes
        for field, value in found.items():
            if isinstance(value, Unreadable):
                line.refuse(field, str(value))
                found[field] = ""
        return line

    def text(self, column: str, longest: int, *, required: bool = False) -> str:
        """Return a text on one line, such as an address that was written on three.

        A card number in it is cut to its last four digits, and the line says so; what is required names something, and
        nothing is named by a card number.
        """
        value = " ".join(self.values.get(column, "").split())
        if any(unicodedata.category(sign) in {"Cc", "Cs"} or sign == UNKNOWN for sign in value):
            self.refuse(column, _("has a character in it that no text may have"))
        elif len(value) > longest:
            self.refuse(column, _("is longer than %d characters") % longest)
        elif required and not value:
            self.refuse(column, _("is missing"))
        else:
            return self.without_cards(column, value, is_name=required)
        return ""

    def without_cards(self, column: str, value: str, *, is_name: bool) -> str:
        masked, found = masking.mask_card_numbers(value, is_name=is_name)
        if found and is_name:
            self.refuse(column, _("looks like a card number, and none is ever kept here"))
            return ""
        if found:
            self.note(column, _("held a card number; only its last four digits were kept"))
        return masked

    def choice(self, column: str, choices: dict[str, str], default: str | None = None) -> str:
        """Return what the value stands for in ``choices``; ``default`` is for an empty one, where it may be empty."""
        value = self.values.get(column, "").strip()
        if not value and default is not None:
            return default
        if value not in choices:
            self.refuse(column, _("is not one of: %s") % ", ".join(choices))
        return choices.get(value, "")

    def whole(self, column: str, most: int) -> int:
        value = self.values.get(column, "").strip()
        if not (value.isascii() and value.isdigit()) or len(value) > 18 or int(value) > most:
            self.refuse(column, _("is not a whole number from 0 to %d") % most)
            return 0
        return int(value)

    def amount(self, column: str, currency: str, default: int | None = None) -> int:
        """Return an amount in minor units of ``currency``; ``default`` is for an empty one, where it may be empty."""
        value = self.values.get(column, "").strip()
        if not value and default is not None:
            return default
        try:
            return money.parse(self.with_point(column, value), currency)
        except (ValueError, OverflowError):
            self.refuse(column, _("is not an amount of money such as 29.85"))
            return 0

    def with_point(self, column: str, value: str) -> str:
        """Return an amount without thousands set apart, where the decimal sign was declared."""
        sign = self.written.decimal
        if not sign or isinstance(self.values.get(column), Numeric):
            return value
        other = "." if sign == "," else ","
        if other in value and not re.match(
            rf"\D*\d{{1,3}}({re.escape(other)}\d{{3}})+(?!\d|{re.escape(other)})", value
        ):
            raise ValueError
        return value.replace(other, "")

    def day(self, column: str) -> date | None:
        """Return a date as the file writes dates, or ``None`` for an empty one."""
        return self.dated(column, lambda value: dates.day(value, self.written.date_format))

    def moment(self, column: str) -> datetime | None:
        """Return a time in UTC, read by the file's date format and time zone, or ``None`` for an empty one."""
        return self.dated(column, lambda value: dates.moment(value, self.written.date_format, self.written.time_zone))

    def dated(self, column: str, read: Callable[[str], Day]) -> Day | None:
        value = self.values.get(column, "")
        if not value.strip():
            return None
        try:
            return read(value if isinstance(value, dates.Dated) else value.strip())
        except dates.Unclear as error:
            self.refuse(column, error.args[0])
            return None


def flag(cells: Cells, column: str) -> bool | None:
    """Return what a yes or a no says, ``None`` for an empty value."""
    value = cells.values.get(column, "").strip().casefold()
    if value and value not in YES | NO:
        cells.refuse(column, _("is neither yes nor no"))
    return None if value not in YES | NO else value in YES
