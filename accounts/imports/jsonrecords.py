"""Records of a JSON file, one at a time, as rows of a table: ``{"data": {"id": 7}}`` has the column "data.id".

A file is a list of objects, an object that holds one under ``data``, ``events``, ``items`` or ``records``, or objects
one after the other (JSON Lines). It is UTF-8 (RFC 8259, 8.1). JSON that breaks has no next line to go on with: what
comes before is taken, and the record where it broke is told.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.imports.cells import Numeric, Unreadable
from accounts.imports.limits import LONGEST_CELL, LONGEST_LINE, MOST_COLUMNS

CHUNK = 64 * 1024
DEEPEST = 12
ENVELOPE = re.compile(r'\s*\{\s*"(?:data|events|items|records)"\s*:\s*\[')
LIST = re.compile(r"\s*\[")
BETWEEN = re.compile(r"[\s,]*")


def not_a_number(word: str) -> Any:
    raise ValueError(word)


DECODER = json.JSONDecoder(parse_int=Numeric, parse_float=Numeric, parse_constant=not_a_number)


def is_json(head: bytes) -> bool:
    """Tell by the first bytes of a file whether it is JSON: no header of a table begins so."""
    return head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[")


class Text:
    """What is ahead in a file, read in pieces."""

    def __init__(self, file: Any) -> None:
        self.file, self.ahead, self.is_over = file, "", False
        self.decode = codecs.getincrementaldecoder("utf-8-sig")().decode

    def more(self) -> bool:
        """Read at least as much as is ahead already; return whether there was anything."""
        chunk = self.file.read(max(CHUNK, len(self.ahead)))
        try:
            self.ahead += self.decode(chunk, not chunk)
        except UnicodeDecodeError:
            raise Invalid(_("The file is not written in UTF-8, as JSON is."), field="file") from None
        self.is_over = not chunk
        return bool(chunk)

    def skip(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self.ahead)
        self.ahead = self.ahead[found.end() :] if found else self.ahead
        return found is not None


def records(file: Any) -> Iterator[tuple[int, dict[str, str], str]]:
    """Yield for each record its number from 1, its values by column, and why it cannot be read or "".

    Raises ``Invalid`` where the file is not JSON, or breaks.
    """
    text = Text(file)
    text.more()
    is_list = text.skip(ENVELOPE) or text.skip(LIST)
    number = 0
    while True:
        text.skip(BETWEEN)
        while not text.ahead and text.more():
            text.skip(BETWEEN)
        if not text.ahead or (is_list and text.ahead.startswith("]")):
            return
        number += 1
        found = one(text, number)
        yield (number, *row(found)) if isinstance(found, dict) else (number, {}, _("is not an object of JSON"))


def one(text: Text, number: int) -> Any:
    """Return the next value of a file."""
    while True:
        try:
            found, end = DECODER.raw_decode(text.ahead)
        except (ValueError, RecursionError):
            if len(text.ahead) > LONGEST_LINE or not text.more():
                raise Invalid(_("The file is not JSON from its record %d on.") % number, field="file") from None
            continue
        # A number at the end of what was read may go on.
        if end == len(text.ahead) and not isinstance(found, dict) and text.more():
            continue
        text.ahead = text.ahead[end:]
        return found


def row(record: dict[str, Any]) -> tuple[dict[str, str], str]:
    values = dict(flat("", record, 0))
    return (values, "") if len(values) <= MOST_COLUMNS else ({}, _("has more than %d values") % MOST_COLUMNS)


def flat(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list) and depth < DEEPEST:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from flat(f"{name}.{key}" if name else str(key), inner, depth + 1)
    else:
        yield name[:200], said(value)


def said(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text: str = value
    return Unreadable(_("is longer than %d characters") % LONGEST_CELL) if len(text) > LONGEST_CELL else text
