"""The changes of many accounts in one transaction, each table written once and each row once.

What each change recorded is brought together by row: a row that was made and then changed is inserted as it ends, and
one that was there is updated once. Tables follow in the order in which the guards ask: what decisions need, the
entries, what stands beside them, the rows with a status, and at the end what nothing waits for, such as the rows of
the history tables. On PostgreSQL rows go by COPY, and updates as one statement over their values.
"""

import gc
from collections import defaultdict
from contextlib import contextmanager
from copy import copy
from functools import cache
from itertools import chain, islice

from django.db import connection, connections

from accounts.ledger import copying, sql
from accounts.ledger.change import HEAD, Change
from accounts.models import ImportedEvent, ImportedRecord, OutboxEvent, Restriction, StatusChange
from accounts.models.base import StatusModel

# SQLite takes 32,766 parameters in one statement (its documentation of limits, number 9).
MAX_PARAMS = 32_000
EARLY, ENTRIES, BESIDE, STATUS, LATE = range(5)


class SetChange(Change):
    """The change of one account among many: its steps are kept as entries and histories, and each row as it ends.

    What a row is given between two entries is not written by itself, so nothing is compared with it or merged. Rows are
    kept as Python has them; how they are written down is worked out for a whole table at once.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._rows, self._new, self._touched, self._states = defaultdict(list), {}, {}, {}
        """(place, model) -> rows; by key, as a number, rows inserted as they end, rows to update and what is known."""
        if self._loaded:
            self._states[self.chain.pk.int] = self._state_of(self.chain)

    def track(self, row):
        if row.id.int not in self._new:
            super().track(row)
        self._states[row.id.int] = self._state_of(row)
        return row

    def add(self, instance, history=None):
        if not goes_on(type(instance)):
            super().add(instance, history)
            return
        instance._state.adding = False
        self._new[instance.id.int] = instance, getattr(instance, "ends_at", None)
        if history:
            self._keep_history(instance, "+", history)

    def add_rows(self, model, rows):
        self._rows[place_of(model), model] += rows

    def save(self, subject, action):
        key, state = subject.id.int, self._state_of(subject)
        if state == self._states.get(key):
            return
        self._states[key] = state
        if key not in self._new:
            self._touched[key] = subject
        if sql.has_history(type(subject)):
            self._keep_history(subject, "~", action)

    def put_into(self, piece):
        for (place, model), rows in self._rows.items():
            piece.add(place, model, rows)
        for row, ends_at in self._new.values():
            put_new(piece, row, ends_at)
        if self.chain.pk in self._loaded and self.chain.head_number != self._loaded[self.chain.pk]["head_number"]:
            self._touched[self.chain.pk.int] = self.chain
        for row in self._touched.values():
            piece.take(self._update_of(row))
        self._rows, self._new, self._touched = defaultdict(list), {}, {}

    @property
    def is_empty(self):
        return not (self._rows or self._new or self._touched)

    def _insert(self, instance, *, is_early=False):
        model = type(instance)
        self._rows[EARLY if is_early else place_of(model), model].append(sql.as_they_are(instance))

    def _keep_history(self, instance, kind, reason):
        row = sql.history_row(instance, kind, user_id=self.actor.id, at=self.now, reason=reason)
        self._rows[LATE, sql.history_model(type(instance))].append(row)

    def _update_of(self, row):
        loaded, now = self._loaded[row.pk], sql.snapshot(row)
        new = {name: value for name, value in now.items() if value is not loaded[name] and value != loaded[name]}
        kept = ("id", *(name for name in ("status", "status_number") if name in loaded))
        kept += ("head_number",) if row is self.chain else ()
        self._loaded[row.pk] = now
        return sql.update(row, new, {name: loaded[name] for name in kept})

    def _state_of(self, row):
        get, altered = state_getter(type(row), row is self.chain)
        state = get(row.__dict__)
        return tuple(map(sql.copied, state)) if altered and any(map(state.__getitem__, altered)) else state

    def _write_own(self, **head):
        """There is no own row to let go of before an entry: it is written once, as it ends."""


@cache
def state_getter(model, is_chain):
    """Return what takes the values that a save looks at, and the places of those that may be altered in place."""
    names, get = sql.columns_but(model, HEAD if is_chain else ())
    return get, [place for place, name in enumerate(names) if name in sql.alterable(model)]


@contextmanager
def nothing_is_garbage():
    """Let the search for garbage rest while a set is put together, which throws nothing away before it is written."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def put_new(piece, row, ends_at):
    """Insert a row as it ends; a restriction whose end was moved begins with the first one, as its entry says."""
    model = type(row)
    if model is Restriction and row.ends_at != ends_at:
        moved = {"ends_at": row.ends_at, "lifted_at": row.lifted_at, "lifted_entry": row.lifted_entry}
        row = copy(row)
        row.ends_at, row.lifted_at, row.lifted_entry = ends_at, None, None
        piece.take(sql.update(row, moved, {"id": row.pk}))
    piece.add(place_of(model), model, [sql.as_they_are(row)])


def run(changes):
    """Write what these changes of different chains have recorded, all in the transaction that is open.

    Raises ``sql.RowMoved`` where an update met another row than the one that was read.
    """
    piece = Piece()
    for change in changes:
        change.put_into(piece)
    piece.write()


def write(statements):
    """Write what these statements do, each table and each row once."""
    piece = Piece()
    for statement in statements:
        piece.take(statement)
    piece.write()


class Piece:
    """What many statements write, by table and row."""

    def __init__(self):
        self.rows = defaultdict(list)
        """(place, model) -> the rows that are inserted, each a list of its values."""
        self.known = {}
        """(model, id) -> the row among them that a later update goes into."""
        self.updates = {}
        """(model, id) -> what is written and what is expected of a row that is there: two dicts."""
        self.is_copied = connection.vendor == "postgresql"

    def add(self, place, model, rows):
        """Take rows that nothing is going to change, their values as Python has them."""
        self.rows[place, model] += rows if self.is_copied else [sql.stored(model, row) for row in rows]

    def take(self, statement):
        shape = statement.shape
        if isinstance(shape, sql.Update):
            self.update(shape, statement.params)
            return
        place = EARLY if statement.is_early else place_of(shape.model)
        found = rows_of(statement)
        if goes_on(shape.model):
            found = [list(row) for row in found]
            self.known.update(((shape.model, row[0]), row) for row in found)
        self.rows[place, shape.model] += found

    def update(self, shape, params):
        given = dict(zip(shape.sets, params, strict=False))
        expected = dict(zip(shape.expected, params[len(shape.sets) :], strict=True))
        key = shape.model, expected["id"]
        row = self.known.get(key)
        if row is not None and key not in self.updates and not (shape.model is Restriction and "ends_at" in given):
            places = sql.places(shape.model)
            for name, value in given.items():
                row[places[name]] = value
            return
        before = self.updates.setdefault(key, ({}, expected))
        before[0].update(given)

    def write(self):
        for place in range(LATE + 1):
            for model in sorted((model for each, model in self.rows if each == place), key=importance):
                insert(model, self.rows[place, model])
            by_shape = defaultdict(list)
            for (model, _key), (given, expected) in self.updates.items():
                if (STATUS if issubclass(model, StatusModel) else BESIDE) == place:
                    by_shape[sql.Update(model, tuple(given), tuple(expected))].append(
                        (*given.values(), *expected.values())
                    )
            for shape, rows in by_shape.items():
                update(shape, rows)


@cache
def place_of(model):
    if model is StatusChange:
        return ENTRIES
    if issubclass(model, StatusModel):
        return STATUS
    may_wait = model in (OutboxEvent, ImportedEvent, ImportedRecord) or hasattr(model, "history_type")
    return LATE if may_wait else BESIDE


@cache
def goes_on(model):
    """Whether a row that is made and changed in one set is inserted as it ends."""
    return model is Restriction or issubclass(model, StatusModel)


def importance(model):
    """Of rows with a status, those that others are about come first."""
    return IN_ORDER.index(model.subject_type) if issubclass(model, StatusModel) else -1


IN_ORDER = ("account", "membership", "reinstatement")


def rows_of(statement):
    """Return the values of each row that an insert brings."""
    if statement.rows == 1:
        return [statement.params]
    width = len(statement.params) // statement.rows
    return [statement.params[start : start + width] for start in range(0, len(statement.params), width)]


def insert(model, rows):
    if connection.vendor == "postgresql":
        copying.copy(model, rows)
    else:
        sql.run(list(inserts(model, rows)))


def inserts(model, rows):
    """Yield statements that insert these rows, as many in one as the database takes."""
    size, rows = MAX_PARAMS // len(sql.insert_fields(model)), iter(rows)
    while some := list(islice(rows, size)):
        params = tuple(chain.from_iterable(some))
        yield sql.Statement(sql.insert_sql(model, len(some)), params, len(some), sql.insert_of(model))


def update(shape, rows):
    """Update many rows, each with its own values, where each still is as it was read."""
    if connection.vendor == "postgresql":
        update_at_once(shape, rows)
    else:
        text = sql.update_shape(shape.model, shape.sets, shape.expected)[1]
        sql.run([sql.Statement(text, tuple(row), 1, shape) for row in rows])


def update_at_once(shape, rows):
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
    values = tuple(list(column) for column in zip(*rows, strict=True))
    sql.run([sql.Statement(text, values, len(rows))])


def array_type(type_):
    """An array has no length of its elements in its type; the column checks it."""
    return type_.partition("(")[0]
