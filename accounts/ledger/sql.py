"""Plain parameterised statements, the same on both databases, sent to PostgreSQL in one round trip."""

from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection, connections, models


class RowMoved(Exception):
    """An UPDATE met no row: what it expected to find has changed."""


@dataclass(frozen=True, slots=True)
class Statement:
    sql: str
    params: tuple
    rows: int | None = None
    """How many rows it must touch; ``None`` where any number is right."""


@lru_cache
def insert_fields(model):
    return tuple(
        field
        for field in model._meta.concrete_fields
        if not (field.primary_key and isinstance(field, models.AutoField | models.BigAutoField))
    )


@lru_cache
def insert_sql(model, rows):
    quote = connection.ops.quote_name
    fields = insert_fields(model)
    columns = ", ".join(quote(field.column) for field in fields)
    marks = "(" + ", ".join(["%s"] * len(fields)) + ")"
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES {', '.join([marks] * rows)}"


def values(instance):
    """Return what the ORM would store for each column of a new row."""
    database = connections[connection.alias]  # itself: its proxy costs a third of the time of many rows
    return [
        field.get_db_prep_save(field.pre_save(instance, add=True), connection=database)
        for field in insert_fields(type(instance))
    ]


def insert(*instances):
    """Return the statement that inserts these new rows of one model."""
    params = tuple(value for instance in instances for value in values(instance))
    return Statement(insert_sql(type(instances[0]), len(instances)), params, len(instances))


def insert_rows(model, rows):
    """Return the statement that inserts rows, each the values of its columns in their order without its own key."""
    database, fields = connections[connection.alias], insert_fields(model)
    params = tuple(
        field.get_db_prep_save(value, connection=database)
        for row in rows
        for field, value in zip(fields, row, strict=True)
    )
    return Statement(insert_sql(model, len(rows)), params, len(rows))


def update(instance, attnames, expected):
    """Return the statement that writes ``attnames`` where the columns in ``expected`` still hold those values."""
    quote = connection.ops.quote_name
    fields = {field.attname: field for field in instance._meta.concrete_fields}

    def prepared(attname, value):
        return fields[attname].get_db_prep_save(value, connection=connection)

    sets = ", ".join(f"{quote(fields[name].column)} = %s" for name in attnames)
    wheres = " AND ".join(f"{quote(fields[name].column)} = %s" for name in expected)
    params = [prepared(name, getattr(instance, name)) for name in attnames]
    params += [prepared(name, value) for name, value in expected.items()]
    return Statement(f"UPDATE {quote(instance._meta.db_table)} SET {sets} WHERE {wheres}", tuple(params), 1)


def history_row(instance, kind, *, user_id, at, reason):
    """Return the history row that simple-history would write: ``+`` for a new row, ``~`` for a changed one."""
    model = history_model(type(instance))
    tracked = {field.attname: getattr(instance, field.attname) for field in model.tracked_fields}
    return model(**tracked, history_type=kind, history_user_id=user_id, history_date=at, history_change_reason=reason)


@lru_cache
def history_model(model):
    return model.history.model


def snapshot(instance):
    """Return the values of all columns; what a caller may alter in place is copied."""
    values = {field.attname: getattr(instance, field.attname) for field in instance._meta.concrete_fields}
    return {name: deepcopy(value) if isinstance(value, dict | list) else value for name, value in values.items()}


def run(statements):
    """Execute the statements in order and check how many rows each touched."""
    if not statements:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                ";\n".join(statement.sql for statement in statements),
                [param for statement in statements for param in statement.params],
            )
            for index, statement in enumerate(statements):
                if index:
                    cursor.nextset()
                expect(statement, cursor.rowcount)
        else:
            for statement in statements:
                cursor.execute(statement.sql, statement.params)
                expect(statement, cursor.rowcount)


def expect(statement, rows):
    if statement.rows is not None and statement.rows != rows:
        raise RowMoved(statement.sql.split(" SET ")[0])
