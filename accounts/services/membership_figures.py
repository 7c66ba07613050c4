"""Figures of memberships by month, counted from the record: why they were cancelled, and how many trials were kept.

A month is one of the client's calendar. A cancellation counts in the month in which it happened, by its coded reason.
A trial counts in the month in which it ended: kept, where a paid term followed; lost, where it expired or was
cancelled. The rate is kept / (kept + lost), so that a trial that still goes on is neither.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from accounts import terms
from accounts.models import StatusChange
from accounts.zones import zone

MONTHS = 12
CANCELLED = Q(action="cancel", to_status="cancelled")
KEPT, LOST = ("convert",), ("expire", "cancel")
TRIALS = Q(from_status="trial", action__in=(*KEPT, *LOST))


@dataclass(frozen=True)
class Trials:
    """The trials that ended in one month, or in all of them."""

    kept: int = 0
    lost: int = 0

    @property
    def ended(self):
        return self.kept + self.lost

    @property
    def rate(self):
        """Return kept of 100 that ended, exactly rounded to a tenth, halves up; ``None`` where none ended."""
        return ((2000 * self.kept + self.ended) // (2 * self.ended)) / 10 if self.ended else None


def months(until: date) -> list[date]:
    """Return the first days of the twelve months that end with the one of ``until``, the earliest first."""
    return [terms.add_months(until.replace(day=1), -ago) for ago in range(MONTHS - 1, -1, -1)]


def ended_in(client, first, last):
    """Return the entries about a client's memberships from the first day of one month to the last of another."""
    place = zone(client.time_zone)
    begins, ends = terms.start_of_day(first, place), terms.start_of_day(terms.add_months(last, 1), place)
    rows = StatusChange.objects.filter(client=client, subject_type="membership")
    return rows.filter(occurred_at__gte=begins, occurred_at__lt=ends)


def by_month(rows, client, column):
    """Return ``{(month, value of the column): how many}``."""
    local = TruncMonth("occurred_at", tzinfo=zone(client.time_zone))
    counted = rows.order_by().annotate(month=local).values_list("month", column).annotate(number=Count("pk"))
    found: Counter = Counter()
    for month, value, number in counted:
        found[month.date(), value] += number
    return found


def cancellations(client, until: date) -> tuple[list, dict]:
    """Return the months, and ``{reason code: [how many in each month]}``, the most frequent reason first."""
    each = months(until)
    found = by_month(ended_in(client, each[0], each[-1]).filter(CANCELLED), client, "reason")
    sums: Counter = Counter()
    for (_month, reason), number in found.items():
        sums[reason] += number
    ordered = sorted(sums, key=lambda reason: (-sums[reason], reason))
    return each, {reason: [found[month, reason] for month in each] for reason in ordered}


def trials(client, until: date) -> tuple[list, list[Trials]]:
    """Return the months, and the trials that ended in each."""
    each = months(until)
    found = by_month(ended_in(client, each[0], each[-1]).filter(TRIALS), client, "action")
    return each, [
        Trials(*(sum(found[month, action] for action in actions) for actions in (KEPT, LOST))) for month in each
    ]
