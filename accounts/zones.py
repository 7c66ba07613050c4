"""Time zones as people and imports name them."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones


def zone(name):
    """Return this time zone; a name that no zone has counts as UTC, so that a typing error shuts nobody out."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return ZoneInfo("UTC")


@cache
def names():
    """Return the names of all time zones; looked up once, as it reads a folder."""
    return tuple(sorted(available_timezones()))
