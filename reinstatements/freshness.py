"""Whether what proves a check is still of use: not from before service stopped, not run out, not too old. Pure.

What was dated before the stop is a fact of the case, which a policy may ask about. What runs out while a case waits
goes by the clock, which no fact does: it stands on the page, and keeps a case from being approved among many.
"""

from datetime import date, timedelta

from accounts.zones import zone
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.models import Check


def met(checks):
    return [check for check in checks if check.outcome == Check.Outcome.MET]


def days_of(check):
    """Yield ``(field, day)`` of the dates that a check was met with."""
    for field in CATALOGUE[check.code].fields:
        value = check.facts.get(field.name)
        if field.kind == "date" and value:
            yield field, date.fromisoformat(value)


def before_stop(checks, stopped_on):
    """Return the codes of the met checks whose evidence is dated before the day on which service stopped."""

    def is_stale(check):
        return any(field.since_stop and day < stopped_on for field, day in days_of(check))

    return [check.code for check in met(checks) if is_stale(check)]


def run_out(checks, today, here):
    """Return ``(check, last day)`` of the met checks that prove nothing any more on ``today``, by the zone ``here``."""
    found = []
    for check in met(checks):
        ends = [day for field, day in days_of(check) if field.name.endswith("_until")]
        good_for = CATALOGUE[check.code].good_for_days
        if good_for is not None and check.done_at:
            ends.append(check.done_at.astimezone(here).date() + timedelta(days=good_for))
        found += [(check, min(ends))] if ends and min(ends) < today else []
    return found


def run_out_of(case, checks, now):
    """Return ``run_out`` for a case by its client's day; an appeal is decided on the evidence as it stood."""
    here = zone(case.account.client.time_zone)
    return [] if case.appeals_id else run_out(checks, now.astimezone(here).date(), here)
