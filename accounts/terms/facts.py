"""What is known of a membership, and the days that follow from it."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12, "two_years": 24}
ROLLING, CALENDAR = "rolling", "calendar"
LIVING = frozenset({"pending", "trial", "active", "paused", "suspended"})
IN_SERVICE = frozenset({"trial", "active"})


@dataclass(frozen=True)
class Terms:
    """What a plan says about time. ``pause_extends``: the days of a pause are added to the term at its end."""

    cycle: str = "month"
    basis: str = ROLLING
    auto_renew: bool = True
    grace_days: int = 0
    pause_extends: bool = True


@dataclass(frozen=True)
class Scheduled:
    """A change that was decided and is still to come, on a day or, where ``on`` is ``None``, when the term is over.

    ``kind`` is cancel, change_plan or pause; ``until`` a pause's last day; ``terms`` those of the plan it changes to.
    """

    key: Any
    kind: str
    on: date | None = None
    until: date | None = None
    terms: Terms | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of a membership. ``since`` is when it last changed: nothing takes effect before that."""

    status: str
    zone: ZoneInfo
    terms: Terms = Terms()
    auto_renew: bool = False
    term_starts_on: date | None = None
    ends_on: date | None = None
    anchor_day: int | None = None
    trial_starts_on: date | None = None
    trial_ends_on: date | None = None
    trial_converts: bool = False
    converted_on: date | None = None
    standing_before: str = ""
    pause_starts_on: date | None = None
    pause_ends_on: date | None = None
    tier: str = ""
    tier_ends_on: date | None = None
    scheduled: tuple[Scheduled, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True)
class Step:
    """One change that comes by itself: when, on which local day, what, why, and the membership ``after`` it."""

    at: datetime
    on: date
    action: str
    cause: str
    after: Facts
    scheduled: Scheduled | None = None


def add_months(day: date, months: int, anchor_day: int | None = None) -> date:
    """Return the day so many months later: the same day of the month, or the last day of a month that is shorter.

    ``anchor_day`` is the day of the month that is meant, so that January 31 becomes February 28 and then March 31.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(anchor_day or day.day, calendar.monthrange(year, month + 1)[1]))


def term_end(starts_on: date, terms: Terms, anchor_day: int | None = None) -> date:
    """Return the last day of a term that begins on ``starts_on``.

    A rolling term lasts until the day before the same day of a later month; a calendar term until the month, quarter,
    year or second year is over.
    """
    months = MONTHS[terms.cycle]
    if terms.basis == ROLLING:
        return add_months(starts_on, months, anchor_day) - DAY
    first = starts_on.replace(day=1)
    into = (starts_on.month - 1) % min(months, 12)
    return add_months(first, months - into) - DAY


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def not_before(facts: Facts, on: date) -> date:
    """Return the day on which what was due on ``on`` can take effect: not before the last change."""
    late = facts.since and start_of_day(on, facts.zone) < facts.since
    return local_day(facts.since, facts.zone) if facts.since and late else on


def standing(facts: Facts) -> str:
    """Return the status that a membership has, or comes back to when its pause or suspension ends."""
    return facts.standing_before or "active" if facts.status in ("paused", "suspended") else facts.status


def is_frozen(facts: Facts) -> bool:
    """A pause whose days are added later stops the clock of term and trial."""
    return facts.status == "paused" and facts.terms.pause_extends


def term_over_on(facts: Facts) -> date | None:
    """Return the first day after the term, or after the trial; ``None`` where that has no end or stands still."""
    last = facts.trial_ends_on if standing(facts) == "trial" else facts.ends_on
    return last + DAY if last and facts.status in LIVING - {"pending"} and not is_frozen(facts) else None
