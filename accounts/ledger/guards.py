"""Triggers that hold the ledger's promises against every door, raw SQL included.

A guard is a condition under which the database refuses a statement, written in SQL that PostgreSQL and SQLite both
understand; ``guards.py`` of each app states them. SQLite gets one trigger a guard. PostgreSQL gets one function for
each table and event, always enabled, with names that no temporary table, operator or search path can shadow. Migrations
on SQLite rebuild tables and drop their triggers without a word, so guards are installed after every ``migrate``, and a
system check compares the catalogue.
"""

import hashlib
from dataclasses import dataclass

from django.db import models, transaction

from accounts import registries
from accounts.ledger.triggers import PREFIX, postgresql_triggers, quoted, sqlite_trigger

BOTH = ("postgresql", "sqlite")


@dataclass(frozen=True)
class Guard:
    """Refuse ``event`` on ``table`` with ``message`` where ``when`` and ``condition``, over NEW and OLD, hold.

    ``when`` looks at NEW and OLD alone. PostgreSQL answers it without preparing a query, and only then asks other rows.
    """

    name: str
    table: str
    event: str
    condition: str
    message: str
    vendors: tuple[str, ...] = BOTH
    when: str = ""


def refuse(name, model, event, condition, message, vendors=BOTH, when=""):
    condition, when = (" ".join(text.split()) for text in (condition, when))
    return Guard(f"{PREFIX}{name}", model._meta.db_table, event, condition, message, vendors, when)


def differs(column):
    """The condition that an UPDATE changes a column, NULL or not."""
    return f"(NEW.{column} <> OLD.{column} OR (NEW.{column} IS NULL) <> (OLD.{column} IS NULL))"


def append_only(model, but_delete_when=None):
    """Guards of a table that only grows; rows may go where the condition ``but_delete_when`` holds."""
    name, label = model._meta.model_name, model._meta.verbose_name
    kept = f"NOT ({but_delete_when})" if but_delete_when else "TRUE"
    return [
        refuse(f"{name}_update", model, "UPDATE", "TRUE", f"A {label} is never changed."),
        refuse(f"{name}_delete", model, "DELETE", kept, f"A {label} is never deleted."),
        *no_replacing(model, events=("INSERT",)),
    ]


def no_replacing(model, events=("INSERT", "UPDATE")):
    """Guards against SQLite's OR REPLACE, which deletes the row in its way without firing a delete trigger."""
    name, table, key = model._meta.model_name, model._meta.db_table, model._meta.pk.column
    clashes = [f"kept.{field.column} = NEW.{field.column}" for field in model._meta.concrete_fields if field.unique]
    # A table has SQLite's own row number beside a key that is not a whole number.
    clashes.append("kept.rowid = NEW.rowid")
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            columns = [model._meta.get_field(field).column for field in constraint.fields]
            clash = " AND ".join(f"kept.{column} = NEW.{column}" for column in columns)
            if constraint.condition is not None:
                clash += "".join(f" AND {condition_over(row, model, constraint)}" for row in ("kept", "NEW"))
            clashes.append(clash)
    # An EXISTS for each constraint, in the constraint's own words: each is one look into its index.
    another = {"INSERT": "TRUE", "UPDATE": f"kept.{key} <> OLD.{key}"}
    return [
        refuse(
            f"{name}_replace_{event.lower()}",
            model,
            event,
            " OR ".join(f"EXISTS (SELECT 1 FROM {table} kept WHERE {clash} AND {another[event]})" for clash in clashes),
            "A row stands in the way and is never replaced.",
            vendors=("sqlite",),
        )
        for event in events
    ]


def typed(model):
    """The guard that a column holds its own kind of value: to SQLite the bytes of a word are not equal to the word."""
    kinds = {models.BinaryField: "blob", models.BigIntegerField: "integer"}
    wrong = []
    for field in model._meta.concrete_fields:
        if not field.primary_key:
            target = field.target_field if field.is_relation else field
            kind = next((kind for base, kind in kinds.items() if isinstance(target, base)), "text")
            allowed = f"('{kind}', 'null')" if field.null else f"('{kind}')"
            wrong.append(f"typeof(NEW.{field.column}) NOT IN {allowed}")
    name = f"{model._meta.model_name}_types"
    return refuse(name, model, "INSERT", " OR ".join(wrong), "A value is not of its column's type.", ("sqlite",))


def condition_over(row, model, constraint):
    """Return a unique constraint's condition as SQL over ``row``: ``NEW``, or the alias of its table."""
    from django.db import connection
    from django.db.models.sql import Query

    query = Query(model=model, alias_cols=False)
    where = query.build_where(constraint.condition)
    sql, params = where.as_sql(query.get_compiler(connection=connection), connection)
    sql %= tuple(quoted(param) for param in params)
    for field in model._meta.concrete_fields:
        sql = sql.replace(f'"{field.column}"', f"{row}.{field.column}")
    return f"({sql})"


def expected(vendor):
    """Return every guard that this database must have."""
    return [guard for contribute in registries.guards.values() for guard in contribute() if vendor in guard.vendors]


def tables():
    return {guard.table for vendor in BOTH for guard in expected(vendor)}


def install(connection):
    """Put every guard in place, all or none; where all of them stand, nothing is touched."""
    if catalogue(connection) == wanted(connection):
        return
    with transaction.atomic(using=connection.alias):
        remove(connection)
        with connection.cursor() as cursor:
            for statement in statements(connection):
                cursor.execute(statement)


def remove(connection):
    """Take every guard away. Only ``migrate`` and the flush of a test database may."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(SQLITE_CATALOGUE)
            for name, _definition in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
            return
        cursor.execute(
            "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = current_schema() AND p.proname LIKE 'guard\\_%'"
        )
        for (function,) in cursor.fetchall():
            cursor.execute(f"DROP FUNCTION {function} CASCADE")


def statements(connection):
    guards = expected(connection.vendor)
    if connection.vendor == "sqlite":
        return [sqlite_trigger(guard) for guard in guards]
    return [sql for trigger in postgresql_triggers(guards, schema_of(connection)) for sql in trigger.statements()]


def schema_of(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return cursor.fetchone()[0]


SQLITE_CATALOGUE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard\\_%' ESCAPE '\\'"
# What would make a guard do less than it says leaves it out: another state, a WHEN, another function or path.
POSTGRESQL_CATALOGUE = """SELECT t.tgname,
    concat_ws(' ', c.relname, t.tgtype, COALESCE(t.tgnewtable, '-'), array_to_string(p.proconfig, ','), p.prosrc)
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid AND p.proname = t.tgname
    JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND t.tgname LIKE 'guard\\_%' AND t.tgenabled = 'A' AND t.tgqual IS NULL"""


def catalogue(connection):
    """Return ``{name: digest of its definition}`` of the guards that stand in this database and are enabled."""
    with connection.cursor() as cursor:
        cursor.execute(SQLITE_CATALOGUE if connection.vendor == "sqlite" else POSTGRESQL_CATALOGUE)
        return {name: digest(definition) for name, definition in cursor.fetchall()}


def wanted(connection):
    """Return what ``catalogue`` returns where every guard is in place."""
    guards = expected(connection.vendor)
    if connection.vendor == "sqlite":
        return {guard.name: digest(sqlite_trigger(guard)) for guard in guards}
    triggers = postgresql_triggers(guards, schema_of(connection))
    return {trigger.name: digest(trigger.definition()) for trigger in triggers}


def digest(definition):
    return hashlib.sha256(definition.encode()).hexdigest()


def missing(connection):
    """Return the names of the guards that are not in place, or not as they should be, sorted."""
    found = catalogue(connection)
    return sorted(name for name, value in wanted(connection).items() if found.get(name) != value)


def strangers(connection):
    """Return the names of triggers and rules that stand on a guarded table beside its guards, sorted.

    They could alter a row after its guards have looked at it, or make a statement do nothing.
    """
    guarded = sorted(tables())
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(guarded))
            cursor.execute(f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({marks})", guarded)
        else:
            cursor.execute(
                "SELECT t.tgname FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgrelid::regclass::text = ANY(%s)"
                " UNION ALL SELECT r.rulename FROM pg_rewrite r WHERE r.ev_class::regclass::text = ANY(%s)",
                [guarded, guarded],
            )
        return sorted({name for (name,) in cursor.fetchall()} - wanted(connection).keys())
