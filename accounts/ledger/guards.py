"""Triggers that hold the ledger's promises against every door, raw SQL included.

A guard is a condition under which the database refuses a statement, written in SQL that PostgreSQL and SQLite both
understand; ``guards.py`` of each app states them. SQLite gets one trigger a guard. PostgreSQL gets one function for
each table and event, always enabled, with names that no temporary table, operator or search path can shadow. Migrations
on SQLite rebuild tables and drop their triggers without a word, so guards are installed after every ``migrate``, and a
system check compares the catalogue.

Where tables are written in sets (``ask_at_once``) PostgreSQL asks a guard of INSERT once for a statement, about all its
rows, when they are in. Such a condition must not take for earlier what only stands in the same statement: whatever has
to come before an entry has a lower number than it.
"""

import hashlib
import re
from dataclasses import dataclass
from itertools import groupby

from django.apps import apps
from django.db import models, transaction

from accounts import registries

PREFIX = "guard_"
BOTH = ("postgresql", "sqlite")
EVENTS = ("INSERT", "UPDATE", "DELETE")
SEARCH_PATH = "pg_catalog, pg_temp"
# A plan is kept for a connection: made for a set, it must not read a whole table for the next single row.
SETTINGS = {
    "search_path": SEARCH_PATH,
    **dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"), "off"),
}
FRESH = "fresh"
"""What the rows of a statement are called where it is asked about at once; no table can stand in front of it."""
# Bits of pg_trigger.tgtype.
ROW, BEFORE, TYPES = 1, 2, {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


at_once: set[str] = set()
"""The tables that are written in sets."""


def ask_at_once(*models):
    """Let PostgreSQL ask what these tables may take once for each statement, and not for each row."""
    at_once.update(model._meta.db_table for model in models)


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


def quoted(value):
    return str(int(value)) if isinstance(value, bool | int) else "'" + str(value).replace("'", "''") + "'"


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


def sqlite_trigger(guard):
    condition = f"({guard.when}) AND ({guard.condition})" if guard.when else guard.condition
    return (
        f'CREATE TRIGGER "{guard.name}" BEFORE {guard.event} ON "{guard.table}" FOR EACH ROW WHEN {condition}'
        f" BEGIN SELECT RAISE(ABORT, {quoted(guard.message)}); END"
    )


@dataclass(frozen=True)
class Trigger:
    """PostgreSQL's trigger for one event on one table, with the function that it calls."""

    table: str
    event: str
    body: str
    is_of_set: bool = False
    """Whether it is asked once about all rows of a statement, when they are in."""

    @property
    def name(self):
        return f"{PREFIX}{self.table}_{self.event.lower()}"

    @property
    def settings(self):
        return SETTINGS if self.is_of_set else {"search_path": SEARCH_PATH}

    def statements(self):
        settings = " ".join(f"SET {name} = {value}" for name, value in self.settings.items())
        each = "" if self.event == "TRUNCATE" else "FOR EACH ROW "
        when = f'BEFORE {self.event} ON "{self.table}" {each}'
        if self.is_of_set:
            when = f'AFTER {self.event} ON "{self.table}" REFERENCING NEW TABLE AS {FRESH} '
        return [
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql {settings} AS $guard${self.body}$guard$",
            f'CREATE TRIGGER "{self.name}" {when}EXECUTE FUNCTION {self.name}()',
            f'ALTER TABLE "{self.table}" ENABLE ALWAYS TRIGGER "{self.name}"',
        ]

    def definition(self):
        kind = TYPES[self.event] + (0 if self.is_of_set else BEFORE if self.event == "TRUNCATE" else BEFORE + ROW)
        settings = ",".join(f"{name}={value}" for name, value in self.settings.items())
        fresh = FRESH if self.is_of_set else "-"
        return f"{self.table} {kind} {fresh} {settings} {self.body}"


def postgresql_triggers(guards, schema):
    """Return a trigger for each table and event, and TRUNCATE's for each table whose rows are kept."""
    found = []
    key = lambda guard: (guard.table, EVENTS.index(guard.event))  # noqa: E731
    for (table, event_index), group in groupby(sorted(guards, key=key), key):
        event = EVENTS[event_index]
        if event == "INSERT" and table in at_once:
            found.append(Trigger(table, event, asked_at_once(list(group), schema), is_of_set=True))
            continue
        body = " ".join(postgresql_guard(guard, schema) for guard in group)
        found.append(Trigger(table, event, f"BEGIN {body} RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END"))
        if event == "DELETE":
            found.append(
                Trigger(table, "TRUNCATE", f"BEGIN {raising('TRUE', 'This table is never emptied.')} RETURN NULL; END")
            )
    return found


def postgresql_guard(guard, schema):
    refusal = raising(in_schema(guard.condition, schema), guard.message)
    return f"IF {guard.when} THEN {refusal} END IF;" if guard.when else refusal


def asked_at_once(guards, schema):
    """Return the function's body for a set: one look at its rows alone, and then only those questions that matter."""
    first, then = [], []
    for guard in guards:
        when, condition = (re.sub(r"\bNEW\.", f"{FRESH}.", text) for text in (guard.when, guard.condition))
        is_plain = "SELECT" not in condition
        if when or is_plain:
            first.append(f"bool_or({' AND '.join(f'({text})' for text in (when, is_plain and condition) if text)})")
        where = f"({when}) AND ({condition})" if when else condition
        refusal = raising(f"EXISTS (SELECT 1 FROM {FRESH} WHERE {in_schema(where, schema)})", guard.message)
        if is_plain:
            refusal = raising(f"asked[{len(first)}]", guard.message)
        elif when:
            # By itself: so PostgreSQL answers it without a query, and keeps one plan for the query behind it.
            refusal = f"IF asked[{len(first)}] THEN {refusal} END IF;"
        then.append(refusal)
    look = f"SELECT ARRAY[{', '.join(first)}] INTO asked FROM {FRESH};" if first else ""
    return f"DECLARE asked boolean[]; BEGIN {look} {' '.join(then)} RETURN NULL; END"


def raising(condition, message):
    return (
        f"IF {condition} THEN RAISE EXCEPTION USING MESSAGE = {quoted(message)},"
        f" ERRCODE = 'integrity_constraint_violation'; END IF;"
    )


def in_schema(condition, schema):
    """Name the schema of every table, and leave out tables that inherit from it, where no guard stands."""
    known = {model._meta.db_table for model in apps.get_models()}

    def named(match):
        word, table = match.groups()
        return f'{word} ONLY "{schema}".{table}' if table in known else match.group()

    return re.sub(r"\b(FROM|JOIN) (\w+)", named, condition)


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
