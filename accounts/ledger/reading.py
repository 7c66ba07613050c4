"""Rows as they are under a lock: several questions in one round trip, each compiled once and prepared by PostgreSQL.

The ORM would compile each anew, every time. A statement sees what was committed before it began, so what is asked after
the lock of an account is as it stands under that lock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID, uuid5

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django_scopes import ScopeError, get_scope, scope

from accounts import keeping
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


def found(question, **known):
    """Return the rows of ``question(**known)``, a function that returns the query of a model's rows.

    On PostgreSQL its statement is kept for the next call. Values are words, and lists of keys, words or bytes that a
    column is compared with; of a word, the question may also use the end of all that begins with it.
    """
    if not all(known.values()):
        return []
    if connection.vendor != "postgresql":
        return list(question(**known))
    model, statement = asking(question, shape_of(known))
    return list(made(model, statement.ask(valued(known))))


def parts(question, **known):
    """Return ``(number of the query, *columns)`` of ``question(**known)``, which returns queries of ``values_list``.

    On PostgreSQL all of them are one statement, kept as that of ``found``. An empty list finds nothing.
    """
    if [] in known.values():
        return []
    if connection.vendor != "postgresql":
        return [(number, *row) for number, rows in enumerate(question(**known)) for row in rows]
    return asking_parts(question, shape_of(known)).ask(valued(known))


def shape_of(known):
    return tuple((name, type(value), type(value[0])) for name, value in known.items())


def valued(known):
    """Return the value of each place; a word also gives the end of all that begins with it."""
    values = {place_of(*each): known[each[0]] for each in shape_of(known)}
    return values | {place + LAST_SIGN: value + LAST_SIGN for place, value in values.items() if isinstance(value, str)}


LAST_SIGN = "\U0010ffff"
"""Comes after everything that a text may go on with."""


@lru_cache(maxsize=256)
def asking(question, shape):
    """Return the model of the rows, and their statement for values of these kinds."""
    with scope(client=None):
        rows = question(**stand_ins(shape))
    return rows.model, keeping.Statement.of(*kept(rows, shape))


@lru_cache(maxsize=256)
def asking_parts(question, shape):
    """Return the one statement of several queries for values of these kinds."""
    texts, places = [], []
    with scope(client=None):
        queries = question(**stand_ins(shape))
    for number, rows in enumerate(queries):
        text, own = kept(rows, shape)
        # The ORM's own SQL; the values stay parameters.
        texts.append(f"SELECT {number}, part.* FROM ({text}) AS part")
        places += own
    return keeping.Statement.of(" UNION ALL ".join(texts), places)


def stand_ins(shape):
    return {each[0]: place_of(*each) if each[1] is str else [place_of(*each)] for each in shape}


def kept(rows, shape):
    places = [place_of(*each) for each in shape]
    ends = [place + LAST_SIGN for place in places if isinstance(place, str)]
    return keeping.written(lambda: rows, others=(*places, *ends))


def place_of(name, kind, each):
    """Return the stand-in for a value of this name and kind."""
    if each is UUID:
        return uuid5(keeping.CLIENT, name)
    return f"stand-in for {name}".encode() if each is bytes else f"stand-in for {name}"


def rows(model, cursor, clients):
    return [row for row in made(model, cursor.fetchall()) if clients is None or row.client_id in clients]


def made(model, answer):
    """Yield a row of the model for each row of all its columns that the driver returned."""
    names, needed = sql.attnames(model), converters(model)
    for values in answer:
        if needed:
            values = list(values)
            for index, column, convert in needed:
                values[index] = convert(values[index], column, connection)
        yield model.from_db(connection.alias, names, values)


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
