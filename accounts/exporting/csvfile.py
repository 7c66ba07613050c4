"""CSV after RFC 4180, in chunks: by ``COPY`` from PostgreSQL, row by row elsewhere. Both give the same bytes."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from itertools import islice

from django.core.exceptions import EmptyResultSet
from django.db import DataError, connection, transaction

from accounts.exporting.columns import Export, Selection, Telling, statements, tellers
from accounts.exporting.guard import guarded

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the machine's own code page."""
READ = 2000
WRITTEN = 1000
"""Rows that are read, and written, at a time: of the status log, a quarter of a megabyte."""

Chunk = tuple[bytes, Mapping]
"""Bytes, and how many of their rows are whose, by the client's id."""


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
    yield {}
    with each_row(export, selection) as rows:
        while batch := list(islice(rows, written)):
            yield (
                lines([reader(row) for reader in read] for row in batch).encode(),
                Counter(row[0] for row in batch),
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

    Where they may be of several clients, each line begins with a number for its client, in as many digits as that
    takes; here it is cut off again and counted.
    """
    try:
        statement, width = statement_of(export, selection, telling)
    except EmptyResultSet:
        statement, width = None, 0
    yield {}
    if statement is None:
        return
    whose = selection.client_ids
    with transaction.atomic(), connection.cursor() as cursor:
        in_zone = "SELECT set_config('TimeZone', %s, true), set_config('DateStyle', 'ISO', true)"
        cursor.execute(in_zone, [str(telling.zone)])
        with cursor.copy(statement) as copy:
            for piece, counts in collected(copy, width, written):
                yield with_line_ends(piece, sum(counts.values())), {whose[int(at)]: n for at, n in counts.items()}
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [connection.timezone_name])


def collected(rows, width, written):
    """Yield ``written`` rows at a time as one piece, and how many of them begin with which digits.

    A row is put behind the others as it comes and is forgotten: a thousand objects that are kept, each in sight of the
    garbage collector, take more time than all the rest that is done here.
    """
    piece, number = bytearray(), 0
    if not width:
        for row in rows:
            piece += row
            number += 1
            if number == written:
                yield piece, {0: number}
                piece, number = bytearray(), 0
        if number:
            yield piece, {0: number}
        return
    counts: Counter = Counter()
    for row in rows:
        piece += row[width + 1 :]
        counts[bytes(row[:width])] += 1
        number += 1
        if number == written:
            yield piece, counts
            piece, number, counts = bytearray(), 0, Counter()
    if number:
        yield piece, counts


def with_line_ends(piece, rows):
    """Return whole rows with the line ends of RFC 4180; PostgreSQL ends a line with a line feed alone."""
    ended = piece.replace(b"\n", b"\r\n")
    if len(ended) - len(piece) == rows:
        return bytes(ended)
    # A cell holds line feeds of its own. Every second part between quotes is in a cell; those stay as they are.
    parts = bytes(piece).split(b'"')
    parts[::2] = [part.replace(b"\n", b"\r\n") for part in parts[::2]]
    return b'"'.join(parts)


def statement_of(export, selection, telling):
    """Return the ``COPY`` with its values bound by the driver, and how many digits tell the client of a row, if any."""
    fields, client_ids = export.fields(selection), selection.client_ids
    inner, inner_params = selection.rows.order_by().values_list(*fields).query.sql_with_params()
    columns, params, width = [], [], 0
    if len(client_ids) > 1:
        width = len(str(len(client_ids)))
        owners = {str(client_id): f"{index:0{width}}" for index, client_id in enumerate(client_ids)}
        columns, params = ["%s::jsonb ->> r.f0::text"], [json.dumps(owners)]
    for sql, values in statements(export, selection, telling):
        columns.append(sql)
        params += values
    named = ", ".join(f"{sql} AS c{index}" for index, sql in enumerate(columns))
    first = len(columns) - len(export.columns)
    quoted = ", ".join(f"c{first + index}" for index, column in enumerate(export.columns) if not column.is_number)
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
