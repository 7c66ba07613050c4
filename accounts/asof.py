"""The status of an account or membership as of any moment, from its entries: a rule without a database.

``AccountQuerySet.as_of`` is its twin in SQL; ``tests/accounts/test_asof.py`` compares the two on random histories.
"""

from dataclasses import dataclass
from typing import Any

CHANGES_THE_END = "change_suspension"
STANDS_AGAIN = "active"
"""What a suspension that has ended reads, though no entry says so yet."""
UNDER_REVIEW = "under_review"
"""A review that has ended reads as what was before it."""


@dataclass(frozen=True)
class Standing:
    """A status, since when, and ``entry``, the one that proves it; ``ended`` where that entry's own end made it so."""

    status: str
    since: Any
    entry: Any
    ended: bool = False


def standing(entries, restrictions, moment):
    """Return the ``Standing`` as of ``moment``; ``None`` before the first entry.

    ``entries`` are those about one subject, the highest number first; they are read no further than needed. What counts
    is the last one written of those that had happened by then, not the one that happened last: so the standing now is
    the row's, whatever was told late. A suspension whose end has come reads active, unless another of the account's
    ``restrictions`` was open at that moment.
    """
    last = None
    for entry in entries:
        if entry.occurred_at > moment or not tells_of_status(entry):
            continue
        last = last or entry
        if entry.from_status != entry.to_status:
            has_ended = bool(last.ends_at and last.ends_at <= moment)
            if has_ended and entry.to_status == UNDER_REVIEW:
                return Standing(entry.from_status, last.ends_at, last, ended=True)
            if has_ended and not is_kept_out(suspended_by(last), restrictions, moment):
                return Standing(STANDS_AGAIN, last.ends_at, last, ended=True)
            return Standing(entry.to_status, entry.occurred_at, last)
    return None


def suspended_by(entry):
    """Return the UUID of the entry that suspended, of one that says when that ends."""
    return entry.caused_by if entry.action == CHANGES_THE_END else entry.uid


def tells_of_status(entry):
    return entry.from_status != entry.to_status or entry.action == CHANGES_THE_END


def is_kept_out(suspension, restrictions, moment):
    """Whether a restriction that another entry than ``suspension`` opened was open at ``moment``."""
    return any(row.opened_entry != suspension and was_open(row, moment) for row in restrictions)


def was_open(restriction, moment):
    return (
        restriction.opened_at <= moment
        and (restriction.lifted_at is None or restriction.lifted_at > moment)
        and (restriction.ends_at is None or restriction.ends_at > moment)
    )


def status_now(status, next_change_at, now):
    """Return what a row's status reads ``now``: ``next_change_at`` is when it becomes active by itself."""
    return STANDS_AGAIN if next_change_at and next_change_at <= now else status
