"""CSV after RFC 4180, in chunks: by ``COPY`` from PostgreSQL, row by row elsewhere. Both give the same bytes."""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext
from itertools import islice

from django.core.exceptions import EmptyResultSet
from django.db import DataError, connection, transaction

from accounts.exporting.columns import Export, Selection, Telling, statements, tellers
from accounts.exporting.guard import guarded

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the machine's own code page."""
READ = 2000
WRITTEN = 500
"""Rows that are read, and written, at a time."""

Chunk = tuple[bytes, list]
"""Bytes, and for each of their rows whose it is: the client's id."""


def cell(value: str | int | None) -> str:
    """Return a cell: text in quotes and guarded, a number as it is, nothing for none."""
    if isinstance(value, str):
        return '"' + guarded(value).replace('"', '""') + '"'
    return "" if value is None else str(value)


def lines(cells: Iterable[Iterable[str | int | None]]) -> str:
    return "".join(",".join(map(cell, line)) + "\r\n" for line in cells)


def chunks(export: Export, selection: Selection, telling: Telling, written: int = WRITTEN) -> Iterator[Chunk]:
    """Yield the file: its header, then ``written`` rows at a time, in memory that does not grow.

    The language in force when the header is asked for is that of the whole file.
    """
    by_copy = connection.vendor == "postgresql" and export.is_copied and knows_zone(telling)
    rows = copied(export, selection, telling, written) if by_copy else told(export, selection, telling, written)
    header = (BOM + lines([export.headings()])).encode()
    prepared = next(rows)
    yield header, prepared
    yield from rows


def told(export, selection, telling, written):
    """Yield once when the words are ready, then the rows as Python tells them."""
    read = tellers(export, selection, telling)
    yield []
    with each_row(export, selection) as rows:
        while batch := list(islice(rows, written)):
            yield (
                lines([reader(row) for reader in read] for row in batch).encode(),
                [row[0] for row in batch],
            )


@contextmanager
def each_row(export, selection):
    """Give an iterator over the rows, as tuples of ``export.fields``, from a cursor that the server keeps."""
    found = selection.rows.values_list(*export.fields(selection))
    with reading(), closing(found.iterator(chunk_size=READ)) as rows:
        yield rows


def reading():
    """PostgreSQL streams a cursor inside a transaction only; on SQLite one would keep every writer out."""
    return transaction.atomic() if connection.vendor == "postgresql" else nullcontext()


def copied(export, selection, telling, written):
    """Yield once when the words are ready, then the rows as PostgreSQL tells them.

    Before each line stands which client's it is, in as many digits as that takes; here it is cut off again and counted.
    """
    try:
        statement, width = statement_of(export, selection, telling)
    except EmptyResultSet:
        statement, width = None, 0
    yield []
    if statement is None:
        return
    owners = {b"%0*d" % (width, index): client_id for index, client_id in enumerate(selection.client_ids)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [str(telling.zone)])
        with cursor.copy(statement) as copy:
            while batch := list(islice(copy, written)):
                yield with_line_ends(batch, width + 1), [owners[bytes(row[:width])] for row in batch]
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [connection.timezone_name])


def with_line_ends(batch, start):
    """Return the rows as one piece; PostgreSQL ends a line with a line feed alone."""
    joined = b"".join([row[start:] for row in batch])
    if joined.count(b"\n") == len(batch):
        return joined.replace(b"\n", b"\r\n")
    return b"".join([bytes(row[start:-1]) + b"\r\n" for row in batch])


def statement_of(export, selection, telling):
    """Return the ``COPY`` with its values bound by the driver, and how many digits tell the client of a row."""
    fields, client_ids = export.fields(selection), selection.client_ids
    inner, inner_params = selection.rows.order_by().values_list(*fields).query.sql_with_params()
    width = len(str(len(client_ids)))
    owners = {str(client_id): f"{index:0{width}}" for index, client_id in enumerate(client_ids)}
    columns, params = ["%s::jsonb ->> r.f0::text"], [json.dumps(owners)]
    if len(owners) == 1:
        columns, params = ["'0'"], []
    for sql, values in statements(export, selection, telling):
        columns.append(sql)
        params += values
    named = ", ".join(f"{sql} AS c{index}" for index, sql in enumerate(columns))
    quoted = ", ".join(f"c{index + 1}" for index, column in enumerate(export.columns) if not column.is_number)
    order = ", ".join(
        f"r.f{fields.index(name.lstrip('-'))}{' DESC' if name.startswith('-') else ''}" for name in selection.order
    )
    names = ", ".join(f"f{place}" for place in range(len(fields)))
    # Names are ours and the inner SQL is the ORM's; values are parameters, which the driver binds.
    query = f"SELECT {named} FROM ({inner}) AS r({names}) ORDER BY {order}"  # noqa: S608
    bound = connection.ops.compose_sql(query, [*params, *inner_params])
    return f"COPY ({bound}) TO STDOUT (FORMAT csv, FORCE_QUOTE ({quoted}))", width


def knows_zone(telling):
    """Tell whether PostgreSQL has this time zone: its tables and Python's need not be of the same year."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT now() AT TIME ZONE %s", [str(telling.zone)])
    except DataError:
        return False
    return True
