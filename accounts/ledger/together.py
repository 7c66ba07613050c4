"""Many new chains in one transaction: the rows that each change by itself would write, in few statements."""

from contextlib import contextmanager

from django.db import transaction

from accounts.ledger import sql
from accounts.ledger.change import Change

# SQLite takes 32,766 parameters in one statement (its documentation of limits, number 9).
MAX_PARAMS = 32_000


@contextmanager
def together(*, actor, origin):
    """Yield a function that makes the ``Change`` of a new, unsaved account; all of them are written at the end."""
    works = []

    def begin(chain):
        works.append(Change(chain, actor=actor, origin=origin))
        return works[-1]

    with transaction.atomic():
        yield begin
        sql.run(merged(statement for work in works for statement in work.finish()))


def merged(statements):
    """Return the same rows in fewer statements: the inserts of each table in one, then everything else in its order.

    The tables keep the order in which they first occur, so an entry still stands before the row that needs it.
    """
    tables = {}
    others = []
    for statement in statements:
        if statement.sql.startswith("INSERT "):
            head, width = statement.sql.split(" VALUES ")[0], len(statement.params) // statement.rows
            tables.setdefault(head, (width, []))[1].extend(statement.params)
        else:
            others.append(statement)
    return [many for head, (width, params) in tables.items() for many in inserts(head, width, params)] + others


def inserts(head, width, params):
    """Yield statements that insert rows of ``width`` values each, as many in one as the database takes."""
    marks = f"({', '.join(['%s'] * width)})"
    size = MAX_PARAMS // width * width
    for start in range(0, len(params), size):
        part = tuple(params[start : start + size])
        rows = len(part) // width
        yield sql.Statement(f"{head} VALUES {', '.join([marks] * rows)}", part, rows)
