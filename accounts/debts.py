"""What of an account's debts is unpaid, since when, and what follows from its age. Pure functions of dates and amounts.

Payments settle the oldest debt first, so what is still owed is always the newest part of what was charged.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

MAX_DAYS = 3650


@dataclass(frozen=True)
class Debt:
    due_on: date
    minor: int
    """what of it counts: its amount without what was written off"""


@dataclass(frozen=True, order=True)
class Step:
    days: int
    action: str


def steps_of(rows: Iterable) -> list[Step]:
    """Return the steps of a ladder in the order of their days. Raises ``ValueError`` for what is no ladder."""
    steps = []
    for row in rows:
        if not isinstance(row, list | tuple) or len(row) != 2:
            raise ValueError(_("A step is a number of days and an action."))
        days, action = row
        if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MAX_DAYS:
            raise ValueError(_("Days are a whole number from 1 to %d.") % MAX_DAYS)
        if action not in ("remind", "hold", "suspend"):
            raise ValueError(_("An action is remind, hold or suspend."))
        steps.append(Step(days, action))
    if len({step.days for step in steps}) != len(steps):
        raise ValueError(_("Two steps stand on one day."))
    strength = {"remind": 0, "hold": 1, "suspend": 2}
    order = [strength[step.action] for step in sorted(steps) if step.action != "remind"]
    if order != sorted(order):
        raise ValueError(_("An account is held before it is suspended."))
    return sorted(steps)


def unpaid(debts: Iterable[Debt], balance_minor: int) -> list[Debt]:
    """Return what is left of each debt, oldest first, where ``balance_minor`` is still owed in all.

    What was owed before there were dated debts is older than all of them, and has no day.
    """
    left, found = balance_minor, []
    for debt in sorted(debts, key=lambda each: each.due_on, reverse=True):
        if left <= 0:
            break
        part = min(debt.minor, left)
        if part > 0:
            found.append(Debt(debt.due_on, part))
            left -= part
    return found[::-1]


def overdue_since(debts: Iterable[Debt], balance_minor: int) -> date | None:
    """Return the last day on which the oldest unpaid debt could have been paid in time, ``None`` where none is owed."""
    left = unpaid(debts, balance_minor)
    return left[0].due_on if left else None


def moment_of(due_on: date, days: int, zone: ZoneInfo) -> datetime:
    """Return when a debt is ``days`` old: the first moment of that day where the member lives."""
    return datetime.combine(due_on + timedelta(days=days), time.min, tzinfo=zone)


def steps_due(steps: list[Step], due_on: date | None, after_days: int, now: datetime, zone: ZoneInfo) -> list[Step]:
    """Return the steps beyond ``after_days`` that the age of the debt has reached at ``now``, in their order."""
    if due_on is None:
        return []
    return [step for step in steps if step.days > after_days and moment_of(due_on, step.days, zone) <= now]


def next_step_at(steps: list[Step], due_on: date | None, after_days: int, zone: ZoneInfo) -> datetime | None:
    """Return when the first step beyond ``after_days`` falls due, ``None`` where none is left."""
    if due_on is None:
        return None
    step = next((step for step in steps if step.days > after_days), None)
    return moment_of(due_on, step.days, zone) if step else None
