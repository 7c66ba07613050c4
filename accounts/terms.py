"""When a membership changes by itself: pure rules of dates, asked when it is read and when its changes are written.

A term, a trial, a pause or a tier ends with its last day, in the time zone of the account: what follows takes effect at
the beginning of the next local day, the instant at which that day's clock begins even where a clock change leaves out
midnight. Both ends of every span count. ``next_step`` says what happens next, and ``steps`` everything up to a moment;
whoever writes changes writes exactly these.
"""

import calendar
from dataclasses import dataclass, replace
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


def next_step(facts: Facts) -> Step | None:
    """Return the next change that comes by itself; of several on one day the first in the order of ``RULES``."""
    found = None
    for rule in RULES:
        for on, action, cause, after, scheduled in rule(facts):
            if found is None or on < found[0]:
                found = (on, action, cause, after, scheduled)
    if found is None:
        return None
    on, action, cause, after, scheduled = found
    at = start_of_day(on, facts.zone)
    at = max(at, facts.since) if facts.since else at
    return Step(at, on, action, cause, replace(after, since=at), scheduled)


def steps(facts: Facts, moment: datetime) -> list[Step]:
    """Return every change that has come by itself up to and including ``moment``, in order."""
    found = []
    step = next_step(facts)
    while step and step.at <= moment:
        found.append(step)
        step = next_step(step.after)
    return found


def facts_at(facts: Facts, moment: datetime) -> Facts:
    """Return what is true at a moment that is not before ``facts.since``."""
    found = steps(facts, moment)
    return found[-1].after if found else facts


def status_at(facts: Facts, moment: datetime) -> str:
    return facts_at(facts, moment).status


def next_change_at(facts: Facts) -> datetime | None:
    step = next_step(facts)
    return step.at if step else None


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


# What comes by itself. Each yields (day, action, cause, facts after, scheduled change).


def tier_lapses(facts):
    if facts.tier and facts.tier_ends_on and facts.status in LIVING:
        yield facts.tier_ends_on + DAY, "lapse_tier", "tier_ended", replace(facts, tier="", tier_ends_on=None), None


def pause_ends(facts):
    if facts.status == "paused" and facts.pause_ends_on:
        on = facts.pause_ends_on + DAY
        yield on, resume_action(facts), "pause_ended", resumed(facts, on), None


def scheduled_changes(kind):
    def rule(facts):
        for change in facts.scheduled:
            on = change.on or term_over_on(facts)
            if change.kind == kind and on and may_take_effect(facts, kind):
                on = not_before(facts, on)
                left = replace(facts, scheduled=tuple(other for other in facts.scheduled if other != change))
                yield on, kind, "scheduled", TAKES_EFFECT[kind](left, change, on), change

    return rule


def may_take_effect(facts, kind):
    return facts.status in (IN_SERVICE if kind == "pause" else LIVING)


def renews(facts):
    runs = facts.status == "active" or (facts.status == "paused" and standing(facts) == "active")
    if runs and not is_frozen(facts) and facts.auto_renew and facts.ends_on:
        yield facts.ends_on + DAY, "renew", "auto_renewal", renewed(facts), None


def trial_ends(facts):
    if standing(facts) != "trial" or facts.status not in LIVING or not facts.trial_ends_on or is_frozen(facts):
        return
    on = facts.trial_ends_on + DAY
    if not facts.trial_converts:
        yield on, "expire", "trial_ended", ended(facts, "expired"), None
    elif facts.status == "trial":
        on = not_before(facts, on)
        yield on, "convert", "trial_ended", converted(facts, on), None


def expires(facts):
    runs = facts.status in ("active", "paused", "suspended") and standing(facts) == "active"
    if runs and facts.ends_on and not facts.auto_renew and not is_frozen(facts):
        on = facts.ends_on + DAY * (1 + facts.terms.grace_days)
        yield on, "expire", "non_renewal", ended(facts, "expired"), None


# What a change makes of the facts: the same for one that comes by itself and one that somebody makes.


def begun(facts: Facts, on: date, *, status="active") -> Facts:
    """A paid term begins."""
    return replace(
        facts,
        status=status,
        term_starts_on=on,
        ends_on=term_end(on, facts.terms),
        anchor_day=on.day,
        auto_renew=facts.terms.auto_renew,
    )


def on_trial(facts: Facts, on: date, until: date, converts: bool) -> Facts:
    return replace(facts, status="trial", trial_starts_on=on, trial_ends_on=until, trial_converts=converts)


def converted(facts: Facts, on: date) -> Facts:
    return replace(begun(facts, on), converted_on=on)


def renewed(facts: Facts) -> Facts:
    """The next term follows the one before without a gap, however late it is agreed."""
    assert facts.ends_on
    on = facts.ends_on + DAY
    return replace(facts, term_starts_on=on, ends_on=term_end(on, facts.terms, facts.anchor_day))


def paused(facts: Facts, on: date, until: date | None) -> Facts:
    return replace(facts, status="paused", standing_before=facts.status, pause_starts_on=on, pause_ends_on=until)


def resumed(facts: Facts, on: date) -> Facts:
    """Back where it was before the pause, its end later by the days of the pause where the terms say so."""
    return unpaused(replace(facts, status=facts.standing_before, standing_before=""), on, facts.terms.pause_extends)


def unpaused(facts: Facts, on: date, extends: bool) -> Facts:
    start, days = facts.pause_starts_on, DAY * 0
    if start and extends:
        days = max(on - start, days)
    moved = replace(facts, pause_starts_on=None, pause_ends_on=None)
    if not days:
        return moved
    if facts.status == "trial":
        return replace(moved, trial_ends_on=facts.trial_ends_on and facts.trial_ends_on + days)
    if not facts.ends_on:
        return moved
    ends_on = facts.ends_on + days
    return replace(moved, ends_on=ends_on, anchor_day=(ends_on + DAY).day)


def resume_action(facts: Facts) -> str:
    return "resume_trial" if facts.standing_before == "trial" else "resume"


def suspended(facts: Facts, on: date) -> Facts:
    """Out of service. A pause ends here; what it added is kept."""
    before = standing(facts)
    if facts.status == "paused":
        facts = unpaused(replace(facts, status=before), on, facts.terms.pause_extends)
    kept = tuple(change for change in facts.scheduled if change.kind != "pause")
    return replace(facts, status="suspended", standing_before=before, scheduled=kept)


def reinstated(facts: Facts, on: date) -> Facts:
    """Back in service by an approved case: what is left of its trial or term goes on, else a new term begins.

    A term that ended while the membership was out of service is not made up for.
    """
    back = replace(facts, standing_before="", pause_starts_on=None, pause_ends_on=None)
    if may_go_on_trying(facts, on):
        return replace(back, status="trial")
    was_trial = facts.trial_ends_on and not facts.converted_on
    if was_trial:
        return converted(back, on)
    if facts.ends_on and facts.ends_on < on:
        return replace(begun(back, on), auto_renew=facts.auto_renew)
    return replace(back, status="active")


def may_go_on_trying(facts: Facts, on: date) -> bool:
    left = facts.trial_ends_on and facts.trial_ends_on >= on
    return bool(facts.status == "suspended" and facts.standing_before == "trial" and left)


def ended(facts: Facts, status: str) -> Facts:
    """Expired or cancelled: nothing comes by itself any more."""
    return replace(facts, status=status, standing_before="", pause_starts_on=None, pause_ends_on=None, scheduled=())


def replanned(facts: Facts, terms: Terms, on: date) -> Facts:
    """On another plan. With the same cycle the term goes on; with another a new one begins with the change.

    Between terms, and out of service, there is no term to begin: the next one takes the new cycle.
    """
    changed = replace(facts, terms=terms, auto_renew=terms.auto_renew if facts.ends_on else facts.auto_renew)
    runs = facts.status == "active" and facts.ends_on and on <= facts.ends_on
    if runs and (terms.cycle, terms.basis) != (facts.terms.cycle, facts.terms.basis):
        return begun(changed, on)
    return changed


TAKES_EFFECT = {
    "cancel": lambda facts, change, on: ended(facts, "cancelled"),
    "change_plan": lambda facts, change, on: replanned(facts, change.terms, on),
    "pause": lambda facts, change, on: paused(facts, on, change.until),
}
RULES = (
    tier_lapses,
    pause_ends,
    scheduled_changes("cancel"),
    scheduled_changes("change_plan"),
    renews,
    trial_ends,
    expires,
    scheduled_changes("pause"),
)
