"""Rows as PostgreSQL's COPY reads them: text, a tab between columns, one line for each row.

The driver can do so too, but asks of every value anew how to write it. Here a column says so, and most columns of many
rows hold one value.
"""

import re
from functools import lru_cache
from itertools import islice
from uuid import UUID

import orjson
from django.db import connection, models
from psycopg.types.json import Json, Jsonb

from accounts.ledger import sql

NULL = r"\N"
AT_ONCE = 500
SPECIAL = re.compile(r"[\\\t\n\r]")
ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


def copy(model, rows):
    """Insert rows, each the values of its columns in their order without a key that the database gives."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in sql.insert_fields(model))
    writers, rows = writers_of(model), iter(rows)
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        connection.connection.cursor() as cursor,
        cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as stream,
    ):
        while some := list(islice(rows, AT_ONCE)):
            stream.write(lines(some, writers).encode())


def lines(rows, writers):
    """Return the lines of some rows. A column whose value is one and the same in all of them is written once."""
    columns = [column(values, write) for values, write in zip(zip(*rows, strict=True), writers, strict=True)]
    return "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"


def column(values, write):
    first = values[0]
    if values[-1] is first and len(set(map(id, values))) == 1:
        return [NULL if first is None else write(first)] * len(values)
    return [NULL if value is None else write(value) for value in values]


@lru_cache
def writers_of(model):
    """Return, for each column of a new row, the function that writes a value of it."""
    return [writer_of(field.target_field if field.is_relation else field) for field in sql.insert_fields(model)]


def writer_of(field):
    return next((write for kind, write in WRITERS if isinstance(field, kind)), text)


def text(value):
    """Write anything that says itself what it is; what would end a column or a line is escaped."""
    value = value if type(value) is str else str(value)
    return SPECIAL.sub(lambda found: ESCAPED[found.group()], value) if SPECIAL.search(value) else value


def key(value):
    return value.hex if type(value) is UUID else text(value)


def octets(value):
    return r"\\x" + bytes(getattr(value, "obj", value)).hex()


def truth(value):
    return "t" if value else "f"


def document(value):
    """Write JSON as the wrapper in which Django hands it over would; most of it has a quicker way."""
    if isinstance(value, Json | Jsonb):
        try:
            return text(orjson.dumps(value.obj).decode())
        except TypeError:
            dumped = value.dumps(value.obj)
            return text(dumped if isinstance(dumped, str) else dumped.decode())
    return text(value)


WRITERS = (
    (models.UUIDField, key),
    (models.BooleanField, truth),
    (models.BinaryField, octets),
    (models.JSONField, document),
    ((models.IntegerField, models.DateField), str),
)
