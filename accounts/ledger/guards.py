"""Triggers that hold the ledger's promises against every door, raw SQL included.

A guard is a condition under which the database refuses a statement, written in SQL that PostgreSQL and SQLite both
understand. SQLite gets one trigger a guard. PostgreSQL gets one function for each table and event, always enabled, with
table names that a temporary table cannot shadow. Migrations on SQLite rebuild tables and drop their triggers without a
word, so guards are removed before and installed after every ``migrate``, and a system check compares the catalogue.
"""

import hashlib
from dataclasses import dataclass
from itertools import groupby

from django.apps import apps
from django.db import models

from accounts import registries

PREFIX = "guard_"
BOTH = ("postgresql", "sqlite")
EVENTS = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Guard:
    """Refuse ``event`` on ``table`` with ``message`` where ``condition``, over NEW and OLD, holds."""

    name: str
    table: str
    event: str
    condition: str
    message: str
    vendors: tuple[str, ...] = BOTH


def refuse(name, model, event, condition, message, vendors=BOTH):
    return Guard(f"{PREFIX}{name}", model._meta.db_table, event, " ".join(condition.split()), message, vendors)


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
    name, table = model._meta.model_name, model._meta.db_table
    same = [[field.column] for field in model._meta.concrete_fields if field.unique]
    clashes = [" AND ".join(f"kept.{column} = NEW.{column}" for column in columns) for columns in same]
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            columns = [model._meta.get_field(field).column for field in constraint.fields]
            clash = " AND ".join(f"kept.{column} = NEW.{column}" for column in columns)
            if constraint.condition is not None:
                clash += f" AND kept.rowid IN (SELECT rowid FROM {table} WHERE {condition_sql(model, constraint)})"
                clash += f" AND {new_values_satisfy(model, constraint)}"
            clashes.append(clash)
    key = model._meta.pk.column
    another = {"INSERT": "TRUE", "UPDATE": f"kept.{key} <> OLD.{key}"}
    return [
        refuse(
            f"{name}_replace_{event.lower()}",
            model,
            event,
            f"EXISTS (SELECT 1 FROM {table} kept WHERE {another[event]} AND ({' OR '.join(clashes)}))",
            "A row stands in the way and is never replaced.",
            vendors=("sqlite",),
        )
        for event in events
    ]


def condition_sql(model, constraint, alias=None):
    """Return a unique constraint's condition as SQL over the plain column names of its table."""
    from django.db import connection
    from django.db.models.sql import Query

    query = Query(model=model, alias_cols=False)
    where = query.build_where(constraint.condition)
    sql, params = where.as_sql(query.get_compiler(connection=connection), connection)
    return sql % tuple(quoted(param) for param in params)


def new_values_satisfy(model, constraint):
    """The same condition over NEW: every column of the condition is taken from the row that comes in."""
    sql = condition_sql(model, constraint)
    for field in sorted(model._meta.concrete_fields, key=lambda field: -len(field.column)):
        sql = sql.replace(f'"{field.column}"', f"NEW.{field.column}")
    return f"({sql})"


def quoted(value):
    return str(int(value)) if isinstance(value, bool | int) else "'" + str(value).replace("'", "''") + "'"


def status_models():
    from accounts.models.base import StatusModel

    return [model for model in apps.get_models() if issubclass(model, StatusModel) and not model._meta.proxy]


def status_guards(model):
    """A status comes in with the entry that was written before it, and with no other."""
    name, subject = model._meta.model_name, model.subject_type
    account = "id" if subject == "account" else "account_id"
    entry = f"""SELECT 1 FROM accounts_statuschange entry WHERE entry.account_id = NEW.{account}
        AND entry.number = NEW.status_number AND entry.subject_type = '{subject}' AND entry.subject_id = NEW.id
        AND entry.to_status = NEW.status"""
    moved = "NEW.id <> OLD.id OR NEW.client_id <> OLD.client_id" + (
        "" if subject == "account" else " OR NEW.account_id <> OLD.account_id"
    )
    return [
        refuse(
            f"{name}_status_insert",
            model,
            "INSERT",
            f"NOT EXISTS ({entry} AND entry.from_status = '' AND entry.client_id = NEW.client_id)",
            f"This {subject} has no opening entry in the ledger.",
        ),
        refuse(f"{name}_identity", model, "UPDATE", moved, f"This {subject} stays where it was opened."),
        refuse(
            f"{name}_status_update",
            model,
            "UPDATE",
            f"""(NEW.status <> OLD.status OR NEW.status_number <> OLD.status_number) AND NOT
                (NEW.status_number > OLD.status_number AND EXISTS ({entry} AND entry.from_status = OLD.status))""",
            f"The ledger does not know this change of {subject} status.",
        ),
        refuse(f"{name}_delete", model, "DELETE", "TRUE", f"A {subject} is never deleted."),
        *no_replacing(model),
    ]


def head_guards(model, chain):
    """A chain's head only moves on, to an entry that stands in the ledger."""
    name = model._meta.model_name
    head = f"""SELECT 1 FROM accounts_statuschange entry WHERE {chain} AND entry.number = NEW.head_number
        AND entry.hash = NEW.head_hash"""
    changed = "(NEW.head_number <> OLD.head_number OR NEW.head_hash <> OLD.head_hash)"
    return [
        refuse(
            f"{name}_head_update",
            model,
            "UPDATE",
            f"{changed} AND NOT (NEW.head_number > OLD.head_number AND EXISTS ({head}))",
            "The head of a chain moves on to its next entry only.",
        ),
        refuse(
            f"{name}_head_insert",
            model,
            "INSERT",
            f"NEW.head_number <> 0 AND NOT EXISTS ({head})",
            "The head of a chain is an entry of it.",
        ),
    ]


def entry_guards():
    """What an entry may say: it goes on from the one before, and nothing returns to service without an approval."""
    from accounts.models.ledger import STOPPED_STATUSES, StatusChange

    stopped = ", ".join(quoted(status) for status in STOPPED_STATUSES)
    machines = status_models()
    pairs = sorted(
        f"{model.subject_type}:{before}:{after}" for model in machines for before, after in model.allowed_changes()
    )
    types = ", ".join(quoted(model.subject_type) for model in machines)
    return [
        refuse(
            "entry_continues",
            StatusChange,
            "INSERT",
            """NEW.number > 1 AND NEW.account_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_statuschange before
               WHERE before.account_id = NEW.account_id AND before.number = NEW.number - 1)""",
            "An entry follows the one before it.",
        ),
        refuse(
            "client_entry_continues",
            StatusChange,
            "INSERT",
            """NEW.number > 1 AND NEW.account_id IS NULL AND NOT EXISTS (SELECT 1 FROM accounts_statuschange before
               WHERE before.account_id IS NULL AND before.client_id = NEW.client_id
               AND before.number = NEW.number - 1)""",
            "An entry follows the one before it.",
        ),
        refuse(
            "entry_pair",
            StatusChange,
            "INSERT",
            f"""NEW.from_status <> NEW.to_status AND (NEW.subject_type NOT IN ({types}) OR
                (NEW.subject_type || ':' || NEW.from_status || ':' || NEW.to_status)
                NOT IN ({", ".join(quoted(pair) for pair in pairs)}))""",
            "The status machine does not know this change.",
        ),
        refuse(
            "entry_opening",
            StatusChange,
            "INSERT",
            """NEW.subject_type = 'account' AND NEW.from_status = '' AND NEW.to_status NOT IN ('', 'pending')
               AND NEW.origin <> 'import'""",
            "An account that is not imported begins as pending.",
        ),
        refuse(
            "entry_reinstates",
            StatusChange,
            "INSERT",
            f"""NEW.subject_type IN ('account', 'membership') AND NEW.to_status = 'active'
                AND NEW.from_status IN ({stopped}) AND NOT EXISTS (SELECT 1 FROM accounts_statuschange approved
                WHERE approved.uid = NEW.caused_by AND approved.account_id = NEW.account_id
                AND approved.subject_type = 'reinstatement' AND approved.to_status = 'approved'
                AND approved.from_status <> 'approved')""",
            "Nothing returns to service without an approved case on the same account.",
        ),
    ]


def expected(vendor):
    """Return every guard that this database must have."""
    from accounts.models import AccessRecord, Account, Client, Disclosure, StatusChange, SubjectKey

    erased = """EXISTS (SELECT 1 FROM accounts_statuschange erased WHERE erased.account_id = OLD.account_id
        AND erased.action = 'subject.erased')"""
    found = [
        *entry_guards(),
        *append_only(StatusChange),
        *append_only(Disclosure, but_delete_when=erased),
        *append_only(AccessRecord),
        refuse("subject_key_delete", SubjectKey, "DELETE", f"NOT ({erased})", "A key goes when its person is erased."),
        *head_guards(Account, "entry.account_id = NEW.id"),
        *head_guards(Client, "entry.account_id IS NULL AND entry.client_id = NEW.id"),
    ]
    for model in status_models():
        found += status_guards(model)
    for contribute in registries.guards.values():
        found += contribute()
    return [guard for guard in found if vendor in guard.vendors]


def install(connection):
    """Put every guard in place; running it again changes nothing."""
    remove(connection)
    with connection.cursor() as cursor:
        for statement in statements(connection):
            cursor.execute(statement)


def remove(connection):
    """Take every guard away. Only ``migrate`` and the flush of a test database may."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in catalogue(connection):
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = cursor.fetchone()[0]
    return [sql for function in postgresql_functions(guards, schema).values() for sql in function]


def sqlite_trigger(guard):
    return (
        f'CREATE TRIGGER "{guard.name}" BEFORE {guard.event} ON "{guard.table}" FOR EACH ROW WHEN {guard.condition}'
        f" BEGIN SELECT RAISE(ABORT, {quoted(guard.message)}); END"
    )


def postgresql_functions(guards, schema):
    """Return ``{function name: statements}``: a function for each table and event, its trigger, and TRUNCATE's."""
    found = {}
    key = lambda guard: (guard.table, EVENTS.index(guard.event))  # noqa: E731
    for (table, event_index), group in groupby(sorted(guards, key=key), key):
        event, name = EVENTS[event_index], f"{PREFIX}{table}_{EVENTS[event_index].lower()}"
        body = " ".join(
            f"IF {in_schema(guard.condition, schema)} THEN RAISE EXCEPTION USING MESSAGE = {quoted(guard.message)},"
            f" ERRCODE = 'integrity_constraint_violation'; END IF;"
            for guard in group
        )
        found[name] = [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$"
            f"BEGIN {body} RETURN {'OLD' if event == 'DELETE' else 'NEW'}; END$guard$",
            f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {name}()',
            f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"',
        ]
        if event == "DELETE":
            truncate = f"{PREFIX}{table}_truncate"
            found[truncate] = [
                f"CREATE FUNCTION {truncate}() RETURNS trigger LANGUAGE plpgsql AS $guard$"
                f"BEGIN RAISE EXCEPTION 'This table is never emptied.'"
                f" USING ERRCODE = 'integrity_constraint_violation'; END$guard$",
                f'CREATE TRIGGER "{truncate}" BEFORE TRUNCATE ON "{table}" EXECUTE FUNCTION {truncate}()',
                f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{truncate}"',
            ]
    return found


def in_schema(condition, schema):
    """Name the schema of every table, so that a temporary table of the same name is not looked at instead."""
    for table in {model._meta.db_table for model in apps.get_models()}:
        condition = condition.replace(f"FROM {table} ", f'FROM "{schema}".{table} ')
        condition = condition.replace(f"JOIN {table} ", f'JOIN "{schema}".{table} ')
    return condition


def catalogue(connection):
    """Return ``{name: digest of its definition}`` of the guards that stand in this database and are enabled."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard\\_%' ESCAPE '\\'"
            )
        else:
            cursor.execute(
                "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
                " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = current_schema() AND t.tgname LIKE 'guard\\_%' AND t.tgenabled = 'A'"
            )
        return {name: digest(definition) for name, definition in cursor.fetchall()}


def digest(definition):
    return hashlib.sha256(definition.encode()).hexdigest()


def missing(connection):
    """Return the names of the guards that are not in place, or not as they should be, sorted."""
    if connection.vendor == "sqlite":
        wanted = {guard.name: digest(sqlite_trigger(guard)) for guard in expected("sqlite")}
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            schema = cursor.fetchone()[0]
        functions = postgresql_functions(expected("postgresql"), schema)
        wanted = {name: digest(parts[0].split("$guard$")[1]) for name, parts in functions.items()}
    found = catalogue(connection)
    return sorted(name for name, value in wanted.items() if found.get(name) != value)
