"""A moment that somebody names by a day, or by a day and a time, in a time zone: read in one way, or refused."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.errors import Invalid

FIRST_YEAR, LAST_YEAR = 1970, 9999
CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(rf"{DAY.pattern}[T ]{CLOCK.pattern}(Z|[+-][0-9]{{2}}:[0-9]{{2}})?")
SHORTEST = timedelta(microseconds=1)
"""What the ledger tells apart."""


@dataclass(frozen=True)
class Moment:
    """``at`` in UTC, read in ``zone``. ``is_day_end`` where a day was named and nothing else."""

    at: datetime
    zone: ZoneInfo
    is_day_end: bool = False

    @property
    def there(self):
        return self.at.astimezone(self.zone)

    @property
    def words(self):
        """The exact moment: day, time, zone, and how far the zone is from UTC then."""
        offset = self.there.strftime("%z")
        named = {
            "day": date_format(self.there, "j F Y"),
            "time": self.there.strftime("%H:%M:%S"),
            "zone": self.zone.key,
            "offset": f"{offset[:3]}:{offset[3:5]}",
        }
        return _("%(day)s, %(time)s, %(zone)s (UTC%(offset)s)") % named

    @property
    def address(self):
        """What stands in the address of a page, and is read as this moment again."""
        at = self.there.date() if self.is_day_end else self.there
        return {"at": at.isoformat(), "zone": self.zone.key}

    @property
    def typed(self):
        """What stands in the fields of a form for this moment."""
        clock = "" if self.is_day_end else self.there.strftime("%H:%M:%S")
        return {"at": self.there.date().isoformat(), "time": clock, "zone": self.zone.key}


@cache
def zone_names():
    return frozenset(available_timezones())


def read(text, zone_name, *, clock="", now):
    """Return the ``Moment`` of a day (2026-03-29) or a day and time (2026-03-29T14:30, with or without an offset).

    A day alone is its last moment, so that all of it counts; today is ``now``. ``clock`` may give the time beside a
    day. Raises ``Invalid`` for anything else, for what lies in the future, and for a time that a change of clocks
    leaves out or repeats that day.
    """
    zone = zone_of(zone_name)
    day, named = parts(text, clock)
    if named is None:
        if day == now.astimezone(zone).date():
            return Moment(now, zone)
        return checked(start_of(day + timedelta(days=1), zone) - SHORTEST, zone, now, is_day_end=True)
    return checked(named if named.tzinfo else in_zone(named, zone), zone, now)


def zone_of(name):
    if name not in zone_names():
        raise Invalid(_("There is no time zone of this name. Write it like Europe/Berlin."), field="zone")
    return ZoneInfo(name)


def parts(text, clock):
    """Return the day, and the day with its time if one is named, in whatever notation."""
    try:
        if DAY.fullmatch(text):
            day = date.fromisoformat(text)
            named = datetime.combine(day, clock_time(clock)) if clock else None
        elif TIME.fullmatch(text) and not clock:
            named = datetime.fromisoformat(text)
            day = named.date()
        else:
            raise ValueError
    except ValueError as error:
        message = _("This is not a day or a time. Write it like 2026-03-29 or 2026-03-29T14:30.")
        raise Invalid(message, field="at") from error
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise Invalid(_("This year lies too far away."), field="at")
    return day, named


def clock_time(text):
    if not CLOCK.fullmatch(text):
        raise ValueError
    return time.fromisoformat(text)


def start_of(day, zone):
    """Return when a day begins; where its midnight is left out, the first moment after it."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def in_zone(named, zone):
    first, second = (named.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    there = first.astimezone(zone)
    if there.replace(tzinfo=None) != named:
        raise Invalid(_("The clocks went forward then: this time did not come. Choose another."), field="at")
    raise Invalid(
        _("The clocks went back then: this time came twice. Write it with its offset, like %s.") % there.isoformat(),
        field="at",
    )


def checked(at, zone, now, **kind):
    at = at.astimezone(UTC)
    if at > now:
        raise Invalid(_("This lies in the future: nobody knows yet what will be true then."), field="at")
    return Moment(at, zone, **kind)
