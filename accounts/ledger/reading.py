"""Rows as they are under a lock: several questions in one round trip, each compiled once and prepared by PostgreSQL.

The ORM would compile each anew, every time. A statement sees what was committed before it began, so what is asked after
the lock of an account is as it stands under that lock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django_scopes import ScopeError, get_scope

from accounts.ledger import sql


@dataclass(frozen=True)
class Select:
    """Rows of a model where ``where`` holds, a condition in SQL with a ``%s`` for each parameter."""

    model: type[models.Model]
    where: str
    order: str = ""
    lock: bool = False

    def of(self, *params):
        """Return the question with its parameters, for ``fetch``."""
        return self, params

    @cached_property
    def text(self):
        quote, meta = connection.ops.quote_name, self.model._meta
        columns = ", ".join(quote(field.column) for field in meta.concrete_fields)
        text = f"SELECT {columns} FROM {quote(meta.db_table)} WHERE {self.where}"
        if self.order:
            text += f" ORDER BY {self.order}"
        return f"{text} FOR UPDATE" if self.lock and connection.features.has_select_for_update else text


def fetch(asked: Iterable) -> list[list]:
    """Return, for each question, its rows of the clients in scope. Raises ``ScopeError`` outside any scope."""
    asked, clients = list(asked), clients_in_scope()
    cursors = sql.send([(select.text, [stored(param) for param in params]) for select, params in asked])
    return [rows(select.model, cursor, clients) for (select, _params), cursor in zip(asked, cursors, strict=True)]


def evaluate(*querysets):
    """Let each queryset hold its rows, as if it had been iterated: on PostgreSQL all of them in one round trip.

    For pages that need many small answers: what costs there is the way to the database and back.
    """
    if connection.vendor != "postgresql":
        for queryset in querysets:
            len(queryset)
        return
    asked = []
    for queryset in querysets:
        compiler = queryset.query.get_compiler(connection.alias)
        try:
            asked.append((queryset, compiler, compiler.as_sql()))
        except EmptyResultSet:
            len(queryset)
    cursors = sql.send([text for _queryset, _compiler, text in asked])
    for (queryset, compiler, _text), cursor in zip(asked, cursors, strict=True):
        answer = [cursor.fetchall()]
        # Django makes the rows from the answer; it only need not ask again.
        compiler.execute_sql = lambda *_args, answer=answer, **_options: answer
        queryset.query.get_compiler = lambda *_args, compiler=compiler, **_options: compiler
        try:
            len(queryset)
        finally:
            del queryset.query.get_compiler


def rows(model, cursor, clients):
    found = []
    for values in cursor.fetchall():
        if needed := converters(model):
            values = list(values)
            for index, column, convert in needed:
                values[index] = convert(values[index], column, connection)
        row = model.from_db(connection.alias, sql.attnames(model), values)
        if clients is None or row.client_id in clients:
            found.append(row)
    return found


@lru_cache
def converters(model):
    """Return ``(index, column, function)`` for what the database does not keep as Python does."""
    columns = [field.get_col(model._meta.db_table) for field in model._meta.concrete_fields]
    return [
        (index, column, convert)
        for index, column in enumerate(columns)
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    ]


def clients_in_scope():
    """Return the ids of the clients in scope, ``None`` where scopes are off: the net that the managers are, too."""
    scope = get_scope()
    if not scope.get("_enabled", True):
        return None
    if "client" not in scope:
        raise ScopeError("A scope on dimension(s) client needs to be active for this query.")
    chosen = scope["client"]
    chosen = chosen if isinstance(chosen, list | tuple) else [chosen]
    return {UUID(str(getattr(one, "pk", one))) for one in chosen}


def stored(param):
    return param.hex if isinstance(param, UUID) and connection.vendor == "sqlite" else param
