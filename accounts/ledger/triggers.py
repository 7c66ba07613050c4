"""How guards become triggers: one a guard on SQLite, one for each table and event on PostgreSQL.

Where tables are written in sets (``ask_at_once``) PostgreSQL asks the guards of INSERT once for a statement, about all
its rows, when they are in. Such a condition must not take for earlier what only stands in the same statement: whatever
has to come before an entry has a lower number than it.
"""

import re
from dataclasses import dataclass
from itertools import groupby

from django.apps import apps

PREFIX = "guard_"
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


def quoted(value):
    return str(int(value)) if isinstance(value, bool | int) else "'" + str(value).replace("'", "''") + "'"


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
