"""What can be imported. A kind says which fields it has, how a line is read, and how a set of lines is taken.

Each app registers its kinds in ``registries.import_kinds`` from its file ``import_kinds.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from accounts.imports.cells import Cells

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise


@dataclass(frozen=True)
class Field:
    """One thing that a column can say. ``shape`` is "text", "date", "time" or "amount": what must be declared of it.

    ``names`` are headers by which the page suggests a column; ``mask`` is how a sample of it is shown.
    """

    code: str
    label: "StrOrPromise"
    shape: str = "text"
    is_required: bool = False
    names: tuple[str, ...] = ()
    mask: Callable[[str], str] = str
    help: "StrOrPromise" = ""


@dataclass(frozen=True)
class Option:
    """What is declared for a whole file: a word, one of ``choices``, a day (``shape`` "day") or yes and no ("flag").

    Its value is text: a day as YYYY-MM-DD, "yes" for yes, "" for what was left open.
    """

    code: str
    label: "StrOrPromise"
    shape: str = "text"
    choices: tuple[tuple[str, "StrOrPromise"], ...] = ()
    default: str = ""
    help: "StrOrPromise" = ""


@dataclass(frozen=True)
class Context:
    """What an import knows beside its lines. ``source`` is the SHA-256 of the file."""

    client: Any
    actor: Any
    as_of: date
    source: str
    is_dry_run: bool = False
    options: dict[str, str] = field(default_factory=dict)
    """What was declared for the whole file, such as ``currency``."""


class Taker(Protocol):
    """Takes the lines of one import, set by set. It may remember what it has seen, but not rely on it.

    After a worker was killed another begins with a new taker at the set that was not committed.
    """

    def take(self, lines: list[tuple[Cells, Any]]) -> tuple[int, int]:
        """Write a set of up to 500 good lines with what was read from each; return how many were taken and known.

        Called inside a transaction that holds the client's row; all of the set is committed or none. A line that
        cannot be taken is refused with ``cells.refuse`` and counts as neither. A dry run writes nothing. What the
        client has already is known: taking the same file twice changes nothing.
        """

    def finish(self) -> int | None:
        """Do what can only be done when no further line comes. May run twice; not called for an import that ended.

        Whoever looks for what the file does not name returns how many that are, in a dry run too.
        """


@dataclass(frozen=True)
class ImportKind:
    code: str
    label: "StrOrPromise"
    fields: tuple[Field, ...]
    read: Callable[[Cells, Context], Any]
    """From a line to whatever the taker takes; problems are left in the line. Values are found by the field's code."""
    taker: Callable[[Context], Taker]
    taken: "StrOrPromise" = ""
    """What a line becomes, in words: "accounts opened"."""
    known: "StrOrPromise" = ""
    """What a line is that makes nothing new, in words; "known already" unless it is said."""
    absent: "StrOrPromise" = ""
    """What is here and named by no line, in words, of a kind whose taker counts that."""
    listed: str = ""
    """The name of the address of the list that shows what was found, by client and day."""
    options: tuple[Option, ...] = ()
    """What its taker is told of the whole file. It raises ``Invalid`` with the code of one that it cannot go by."""
    is_surveyed: bool = False
    """Its taker looks through the whole file first: ``survey(items)`` is given what was read from every good line."""
