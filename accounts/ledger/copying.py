"""Rows as PostgreSQL's COPY reads them in its binary form: each value as its type receives it, its length before it.

The driver can do so too, but asks of every value anew how to write it. Here a column says so, and a value that many
rows share, as a row and its histories do, is written down once. The form is described in PostgreSQL's manual under
COPY; the server has neither to look for the ends of columns nor to read times and keys out of words.
"""

import json
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, islice, repeat
from operator import is_
from struct import Struct
from uuid import UUID

import orjson
from django.db import connection
from psycopg.types.json import Json, Jsonb

from accounts.ledger import sql

AT_ONCE = 500
BEGIN, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
FIRST_MOMENT, FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC), date(2000, 1, 1).toordinal()
MICROSECOND = timedelta(microseconds=1)
length = Struct("!i").pack
SIXTEEN, TRUE, FALSE = length(16), length(1) + b"\1", length(1) + b"\0"


def copy(model, rows):
    """Insert rows, each the values of its columns in their order without a key that the database gives."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in sql.insert_fields(model))
    writers, rows = writers_of(model), iter(rows)
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        connection.connection.cursor() as cursor,
        cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN (FORMAT BINARY)") as stream,
    ):
        stream.write(BEGIN)
        while some := list(islice(rows, AT_ONCE)):
            stream.write(written(some, writers))
        stream.write(END)


def written(rows, writers):
    """Return the bytes of some rows: of each the number of its columns, and these.

    Columns beside each other that are the same in all rows are one piece, with the number of columns before them.
    """
    pieces, same = [], len(writers).to_bytes(2)
    for values, write in zip(zip(*rows, strict=True), writers, strict=True):
        first = values[0]
        if values[-1] is first and all(map(is_, values, repeat(first))):
            same += write([first])[0]
            continue
        if same:
            pieces.append(repeat(same, len(rows)))
            same = b""
        pieces.append(column(values, write))
    if same:
        pieces.append(repeat(same, len(rows)))
    return b"".join(chain.from_iterable(zip(*pieces, strict=True)))


def column(values, write):
    """Return how each value of a column is written; one that stands in several rows is written down once."""
    if write in QUICK:
        return write(values)
    marks = values if write in ALIKE else list(map(id, values))
    different = dict(zip(marks, values, strict=True))
    if len(different) == len(values):
        return write(values)
    known = dict(zip(different, write(different.values()), strict=True))
    return list(map(known.__getitem__, marks))


@lru_cache
def writers_of(model):
    """Return, for each column of a new row, the function that writes many values of it."""
    return [WRITERS[field.db_type(connection).partition("(")[0]] for field in sql.insert_fields(model)]


def words(values):
    """Write anything that says itself what it is."""
    found = [None if value is None else (value if type(value) is str else str(value)).encode() for value in values]
    return [NULL if value is None else length(len(value)) + value for value in found]


def octets(values):
    found = [
        value if type(value) is bytes or value is None else bytes(getattr(value, "obj", value)) for value in values
    ]
    return [NULL if value is None else length(len(value)) + value for value in found]


def keys(values):
    return [
        NULL if value is None else SIXTEEN + (value if type(value) is UUID else UUID(str(value))).int.to_bytes(16)
        for value in values
    ]


def truths(values):
    return [NULL if value is None else TRUE if value else FALSE for value in values]


def documents(values):
    return [NULL if value is None else document(value) for value in values]


def document(value):
    """Write JSON as Django's wrapper would, with or without it; most of it has a quicker way."""
    is_wrapped = isinstance(value, Json | Jsonb)
    try:
        found = orjson.dumps(value.obj if is_wrapped else value)
    except TypeError:
        dumped = value.dumps(value.obj) if is_wrapped else json.dumps(value)
        found = dumped.encode() if isinstance(dumped, str) else dumped
    return length(len(found) + 1) + b"\1" + found


def numbers(form, size):
    """Return what writes whole numbers of so many bytes."""
    pack = Struct(f"!i{form}").pack
    return lambda values: [NULL if value is None else pack(size, value) for value in values]


def moments(values):
    since = [None if value is None else (value - FIRST_MOMENT) // MICROSECOND for value in values]
    return EIGHT(since)


def days(values):
    return FOUR([None if value is None else value.toordinal() - FIRST_DAY for value in values])


EIGHT, FOUR, TWO = numbers("q", 8), numbers("i", 4), numbers("h", 2)
WRITERS = {
    "bigint": EIGHT,
    "boolean": truths,
    "bytea": octets,
    "date": days,
    "integer": FOUR,
    "jsonb": documents,
    "smallint": TWO,
    "text": words,
    "timestamp with time zone": moments,
    "uuid": keys,
    "varchar": words,
}
"""By the type of the column; PostgreSQL refuses what is not of its length."""
QUICK = frozenset({EIGHT, FOUR, TWO, truths})
"""What writes a value as soon as one could look it up."""
ALIKE = frozenset({words, moments, days})
"""What writes equal values alike and can be asked for equal ones at once; of others only the same is alike."""
