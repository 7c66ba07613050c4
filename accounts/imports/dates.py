"""Dates and times as files write them: read by a declared format, never guessed.

``FORMATS`` are the ways to write a day that can be declared; each name says what it means. A time is such a day, then
``HH:MM``, ``HH:MM:SS`` or with fractions, then perhaps its distance from UTC (``Z``, ``+02:00``). Without one it is in
the declared time zone, and a clock time that the zone skips or has twice (RFC 5545, 3.3.5) is refused.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

ISO = "YYYY-MM-DD"
FORMATS = (ISO, "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY", "MM-DD-YYYY", "YYYY/MM/DD", "YYYYMMDD")
CLOCK = r"(?:[T ](?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)"
OFFSET = r"(?P<offset> ?(?:Z|[+-]\d{2}:?\d{2}))"


class Unclear(ValueError):
    """``args[0]`` says, without repeating it, why a text is no date or time, as the end of a sentence."""


class Dated(str):
    """A date that the file itself keeps as one, as a spreadsheet's date cell does, written as ISO 8601 writes it."""

    __slots__ = ()


def pattern(name: str) -> re.Pattern[str]:
    digits = r"\d{2}" if name.isalpha() else r"\d{1,2}"
    day = re.escape(name).replace("YYYY", r"(?P<year>\d{4})").replace("MM", f"(?P<month>{digits})")
    return re.compile(f"{day.replace('DD', f'(?P<day>{digits})')}{CLOCK}?{OFFSET}?", re.ASCII)


PATTERNS = {name: pattern(name) for name in FORMATS}


def matched(text: str, declared: str) -> tuple[date, dict[str, str | None]]:
    """Return the day in ``text`` and the parts of its clock time; ``declared`` is one of ``FORMATS``, "" for none."""
    name = ISO if isinstance(text, Dated) else declared
    if not name:
        name = ISO
        readable = fitting([text])
        if len(readable) > 1:
            raise Unclear(_("can be read in more than one way; say how dates are written in this file"))
        if readable and readable != [ISO]:
            raise Unclear(_("is not written YYYY-MM-DD; say how dates are written in this file"))
    found = PATTERNS[name].fullmatch(text)
    try:
        if found:
            return date(int(found["year"]), int(found["month"]), int(found["day"])), found.groupdict()
    except ValueError:
        pass
    raise Unclear(_("is not a date written %s") % name)


def day(text: str, declared: str = ISO) -> date:
    """Return the day that ``text`` names; raises ``Unclear`` for anything else, a time of day included."""
    found, clock = matched(text, declared)
    is_midnight = isinstance(text, Dated) and clock["hour"] == "00" and clock["minute"] == "00"
    if (clock["hour"] and not is_midnight) or clock["offset"]:
        raise Unclear(_("is not a date written %s") % (declared or ISO))
    return found


def moment(text: str, declared: str, zone: str) -> datetime:
    """Return the time that ``text`` names, in UTC; raises ``Unclear`` where there is none, or more than one."""
    found, clock = matched(text, declared)
    if not clock["hour"]:
        raise Unclear(_("has no time of day"))
    try:
        local = datetime(  # noqa: DTZ001 - its zone is found below
            *(found.year, found.month, found.day, int(clock["hour"] or 0), int(clock["minute"] or 0)),
            int(clock["second"] or 0),
            int((clock["fraction"] or "0")[:6].ljust(6, "0")),
        )
    except ValueError:
        raise Unclear(_("is not a time such as 23:59:59")) from None
    if clock["offset"]:
        return at_offset(local, clock["offset"].strip())
    if not zone:
        raise Unclear(_("does not say its time zone, and none was declared for the file"))
    return in_zone(local, ZoneInfo(zone))


def at_offset(local: datetime, offset: str) -> datetime:
    if offset == "Z":
        return local.replace(tzinfo=UTC)
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    distance = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or distance > timedelta(hours=14):
        raise Unclear(_("has a distance from UTC that no place has"))
    return utc(local.replace(tzinfo=timezone(-distance if offset[0] == "-" else distance)))


def in_zone(local: datetime, zone: ZoneInfo) -> datetime:
    first, second = utc(local.replace(tzinfo=zone)), utc(local.replace(tzinfo=zone, fold=1))
    if first == second:
        return first
    # After a gap the two readings stand in the wrong order (PEP 495).
    if first > second:
        raise Unclear(_("is skipped where the clock goes forward in %s") % zone.key)
    raise Unclear(_("happens twice where the clock goes back in %s") % zone.key)


def utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Unclear(_("lies outside of the calendar")) from None


def fitting(values: list[str]) -> list[str]:
    """Return the formats by which every one of these texts is a date or a time; empty texts say nothing."""
    texts = [text for text in map(str.strip, values) if text and not isinstance(text, Dated)]
    return [name for name in FORMATS if texts and all(is_date(text, name) for text in texts)]


def is_date(text: str, name: str) -> bool:
    try:
        matched(str(text), name)
    except Unclear:
        return False
    return True
