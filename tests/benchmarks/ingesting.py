"""The rows of an import as each competitor of ``ingest`` writes them: planned beforehand, and then written its own way.

What is measured of the competitors is writing alone. They are handed finished values: nothing is read, checked, sealed,
hashed or chained for them. The guards look at every row of everybody. COPY writes in one piece, as Reinstate does; the
libraries write a row of a history for each step, and so go step by step.
"""

from collections import deque
from itertools import chain

from django.db import connection, transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.ledger import sets, sql
from accounts.models import Account


class Planned:
    """What a set of changes is going to write: step by step, and in one piece."""

    def __init__(self, works):
        self.queues = [work.finish() for work in works]
        self.piece = sets.Piece()
        for statement in chain.from_iterable(self.queues):
            self.piece.take(statement)


def piece_of(works):
    """Return what changes that are made for a set are going to write."""
    piece = sets.Piece()
    for work in works:
        work.put_into(piece)
    return piece


@transaction.atomic
def copied(piece):
    """Each table by COPY and each update as one statement over arrays: the floor for these rows under these guards."""
    piece.write()


class Rows:
    """The same as instances of the models, made before measuring; the libraries write their histories by themselves."""

    def __init__(self, planned):
        updates = [each for queue in planned.queues for each in queue if is_update_of_account(each)]
        ids = {each.params[len(each.shape.sets) + each.shape.expected.index("id")] for each in updates}
        self.known = {row.pk: row for row in Account._base_manager.filter(pk__in=ids)}
        self.queues = [
            [step for each in queue if not is_history(each) for step in self.steps(each)] for queue in planned.queues
        ]

    def steps(self, statement):
        """Yield ``(shape, instance, what it is given before it is written)`` for each row."""
        shape = statement.shape
        if isinstance(shape, sql.Update):
            values = [plain(value) for value in statement.params]
            given = dict(zip(shape.sets, values, strict=False))
            wanted = dict(zip(shape.expected, values[len(shape.sets) :], strict=True))
            yield shape, self.known[wanted["id"]], given
            return
        fields = [field.attname for field in sql.insert_fields(shape.model)]
        for values in sets.rows_of(statement):
            row = shape.model()
            row.__dict__.update(zip(fields, map(plain, values), strict=True))
            self.known[row.pk] = row
            yield shape, row, {}


def is_update_of_account(statement):
    return isinstance(statement.shape, sql.Update) and statement.shape.model is Account


def is_history(statement):
    return hasattr(statement.shape.model, "history_type")


def plain(value):
    """Return what a prepared parameter stands for."""
    return getattr(value, "obj", value)


HEAD = {"head_number", "head_hash"}


@transaction.atomic
def bulky(rows):
    """``bulk_create_with_history`` and its sisters, for all rows that may be written at the same time."""
    bulky_steps(rows.queues)


def bulky_steps(queues):
    queues = [deque(queue) for queue in queues if queue]
    while queues:
        shape = max(
            {queue[0][0]: sum(queue[0][0] == other[0][0] for other in queues) for queue in queues}.items(),
            key=lambda pair: pair[1],
        )[0]
        found = []
        for queue in queues:
            while queue and queue[0][0] == shape:
                found.append(queue.popleft()[1:])
                if isinstance(shape, sql.Update):
                    break
        write_bulk(shape, found)
        queues = [queue for queue in queues if queue]


def write_bulk(shape, found):
    model, tracked = shape.model, sql.has_history(shape.model)
    for row, given in found:
        row.__dict__.update(given)
    instances = [row for row, _given in found]
    if isinstance(shape, sql.Insert):
        if tracked:
            bulk_create_with_history(instances, model, batch_size=500)
        else:
            model._base_manager.bulk_create(instances, batch_size=500)
    elif tracked and not HEAD.issuperset(shape.sets):
        bulk_update_with_history(instances, model, list(shape.sets), batch_size=500, manager=model._base_manager)
    else:
        model._base_manager.bulk_update(instances, list(shape.sets), batch_size=500)


@transaction.atomic
def saved(rows):
    """``save()`` for each row, and the library's signal for its history."""
    saved_steps(rows.queues)


def saved_steps(queues):
    for queue in queues:
        for shape, row, given in queue:
            row.__dict__.update(given)
            if isinstance(shape, sql.Insert):
                row.save(force_insert=True)
            elif HEAD.issuperset(shape.sets):
                row.save_without_historical_record()  # nothing that a history keeps has changed
            else:
                row.save()


def analyze():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
