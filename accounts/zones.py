"""Time zones as people and imports name them."""

from zoneinfo import ZoneInfo


def zone(name):
    """Return this time zone; a name that no zone has counts as UTC, so that a typing error shuts nobody out."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return ZoneInfo("UTC")
