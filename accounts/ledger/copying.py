"""Rows as PostgreSQL's COPY reads them in its binary form: each value as its type receives it, its length before it.

The driver can do so too, but asks of every value anew how to write it. Here a column says so, and a value that many
rows share, as a row and its histories do, is written down once. The form is described in PostgreSQL's manual under
COPY; the server has neither to look for the ends of columns nor to read times and keys out of words.
"""

import json
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain, islice, repeat
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
SIXTEEN = length(16)


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
    """Return the bytes of some rows: of each the number of its columns, and these."""
    columns = [column(values, write) for values, write in zip(zip(*rows, strict=True), writers, strict=True)]
    width = len(columns).to_bytes(2)
    return b"".join(chain.from_iterable(zip(repeat(width, len(rows)), *columns, strict=True)))


def column(values, write):
    """Return how each value of a column is written; one that stands in several rows is written down once."""
    first = values[0]
    if values[-1] is first and len(set(map(id, values))) == 1:
        return repeat(NULL if first is None else write(first), len(values))
    ids = list(map(id, values))
    different = dict(zip(ids, values, strict=True))
    if len(different) > len(values) // 2:
        return [NULL if value is None else write(value) for value in values]
    known = {each: NULL if value is None else write(value) for each, value in different.items()}
    return list(map(known.__getitem__, ids))


@lru_cache
def writers_of(model):
    """Return, for each column of a new row, the function that writes a value of it."""
    return [WRITERS[field.db_type(connection).partition("(")[0]] for field in sql.insert_fields(model)]


def text(value):
    """Write anything that says itself what it is."""
    found = (value if type(value) is str else str(value)).encode()
    return length(len(found)) + found


def octets(value):
    found = value if type(value) is bytes else bytes(getattr(value, "obj", value))
    return length(len(found)) + found


def key(value):
    return SIXTEEN + (value if type(value) is UUID else UUID(str(value))).bytes


def truth(value):
    return b"\0\0\0\1\1" if value else b"\0\0\0\1\0"


def document(value):
    """Write JSON as Django's wrapper would, with or without it; most of it has a quicker way."""
    is_wrapped = isinstance(value, Json | Jsonb)
    try:
        found = orjson.dumps(value.obj if is_wrapped else value)
    except TypeError:
        dumped = value.dumps(value.obj) if is_wrapped else json.dumps(value)
        found = dumped.encode() if isinstance(dumped, str) else dumped
    return length(len(found) + 1) + b"\1" + found


def whole(kind, size):
    """Return what writes whole numbers of so many bytes."""
    pack = Struct(f"!i{kind}").pack
    return lambda value: pack(size, value)


number = whole("q", 8)


def moment(value):
    return number((value - FIRST_MOMENT) // MICROSECOND)


def day(value):
    return DAYS(value.toordinal() - FIRST_DAY)


DAYS = whole("i", 4)
WRITERS = {
    "bigint": number,
    "boolean": truth,
    "bytea": octets,
    "date": day,
    "integer": DAYS,
    "jsonb": document,
    "smallint": whole("h", 2),
    "text": text,
    "timestamp with time zone": moment,
    "uuid": key,
    "varchar": text,
}
"""By the type of the column; PostgreSQL refuses what is not of its length."""
