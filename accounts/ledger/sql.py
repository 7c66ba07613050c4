"""Plain parameterised statements, the same on both databases, sent to PostgreSQL in one round trip."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection, connections, models
from django.db.models.base import ModelState


class RowMoved(Exception):
    """An UPDATE met no row: what it expected to find has changed."""


class Statement(NamedTuple):
    sql: str
    params: tuple
    rows: int | None = None
    """How many rows it must touch; ``None`` where any number is right."""
    shape: "Insert | Update | None" = None
    """What it does: statements of one shape can be merged into one (``sets``)."""
    is_early: bool = False
    """Whether a new row must stand before the entries of its change do."""


@dataclass(frozen=True, slots=True)
class Insert:
    model: type[models.Model]


@dataclass(frozen=True, slots=True)
class Update:
    """Of one row, found by all of ``expected``; its parameters stand in the order of both lists of attributes."""

    model: type[models.Model]
    sets: tuple[str, ...]
    expected: tuple[str, ...]


@lru_cache
def insert_fields(model):
    return tuple(
        field
        for field in model._meta.concrete_fields
        if not (field.primary_key and isinstance(field, models.AutoField | models.BigAutoField))
    )


@lru_cache
def places(model):
    """Return ``{attname: place}`` of the columns of a new row."""
    return {field.attname: place for place, field in enumerate(insert_fields(model))}


@lru_cache
def insert_sql(model, rows):
    quote = connection.ops.quote_name
    fields = insert_fields(model)
    columns = ", ".join(quote(field.column) for field in fields)
    marks = "(" + ", ".join(["%s"] * len(fields)) + ")"
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {', '.join([marks] * rows)}"


AS_THEY_ARE = (
    *(models.UUIDField, models.IntegerField, models.BinaryField, models.BooleanField, models.DateField),
    models.DateTimeField,
)
"""Kinds of columns whose values PostgreSQL's driver takes from Python as the ORM would hand them over."""


@lru_cache
def columns_to_store(model):
    """Return how to store each column of a new row, as ``how_to_store`` says it."""
    return [how_to_store(field) for field in insert_fields(model)]


def how_to_store(field):
    """Return what prepares the value of a column, and values of which type need nothing; ``None`` where none does.

    A word that is a member of an enumeration is not of the type of its words.
    """
    kind = field.target_field if field.is_relation else field
    is_ready = isinstance(kind, AS_THEY_ARE) and not is_dated(kind)
    ready = str if isinstance(kind, models.CharField) else None
    return None if is_ready and connection.vendor == "postgresql" else field, ready


def is_dated(field):
    """Whether a column takes the moment of writing by itself."""
    return getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)


@lru_cache
def getter(model):
    """Return what takes the values of a new row's columns out of its ``__dict__``, and which of them need a look."""
    columns = columns_to_store(model)
    looked_at = [(place, field, ready) for place, (field, ready) in enumerate(columns) if field is not None]
    return itemgetter(*(field.attname for field in insert_fields(model))), looked_at


def values(instance):
    """Return what the ORM would store for each column of a new row."""
    get, looked_at = getter(type(instance))
    found = list(get(instance.__dict__))
    for place, field, ready in looked_at:
        if type(found[place]) is not ready:
            found[place] = prepared(field, field.pre_save(instance, add=True))
    return found


def as_they_are(instance):
    """Return the values of a new row's columns as Python has them, ready for ``stored``."""
    get, taking_the_moment = plain_getter(type(instance))
    found = get(instance.__dict__)
    for place, field in taking_the_moment:
        found = (*found[:place], field.pre_save(instance, add=True), *found[place + 1 :])
    return found


@lru_cache
def plain_getter(model):
    """Return what takes a new row's values out of its ``__dict__``, and the columns that take the moment of writing."""
    fields = insert_fields(model)
    dated = [(place, field) for place, field in enumerate(fields) if is_dated(field)]
    return itemgetter(*(field.attname for field in fields)), dated


def stored(model, row):
    """Return what the ORM would store for the values of a new row, in the order of its columns."""
    return [
        value if field is None or type(value) is ready else prepared(field, value)
        for (field, ready), value in zip(columns_to_store(model), row, strict=True)
    ]


def prepared(field, value):
    """Return what the ORM would store for a value of a column; words without the enumeration that they belong to."""
    if value is None:
        return None
    if isinstance(value, str) and isinstance(field, models.CharField):
        return str.__str__(value)
    if value == {} and isinstance(field, models.JSONField):
        return nothing(field)
    # The connection itself: its proxy costs a third of the time of many rows.
    return field.get_db_prep_save(value, connection=connections[connection.alias])


@lru_cache
def nothing(field):
    """Return what is stored for an empty object; most columns that hold JSON are empty."""
    return field.get_db_prep_save({}, connection=connections[connection.alias])


def insert(*instances):
    """Return the statement that inserts these new rows of one model."""
    model = type(instances[0])
    params = values(instances[0]) if len(instances) == 1 else chain.from_iterable(map(values, instances))
    return Statement(insert_sql(model, len(instances)), tuple(params), len(instances), insert_of(model))


def insert_alike(instance, **lists):
    """Return the statement that inserts a row for each place of the lists, which hold the columns that differ.

    Each row has a new key, and else what ``instance`` has. PostgreSQL takes a list as one parameter.
    """
    model, number = type(instance), len(next(iter(lists.values())))
    lists[model._meta.pk.attname] = [model._meta.pk.get_default() for _row in range(number)]
    same = instance.__dict__
    if connection.vendor != "postgresql":
        places = [
            lists.get(name) or [same[name]] * number for name in (field.attname for field in insert_fields(model))
        ]
        return insert_rows(model, list(zip(*places, strict=True)))
    params = tuple(
        [prepared(field, value) for value in lists[field.attname]]
        if field.attname in lists
        else prepared(field, same[field.attname])
        for field in insert_fields(model)
    )
    return Statement(alike_sql(model, frozenset(lists)), params, number)


@lru_cache
def alike_sql(model, names):
    quote, fields = connection.ops.quote_name, insert_fields(model)
    found = ", ".join(
        f"unnest(%s::{field.db_type(connection)}[])" if field.attname in names else f"%s::{field.db_type(connection)}"
        for field in fields
    )
    columns = ", ".join(quote(field.column) for field in fields)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) SELECT {found}"


def insert_rows(model, rows):
    """Return the statement that inserts rows, each the values of its columns in their order without its own key."""
    params = tuple(chain.from_iterable(stored(model, row) for row in rows))
    return Statement(insert_sql(model, len(rows)), params, len(rows), insert_of(model))


@lru_cache
def insert_of(model):
    return Insert(model)


def update(instance, new, expected):
    """Return the statement that writes the values of ``new`` where the columns in ``expected`` still hold those."""
    shape, text, columns = update_shape(type(instance), tuple(new), tuple(expected))
    params = tuple(
        value if field is None or type(value) is ready else prepared(field, value)
        for (field, ready), value in zip(columns, (*new.values(), *expected.values()), strict=True)
    )
    return Statement(text, params, 1, shape)


@lru_cache(maxsize=1024)
def update_shape(model, sets, expected):
    """Return the ``Update``, its statement and how to store each of its parameters, as ``columns_to_store`` says it."""
    quote = connection.ops.quote_name
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in (*sets, *expected)]
    written = ", ".join(f"{quote(by_name[name].column)} = %s" for name in sets)
    wheres = " AND ".join(f"{quote(by_name[name].column)} = %s" for name in expected)
    text = f"UPDATE {quote(model._meta.db_table)} SET {written} WHERE {wheres}"
    return Update(model, sets, expected), text, [how_to_store(field) for field in fields]


def history(instance, kind, *, user_id, at, reason):
    """Return what inserts the row that simple-history would write: ``+`` for a new row, ``~`` for a changed one."""
    model = history_model(type(instance))
    return insert_rows(model, [history_row(instance, kind, user_id=user_id, at=at, reason=reason)])


def history_row(instance, kind, *, user_id, at, reason):
    """Return the values of that row in the order of its columns; what a caller may alter in place is copied."""
    get, altered = history_getter(type(instance))
    row = (*get(instance.__dict__), at, reason, kind, user_id)
    if altered and any(map(row.__getitem__, altered)):
        row = tuple(map(copied, row))
    return row


HISTORY = ("history_date", "history_change_reason", "history_type", "history_user_id")


@lru_cache
def history_getter(model):
    """Return what takes a history row's columns out of a row's ``__dict__``, and the places of those to be copied."""
    *names, date, why, kind, user = (field.attname for field in insert_fields(history_model(model)))
    assert (date, why, kind, user) == HISTORY, "simple-history puts its own columns last"
    return itemgetter(*names), [place for place, name in enumerate(names) if name in alterable(model)]


@lru_cache
def history_model(model):
    return model.history.model


@lru_cache
def has_history(model):
    """Tell whether simple-history follows a model; each look at ``model.history`` builds a class anew, so look once."""
    return hasattr(model, "history")


@lru_cache
def attnames(model):
    return tuple(field.attname for field in model._meta.concrete_fields)


def snapshot(instance):
    """Return the values of all columns; what a caller may alter in place is copied."""
    model = type(instance)
    names, get = columns_but(model)
    found = dict(zip(names, get(instance.__dict__), strict=True))
    for name in alterable(model):
        found[name] = copied(found[name])
    return found


@lru_cache
def columns_but(model, left_out=()):
    """Return the names of all columns but these, and what takes their values out of a row's ``__dict__``."""
    names = tuple(name for name in attnames(model) if name not in left_out)
    return names, itemgetter(*names)


def copied(value):
    """Return a copy of what JSON can hold; the standard library's way asks of every value whether it was copied."""
    if type(value) is dict:
        return {key: copied(each) for key, each in value.items()}
    return [copied(each) for each in value] if type(value) is list else value


@lru_cache
def alterable(model):
    return tuple(field.attname for field in model._meta.concrete_fields if isinstance(field, models.JSONField))


def made(model, **given):
    """Return the new row that ``model(**given)`` makes, without its slow ``__init__``: its signals have no receivers.

    ``given`` are names of columns, or of relations with the rows that these lead to.
    """
    row, state = model.__new__(model), ModelState()
    constants, makers, relations = beginnings(model, tuple(given))
    known = row.__dict__
    known.update(constants)
    known.update(given)
    for name, attname, key in relations:
        value = state.fields_cache[name] = known.pop(name)
        known[attname] = None if value is None else getattr(value, key)
    for name, make in makers:
        known[name] = make()
    known["_state"] = state
    return row


@lru_cache(maxsize=1024)
def beginnings(model, given):
    """Return what columns begin with where these are given, or relations with their rows.

    That is the values that are always the same, the functions that make one, and of each relation among them the name,
    its column and what stands there of the row that it leads to.
    """
    constants, makers, relations, left = {}, [], [], set(given)
    for field in model._meta.concrete_fields:
        if field.attname in left:
            left.remove(field.attname)
        elif field.name in left:
            left.remove(field.name)
            relations.append((field.name, field.attname, field.target_field.attname))
        elif field.has_db_default():
            makers.append((field.attname, field.get_default))
        elif field.has_default() and callable(field.default):
            makers.append((field.attname, field.default))
        else:
            constants[field.attname] = field.get_default()
    if left:
        raise TypeError(f"{model.__name__} has no {', '.join(sorted(left))}.")
    return constants, makers, relations


def run(statements):
    """Execute the statements in order and check how many rows each touched."""
    cursors = send([(statement.sql, statement.params) for statement in statements])
    for statement, cursor in zip(statements, cursors, strict=True):
        expect(statement, cursor.rowcount)


def send(texts):
    """Execute ``(SQL, parameters)`` in order, on PostgreSQL in one round trip; return the cursor of each.

    There they go past Django's cursor, which writes the parameters into the text: what is sent again and again is
    parsed and planned once for a connection. They are in the log of queries as one.
    """
    if connection.vendor != "postgresql":
        return [execute(connection.cursor(), text, params) for text, params in texts]
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    opened = connection.connection
    if connection.queries_logged:
        connection.queries_log.append({"sql": ";\n".join(text for text, _params in texts), "time": "0"})
    with connection.wrap_database_errors, opened.pipeline():
        return [execute(psycopg.Cursor(opened), text, params) for text, params in texts]


def fetch(*querysets):
    """Return the rows of each queryset of ``values_list``, on PostgreSQL in one round trip.

    For columns whose values the driver returns as the ORM does: keys, words, numbers, times, true and false.
    """
    if connection.vendor != "postgresql":
        return [list(rows) for rows in querysets]
    texts = []
    for rows in querysets:
        try:
            texts.append(rows.query.sql_with_params())
        except EmptyResultSet:
            texts.append(("SELECT 1 WHERE 1 = 0", ()))
    return [cursor.fetchall() for cursor in send(texts)]


def execute(cursor, text, params):
    cursor.execute(text, params)
    return cursor


def expect(statement, rows):
    if statement.rows is not None and statement.rows != rows:
        raise RowMoved(statement.sql.split(" SET ")[0])
