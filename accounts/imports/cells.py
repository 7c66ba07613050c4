"""One line of a file, read value by value. All that is wrong with it is collected, so that it is mended once."""

import unicodedata
from datetime import date

from django.utils.translation import gettext as _

from accounts import money


class Cells:
    """The values of one line by column. Messages never repeat a value: it may be somebody's personal data."""

    def __init__(self, line: int, values: dict[str, str]):
        self.line = line
        self.values = values
        self.problems: list[tuple[str, str]] = []

    def refuse(self, column: str, reason: str) -> None:
        self.problems.append((column, reason))

    def text(self, column: str, longest: int, *, required: bool = False) -> str:
        """Return a text on one line, such as an address that was written on three."""
        value = " ".join(self.values.get(column, "").split())
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in value):
            self.refuse(column, _("has a character in it that no text may have"))
        elif len(value) > longest:
            self.refuse(column, _("is longer than %d characters") % longest)
        elif required and not value:
            self.refuse(column, _("is missing"))
        else:
            return value
        return ""

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
            return money.parse(value, currency)
        except (ValueError, OverflowError):
            self.refuse(column, _("is not an amount of money such as 29.85"))
            return 0

    def day(self, column: str) -> date | None:
        """Return a date written YYYY-MM-DD, or ``None`` for an empty one."""
        value = self.values.get(column, "").strip()
        if not value:
            return None
        try:
            if len(value) == len("2026-11-01"):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.refuse(column, _("is not a date written YYYY-MM-DD"))
        return None
