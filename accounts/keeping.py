"""Statements that the ORM writes once, kept as text, and what their values are each time they are sent.

The ORM takes a millisecond to write a statement, PostgreSQL as long to plan one, and a page sends a dozen. What differs
from one person to another is which clients, which login, which person and when. So the ORM is given stand-ins in these
places; every other value becomes a constant of the text, because only then are partial indexes used.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone
from django_scopes import scope
from psycopg import sql as psycopg_sql

CLIENT, LOGIN, PERSON = (
    UUID(f"00000000-0000-4000-8000-{place.encode().hex()}") for place in ("client", "login.", "person")
)
NOW = datetime(3000, 1, 1, tzinfo=UTC)
"""The time of a stand-in; what lies within a year of it is some time before or after now."""


def written(rows, *, client="", constants=True, others=()):
    """Return the statement of a queryset, with ``%s`` for each place, and the places; "" where it finds nothing.

    ``rows`` is function() that returns the queryset. ``client`` is SQL that gives the id of one client; without it the
    statement takes all ids as one array. ``constants`` says that no value was typed by somebody; what may have been
    stays a parameter, and stands among the places as it is. ``others`` are further places.
    """
    with scope(client=None):
        try:
            text, params = rows().query.sql_with_params()
        except EmptyResultSet:
            return "", []
    beginning, *parts = parted(text)
    places = []
    for param, part in zip(map(unwrapped, params), parts, strict=True):
        if param == CLIENT and client:
            beginning += client + part
        elif is_place(param, others):
            if param == CLIENT or beginning.endswith(" IN ("):
                # The ORM writes IN (...) for a list of one.
                assert beginning.endswith(" IN ("), text
                beginning = beginning.removesuffix(" IN (") + " = ANY("
            places.append(param)
            beginning += "%s" + part
        elif constants:
            beginning += literal(param) + part
        else:
            places.append(param)
            beginning += "%s" + part
    return beginning, places


def parted(text):
    """Return the pieces of a statement between its places ``%s``; ``%%`` is one sign, whatever letter follows it."""
    pieces = [""]
    for piece in re.split("(%%|%s)", text):
        if piece == "%s":
            pieces.append("")
        else:
            pieces[-1] += piece
    return pieces


def literal(value):
    # The member of an enumeration is not of the type of its words, and the driver would write its name.
    plain = str.__str__(value) if isinstance(value, str) else value
    return psycopg_sql.Literal(plain).as_string(None).replace("%", "%%")


def unwrapped(param):
    """Return the bytes that the ORM has wrapped for the driver."""
    return param.obj if isinstance(param, psycopg.Binary) else param


def is_place(param, others=()):
    return param in (CLIENT, LOGIN, PERSON, *others) or is_time(param)


def is_time(param):
    return isinstance(param, datetime) and abs(param - NOW) < timedelta(days=365)


@dataclass(frozen=True)
class Statement:
    """A text with ``$1``, ``$2`` for its places, each of them once: fifty ids in ten places are sent one time."""

    text: str
    places: tuple[Any, ...]

    @classmethod
    def of(cls, text: str, places: Iterable[Any]) -> "Statement":
        places = list(places)
        once = list(dict.fromkeys(places))
        beginning, *parts = parted(text)
        for place, part in zip(places, parts, strict=True):
            beginning += f"${once.index(place) + 1}{part}"
        return cls(beginning.replace("%%", "%"), tuple(once))

    def ask(self, known: Mapping[Any, Any], *, binary: bool = False) -> list[tuple[Any, ...]]:
        """Return the rows; ``known`` holds the value of each place but times, which are before or after now.

        ``binary`` has times and bytes sent as they are, which is read in a fraction of the time. Not for JSON: Django
        reads that out of its text.
        """
        return ask(self.text, values(self.places, known), binary=binary)


def values(places, known):
    """Return the parameters for these places; what is no place stands for itself."""
    at = timezone.now()
    found = [at + (place - NOW) if is_time(place) else known.get(place, place) for place in places]
    return [array(value) if isinstance(value, list) else value for value in found]


def array(found):
    """Return a list of keys, words or bytes as PostgreSQL writes an array: the driver takes ten times as long."""
    if found and isinstance(found[0], bytes):
        return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in found]) + "}"
    if found and isinstance(found[0], str):
        return "{" + ",".join(['"' + value.replace("\\", r"\\").replace('"', r"\"") + '"' for value in found]) + "}"
    return "{" + ",".join([value.hex for value in found]) + "}"


def ask(text: str, params: list[Any], *, binary: bool = False) -> list[tuple[Any, ...]]:
    """Return the rows of one statement of PostgreSQL's own, with ``$1`` for the first parameter.

    The driver has nothing to look for in the text, and the server plans it once for a connection.
    """
    database = connections[DEFAULT_DB_ALIAS]  # what ``connection`` looks up for each of its attributes
    database.ensure_connection()
    database.validate_no_broken_transaction()
    if database.queries_logged:
        database.queries_log.append({"sql": text, "time": "0"})
    with database.wrap_database_errors:
        return psycopg.RawCursor(database.connection).execute(text.encode(), params, binary=binary).fetchall()
