"""Turning over master keys: every key is wrapped anew, and what it seals stays as it is."""

from collections import Counter

from django.db import transaction

from accounts import registries, sealing
from accounts.models import SubjectKey

BATCH = 500


def rotate():
    """Wrap every key that needs another master key under the current one; yield how many, batch by batch.

    Each batch is a transaction of its own, so this may be stopped at any moment and run again. Raises
    ``UnknownMasterKey`` where a key needs a master key that is not among ``SEALING_KEYS``.
    """
    for rows in kinds():
        yield from rotate_rows(rows)


def kinds():
    """Return what keys there are: those of people, and those that other apps hold, each as a queryset."""
    return [SubjectKey.objects.all(), *(rows() for rows in registries.wrapped_keys.values())]


def rotate_rows(every):
    current, last = sealing.current_key_id(), None
    while True:
        with transaction.atomic():
            after = every.filter(pk__gt=last) if last else every
            rows = list(after.select_for_update().order_by("pk")[:BATCH])
            if not rows:
                return
            old = [row for row in rows if wrap_anew(row, current)]
            every.model.objects.bulk_update(old, ["wrapped"])
            last = rows[-1].pk
        yield len(old)


def wrap_anew(row, current):
    """Put a row's key under the current master key; tell whether there was anything to do, and a key that opens."""
    context = str(row.account_id) if isinstance(row, SubjectKey) else row.context
    if needs(row.wrapped) in (current, None):
        return False
    try:
        row.wrapped = sealing.wrap(sealing.unwrap(row.wrapped, context=context), context=context)
    except sealing.SealBroken:
        return False
    return True


def in_use():
    """Return how many keys need each master key: ``{key id: count}``, under ``None`` those that are broken."""
    return Counter(needs(key) for rows in kinds() for key in rows.values_list("wrapped", flat=True).iterator())


def needs(wrapped):
    """Return the id of the master key that a wrapped key needs, ``None`` where these bytes are no wrapped key."""
    try:
        return sealing.wrapped_by(wrapped)
    except sealing.SealBroken:
        return None
