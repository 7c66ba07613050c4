"""The changes of many accounts in one transaction, in as many statements as the longest of them needs.

What each change recorded is kept in its own order, and one account's order says nothing about another's. So all that
stands first and has the same shape is sent at once: rows by COPY, updates as one statement over their values. The
guards look at every row, as always. What nothing waits for, such as the rows of the history tables, is sent at the end.
"""

from collections import Counter, deque
from itertools import chain, islice

from django.db import connection, connections

from accounts.ledger import sql
from accounts.models import ImportedEvent, ImportedRecord, OutboxEvent

# SQLite takes 32,766 parameters in one statement (its documentation of limits, number 9).
MAX_PARAMS = 32_000


def run(changes):
    """Write what these changes of different chains have recorded, all in the transaction that is open.

    Raises ``sql.RowMoved`` where an update met another row than the one that was read.
    """
    queues, late = [], []
    for change in changes:
        first, last = parted(change.finish())
        queues.append(deque(first))
        late.append(deque(last))
    send(queues)
    send(late)


def parted(statements):
    """Return what must stand in its order, and what may come at the end."""
    first, last = [], []
    for statement in statements:
        (last if may_wait(statement.shape) else first).append(statement)
    return first, last


def may_wait(shape):
    """Rows that no guard and no later statement of a change looks at."""
    if not isinstance(shape, sql.Insert):
        return False
    return shape.model in (OutboxEvent, ImportedEvent, ImportedRecord) or hasattr(shape.model, "history_type")


def send(queues):
    queues = [queue for queue in queues if queue]
    while queues:
        shape = Counter(queue[0].shape for queue in queues).most_common(1)[0][0]
        found = []
        for queue in queues:
            while queue and queue[0].shape == shape:
                found.append(queue.popleft())
                if isinstance(shape, sql.Update):
                    break
        execute(found)
        queues = [queue for queue in queues if queue]


def execute(statements):
    """Execute statements of one shape, each about another row."""
    shape = statements[0].shape
    if len(statements) == 1:
        sql.run(statements)
    elif isinstance(shape, sql.Insert):
        rows = chain.from_iterable(map(rows_of, statements))
        if connection.vendor == "postgresql":
            copy(shape.model, rows)
        else:
            sql.run(list(inserts(shape, rows)))
    elif connection.vendor == "postgresql":
        update(shape, statements)
    else:
        sql.run(statements)


def rows_of(statement):
    """Yield the values of each row that an insert brings."""
    width = len(statement.params) // statement.rows
    for start in range(0, len(statement.params), width):
        yield statement.params[start : start + width]


def inserts(shape, rows):
    """Yield statements that insert these rows, as many in one as the database takes."""
    size = MAX_PARAMS // len(sql.insert_fields(shape.model))
    while some := list(islice(rows, size)):
        params = tuple(chain.from_iterable(some))
        yield sql.Statement(sql.insert_sql(shape.model, len(some)), params, len(some), shape)


def copy(model, rows):
    """Insert rows by COPY; its triggers fire for each row, and see the rows before it."""
    quote = connection.ops.quote_name
    fields = sql.insert_fields(model)
    columns = ", ".join(quote(field.column) for field in fields)
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        connection.connection.cursor() as cursor,
        cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as stream,
    ):
        for row in rows:
            stream.write_row(row)


def update(shape, statements):
    """Update many rows, each with its own values, where each still is as it was read."""
    quote, database = connection.ops.quote_name, connections[connection.alias]
    fields = {field.attname: field for field in shape.model._meta.concrete_fields}
    names = [*(f"n{i}" for i in range(len(shape.sets))), *(f"e{i}" for i in range(len(shape.expected)))]
    types = [fields[name].db_type(database) for name in (*shape.sets, *shape.expected)]
    sets = ", ".join(f"{quote(fields[name].column)} = new.n{i}" for i, name in enumerate(shape.sets))
    wheres = " AND ".join(f"old.{quote(fields[name].column)} = new.e{i}" for i, name in enumerate(shape.expected))
    arrays = ", ".join(f"%s::{array_type(type_)}[]" for type_ in types)
    text = (
        f"UPDATE {quote(shape.model._meta.db_table)} old SET {sets}"
        f" FROM unnest({arrays}) AS new({', '.join(names)}) WHERE {wheres}"
    )
    values = tuple(list(column) for column in zip(*(row.params for row in statements), strict=True))
    sql.run([sql.Statement(text, values, len(statements))])


def array_type(type_):
    """An array has no length of its elements in its type; the column checks it."""
    return type_.partition("(")[0]
