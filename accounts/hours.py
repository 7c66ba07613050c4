"""Working hours as a clock: which time counts, how much of it lies between two moments, and when so much has passed.

A moment counts while the clock on the wall, in the zone of the hours, stands within them. So an hour that a clock
change repeats counts twice and one that it skips does not count, whatever the hours are. Hours that run past midnight
belong to the day on which they begin: a holiday shuts the night shift that begins on it, not the one that ends on it.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES = 24 * 60
SPAN = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-\u2013]\s*([01]?\d|2[0-4]):([0-5]\d)")
MOST_SPANS = 6
FIRST_YEAR, LAST_YEAR = 1970, 2200
AHEAD = 128
FARTHEST = 4096
"""Days that are looked at, at first and at the most: who has to wait longer than eleven years waits in vain."""

Spans = tuple[tuple[int, int], ...]
"""Hours of one day as (begin, end) in minutes after its midnight; an end after 1440 lies on the next day."""


class NeverOpen(Exception):
    """So much working time does not come any more."""


def parse_spans(text):
    """Return the hours in ``"09:00-13:00, 22:00-06:00"``; an end that is not later than its begin is on the next day.

    Raises ``ValueError`` for what are no hours and for hours that overlap.
    """
    found = []
    for part in filter(None, (part.strip() for part in text.replace(";", ",").split(","))):
        match = SPAN.fullmatch(part)
        if match is None:
            raise ValueError(part)
        begin, end = (int(match[i]) * 60 + int(match[i + 1]) for i in (1, 3))
        if begin >= MINUTES or end > MINUTES:
            raise ValueError(part)
        found.append((begin, end if end > begin else end + MINUTES))
    found.sort()
    if len(found) > MOST_SPANS or any(later[0] < earlier[1] for earlier, later in pairwise(found)):
        raise ValueError(text)
    return tuple(found)


def write_spans(spans):
    """Return hours as ``parse_spans`` reads them; whole days as ``00:00-24:00``."""
    return ", ".join(f"{clock(begin)}-{clock(end if end <= MINUTES else end - MINUTES)}" for begin, end in spans)


def clock(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


def overlapping_day(week):
    """Return the first day whose night hours run into the hours of the day after, or ``None``."""
    for i, code in enumerate(DAYS):
        spans, after = week.get(code, ()), week.get(DAYS[(i + 1) % 7], ())
        if spans and after and spans[-1][1] - MINUTES > after[0][0]:
            return code
    return None


@lru_cache(maxsize=2048)
def public_holidays(country, region, year):
    """Return ``{day: name}`` of the public holidays of a year, none where the country or region is not known."""
    try:
        return dict(holidays.country_holidays(country, subdiv=region or None, years=year).items())
    except NotImplementedError:
        return {}


@lru_cache(maxsize=1)
def regions_of_countries():
    """Return ``{country: [region, ...]}`` whose holidays are known, by their ISO 3166 codes."""
    return dict(sorted(holidays.list_supported_countries().items()))


@dataclass(frozen=True)
class Plan:
    """Which hours are worked: weekly, on days of one's own, and not on public holidays."""

    week: tuple[Spans, ...]
    """Monday to Sunday"""
    zone: str = "UTC"
    country: str = ""
    region: str = ""
    days: tuple[tuple[date, Spans], ...] = ()
    """days with hours of their own, none where it is shut; they go before holidays and the week"""

    def spans(self, day):
        own = dict(self.days)
        if day in own:
            return own[day]
        if self.country and day in public_holidays(self.country, self.region, day.year):
            return ()
        return self.week[day.weekday()]


ALWAYS = Plan(week=(((0, MINUTES),),) * 7)


def plan(week, zone="UTC", country="", region="", days=None):
    """Return the ``Plan`` of hours that are kept as text: ``{"mon": "09:00-17:00"}`` and ``{"2026-12-24": ""}``."""
    return Plan(
        week=tuple(parse_spans(week.get(code, "")) for code in DAYS),
        zone=zone,
        country=country,
        region=region,
        days=tuple(sorted((date.fromisoformat(day), parse_spans(text)) for day, text in (days or {}).items())),
    )


@lru_cache(maxsize=512)
def hours(plan):
    """Return the ``Hours`` of a plan, which know what they have worked out once."""
    return Hours(plan)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def tick(moment):
    """Return a moment as microseconds after 1970, exactly."""
    return (moment - EPOCH) // MICROSECOND


def moment(ticks):
    return EPOCH + ticks * MICROSECOND


class Hours:
    """The open times of a plan in UTC, worked out as far as they were asked for."""

    def __init__(self, plan):
        self.plan = plan
        self.zone = ZoneInfo(plan.zone)
        self._first = self._last = date(FIRST_YEAR, 1, 1)
        self._begins, self._ends, self._before = [], [], []

    def between(self, begin, end):
        """Return the working time from ``begin`` until ``end``; none where that is not later."""
        if end <= begin:
            return timedelta(0)
        self._reach(begin, end)
        return (self._worked(tick(end)) - self._worked(tick(begin))) * MICROSECOND

    def after(self, begin, duration):
        """Return the first moment until which ``duration`` of working time has passed since ``begin``.

        Time that is used up at closing time ends then, not when it opens again; no time at all ends at once. A duration
        below zero goes back to the moment since which so much has passed. Raises ``NeverOpen`` where so much does not
        come within eleven years.
        """
        if not duration:
            return begin
        ahead = AHEAD
        while ahead <= FARTHEST:
            end = begin + timedelta(days=ahead)
            self._reach(begin if duration > timedelta(0) else begin - timedelta(days=ahead), end)
            wanted = self._worked(tick(begin)) + duration // MICROSECOND
            # The first open time by whose end enough has been worked.
            found = bisect_right(self._before, wanted - 1) - 1
            if (
                self._begins
                and wanted > 0
                and (due := self._begins[found] + wanted - self._before[found]) <= min(self._ends[found], tick(end))
            ):
                return moment(due)
            ahead *= 2
        raise NeverOpen

    def is_open(self, at):
        self._reach(at, at)
        found = bisect_right(self._begins, tick(at)) - 1
        return found >= 0 and tick(at) < self._ends[found]

    def next_open(self, at):
        """Return the first moment from ``at`` on that counts; raises ``NeverOpen``."""
        return at if self.is_open(at) else self.after(at, MICROSECOND) - MICROSECOND

    def _worked(self, ticks):
        """Return what was worked of the known time until then."""
        found = bisect_right(self._begins, ticks) - 1
        if found < 0:
            return 0
        return self._before[found] + min(ticks, self._ends[found]) - self._begins[found]

    def _reach(self, begin, end):
        """Work out the open times from two days before ``begin`` until two days after ``end``, if they are not yet."""
        first, last = begin.astimezone(UTC).date() - timedelta(days=2), end.astimezone(UTC).date() + timedelta(days=2)
        if self._first <= first and last <= self._last:
            return
        if self._first != self._last:
            first, last = min(first, self._first), max(last, self._last)
        first, last = first - timedelta(days=32), last + timedelta(days=AHEAD)
        pieces = sorted(piece for day in each_day(first, last) for piece in self._open_on(day))
        begins, ends, before, total = [], [], [], 0
        for begin_tick, end_tick in pieces:
            if ends and begin_tick <= ends[-1]:
                total += max(end_tick - ends[-1], 0)
                ends[-1] = max(ends[-1], end_tick)
                continue
            begins.append(begin_tick)
            ends.append(end_tick)
            before.append(total)
            total += end_tick - begin_tick
        # Put in place at once: another thread that reads meanwhile has the old lists or the new ones.
        self._begins, self._ends, self._before = begins, ends, before
        self._first, self._last = first + timedelta(days=1), last - timedelta(days=1)

    def _open_on(self, day):
        """Yield (begin, end) in ticks of what counts of the hours of one day."""
        midnight = datetime.combine(day, time())
        for begin, end in self.plan.spans(day):
            yield from self._in_utc(midnight + timedelta(minutes=begin), midnight + timedelta(minutes=end))

    def _in_utc(self, begin, end):
        """Yield the times at which the clock on the wall stands between two readings."""
        begin_tick, end_tick = wall_tick(begin), wall_tick(end)
        offsets = {
            wall.replace(tzinfo=self.zone, fold=fold).utcoffset() // MICROSECOND
            for wall in (begin, end)
            for fold in (0, 1)
        }
        if len(offsets) == 1:
            offset = offsets.pop()
            yield begin_tick - offset, end_tick - offset
            return
        change, before, after = self._clock_change(
            begin_tick - max(offsets) - DAY_TICKS, end_tick - min(offsets) + DAY_TICKS
        )
        for piece_begin, piece_end in (
            (begin_tick - before, min(end_tick - before, change)),
            (max(begin_tick - after, change), end_tick - after),
        ):
            if piece_begin < piece_end:
                yield piece_begin, piece_end

    def _clock_change(self, low, high):
        """Return when between two moments the clocks change, and the offsets before and after."""
        before, after = self._offset(low), self._offset(high)
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle) == before:
                low = middle
            else:
                high = middle
        return high, before, after

    def _offset(self, ticks):
        return moment(ticks).astimezone(self.zone).utcoffset() // MICROSECOND


DAY_TICKS = timedelta(days=1) // MICROSECOND


def wall_tick(wall):
    return (wall - EPOCH.replace(tzinfo=None)) // MICROSECOND


def each_day(first, last):
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
