"""The columns of a list that can be taken away. Each cell is told twice, side by side: in SQL for PostgreSQL, where a
million of them leave by ``COPY``, and in Python for SQLite and for XLSX. A test holds both to the same bytes.

``names`` maps the fields of a row to what they are called in the SQL, or to their places in a tuple. Values are
parameters; what stands in the SQL itself is ours.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from accounts.codes import readable
from accounts.exporting.guard import guarded, guarded_sql

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

BETWEEN = "\x1f"
"""What stands between the parts of a key."""
LENGTH = len("2026-11-02T15:00:00+05:30")

Read = Callable[[tuple], str | int | None]
Statement = tuple[str, list]


@dataclass(frozen=True)
class Telling:
    """For whom an export is told. The language is the one in force when ``reader`` and ``sql`` are called."""

    client_ids: tuple
    zone: tzinfo


@dataclass(frozen=True)
class Text:
    """Text of whatever kind: it passes the guard."""

    field: str

    @property
    def fields(self):
        return (self.field,)

    def reader(self, names: Mapping, telling: Telling) -> Read:
        place = names[self.field]
        return lambda row: row[place] or ""

    def sql(self, names: Mapping, telling: Telling) -> Statement:
        return f"CASE WHEN {names[self.field]} > '' THEN {guarded_sql(names[self.field])} ELSE '' END", []


@dataclass(frozen=True)
class Identifier(Text):
    """A UUID: by its form never a formula."""

    def reader(self, names, telling):
        place = names[self.field]
        return lambda row: "" if row[place] is None else str(row[place])

    def sql(self, names, telling):
        return f"COALESCE({names[self.field]}::text, '')", []


@dataclass(frozen=True)
class Number(Text):
    """A whole number. It stays one, also a negative one; none is an empty cell."""

    def reader(self, names, telling):
        place = names[self.field]
        return lambda row: row[place]

    def sql(self, names, telling):
        return names[self.field], []


@dataclass(frozen=True)
class Time(Text):
    """A time as ISO 8601 writes it, to the second, in the time zone of whoever asks: ``2026-11-02T15:00:00+05:30``."""

    def reader(self, names, telling):
        place = names[self.field]
        # Before 1972 some zones were off by seconds. ISO 8601 has none, and PostgreSQL leaves them out too.
        return lambda row: (
            "" if row[place] is None else row[place].astimezone(telling.zone).isoformat(timespec="seconds")[:25]
        )

    def sql(self, names, telling):
        # The session's time zone is that of whoever asks. PostgreSQL writes +01 for +01:00, and the seconds by which
        # zones were off before 1972: what is put behind the one cuts the other off. This costs half of to_char.
        text = f"replace(date_trunc('second', {names[self.field]})::text, ' ', 'T')"
        return f"COALESCE(left({text} || ':00', {LENGTH}), '')", []


def as_it_is(code: str) -> str:
    return code


@dataclass(frozen=True)
class Word:
    """What stands in a row as a code, in words.

    ``words`` is function(client_ids) that returns ``{code: word}``, or ``{(code, code): word}`` for a word that takes
    several fields; it is asked once for a file, so that its words are guarded once. ``otherwise`` words a code that it
    does not know, from the last field.
    """

    fields: tuple[str, ...]
    words: Callable[[tuple], Mapping]
    otherwise: Callable[[str], str] = as_it_is

    def spoken(self, telling: Telling) -> dict[str, str]:
        return {key_of(key): str(word) for key, word in self.words(telling.client_ids).items()}

    def reader(self, names: Mapping, telling: Telling) -> Read:
        words, places = self.spoken(telling), [names[field] for field in self.fields]
        last, otherwise = places[-1], self.otherwise

        def read(row):
            values = tuple(row[place] for place in places)
            if None in values:
                return ""
            found = words.get(key_of(values))
            return otherwise(as_key(row[last])) if found is None else found

        return read

    def sql(self, names: Mapping, telling: Telling) -> Statement:
        words = {key: guarded(word) for key, word in self.spoken(telling).items()}
        columns = [f"{names[field]}::text" for field in self.fields]
        key = f" || '{BETWEEN}' || ".join(columns)
        code = columns[-1]
        if self.otherwise is readable:
            code = f"replace(replace({code}, '_', ' '), '.', ' ')"
            code = f"upper(left({code}, 1)) || lower(substr({code}, 2))"
        return f"COALESCE(%s::jsonb ->> ({key}), {guarded_sql(f'({code})')}, '')", [json.dumps(words)]


def key_of(key: Any) -> str:
    return BETWEEN.join(map(as_key, key)) if isinstance(key, tuple) else as_key(key)


def as_key(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Told:
    """What only Python can tell, such as a masked address. An export with such a column does not leave by ``COPY``.

    ``telling`` is function(client_ids), asked once for a file, that returns function(values of the fields) -> text.
    """

    fields: tuple[str, ...]
    telling: Callable[[tuple], Callable[..., str]]

    def reader(self, names: Mapping, telling: Telling) -> Read:
        places, tell = [names[field] for field in self.fields], self.telling(telling.client_ids)
        return lambda row: tell(*(row[place] for place in places))


@dataclass(frozen=True)
class Column:
    code: str
    """its name on record"""
    heading: "StrOrPromise"
    cell: Text | Word | Told

    @property
    def is_number(self) -> bool:
        return isinstance(self.cell, Number)


@dataclass(frozen=True)
class Selection:
    """What is taken away: the rows of the screen in its order, whose they are, and the filter in codes.

    ``clients`` are those whose rows may be in it, ``filters`` are kept on record and find the same rows again.
    """

    rows: QuerySet
    clients: list
    filters: dict

    @property
    def client_ids(self) -> tuple:
        return tuple(client.pk for client in self.clients)

    @property
    def order(self) -> list[str]:
        return [str(name) for name in self.rows.query.order_by]

    def count_to(self, limit: int) -> int:
        """Return how many rows there are, counted up to ``limit`` and no further."""
        return len(self.rows.order_by().values_list("pk")[:limit])


@dataclass(frozen=True)
class Export:
    """A list that can be taken away.

    ``select`` is function(user, data) that returns the ``Selection`` which the page of the list would show with the
    filter ``data``, of the clients where ``user`` may export. It raises ``Http404`` where that is nowhere, ``Invalid``
    for a filter that cannot be used. ``in_words`` is function(clients) that returns function(filters),
    which tells the filter on record as ``[(what, word), ...]``; ``page`` names the URL of the list.
    """

    code: str
    label: "StrOrPromise"
    columns: tuple[Column, ...]
    select: Callable[[Any, Mapping], Selection]
    in_words: Callable[[list], Callable[[dict], list]]
    page: str
    client_field: str = "client_id"

    def fields(self, selection: Selection) -> list[str]:
        """Return the fields that a row must have: the client's first, then what columns and order name."""
        named = [field for column in self.columns for field in column.cell.fields]
        order = [name.lstrip("-") for name in selection.order]
        return list(dict.fromkeys([self.client_field, *named, *order]))

    def headings(self) -> list[str]:
        return [str(column.heading) for column in self.columns]

    @property
    def is_copied(self) -> bool:
        return not any(isinstance(column.cell, Told) for column in self.columns)


def tellers(export: Export, selection: Selection, telling: Telling) -> list[Read]:
    """Return, for each column, function(row) that tells its cell; rows are tuples of ``export.fields``."""
    names = {field: place for place, field in enumerate(export.fields(selection))}
    return [column.cell.reader(names, telling) for column in export.columns]


def statements(export: Export, selection: Selection, telling: Telling) -> Iterator[Statement]:
    """Yield, for each column, the SQL of its cell, guarded; the row is called ``r`` and its fields ``f0, f1, ...``.

    Where all rows are of one client, it stands there as itself, so that its words are found once and not in each row.
    """
    names = {field: f"r.f{place}" for place, field in enumerate(export.fields(selection))}
    if len(selection.client_ids) == 1:
        names[export.client_field] = f"'{selection.client_ids[0]}'::uuid"
    for column in export.columns:
        if isinstance(column.cell, Told):
            raise TypeError(f"{column.code} cannot be told in SQL")
        yield column.cell.sql(names, telling)
