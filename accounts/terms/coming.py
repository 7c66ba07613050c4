"""What comes by itself: a rule for each kind of change, and what they say together, step by step."""

from dataclasses import replace
from datetime import date, datetime
from functools import partial

from accounts.terms.changes import converted, ended, paused, renewed, replanned, resume_action, resumed
from accounts.terms.facts import (
    DAY,
    IN_SERVICE,
    LIVING,
    Facts,
    Step,
    is_frozen,
    not_before,
    standing,
    start_of_day,
    term_over_on,
)


def next_step(facts: Facts) -> Step | None:
    """Return the next change that comes by itself; of several on one day the first in the order of ``RULES``."""
    found = first_to_come(facts)
    if found is None:
        return None
    on, action, cause, after, scheduled = found
    at = effective_at(facts, on)
    return Step(at, on, action, cause, replace(after(), since=at), scheduled)


def first_to_come(facts):
    """Return what the rule says whose change comes first; what it makes of the facts is not worked out yet."""
    found = None
    for rule in RULES:
        for coming in rule(facts):
            if found is None or coming[0] < found[0]:
                found = coming
    return found


def effective_at(facts: Facts, on: date) -> datetime:
    at = start_of_day(on, facts.zone)
    return max(at, facts.since) if facts.since else at


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
    found = first_to_come(facts)
    return effective_at(facts, found[0]) if found else None


# Each yields (day, action, cause, function that returns the facts after, scheduled change).


def tier_lapses(facts):
    if facts.tier and facts.tier_ends_on and facts.status in LIVING:
        yield (
            facts.tier_ends_on + DAY,
            "lapse_tier",
            "tier_ended",
            partial(replace, facts, tier="", tier_ends_on=None),
            None,
        )


def pause_ends(facts):
    if facts.status == "paused" and facts.pause_ends_on:
        on = facts.pause_ends_on + DAY
        yield on, resume_action(facts), "pause_ended", partial(resumed, facts, on), None


def scheduled_changes(kind):
    def rule(facts):
        for change in facts.scheduled:
            on = change.on or term_over_on(facts)
            if change.kind == kind and on and may_take_effect(facts, kind):
                on = not_before(facts, on)
                yield on, kind, "scheduled", partial(taken_effect, facts, change, on), change

    return rule


def taken_effect(facts, change, on):
    left = replace(facts, scheduled=tuple(other for other in facts.scheduled if other != change))
    return TAKES_EFFECT[change.kind](left, change, on)


def may_take_effect(facts, kind):
    return facts.status in (IN_SERVICE if kind == "pause" else LIVING)


def renews(facts):
    runs = facts.status == "active" or (facts.status == "paused" and standing(facts) == "active")
    if runs and not is_frozen(facts) and facts.auto_renew and facts.ends_on:
        yield facts.ends_on + DAY, "renew", "auto_renewal", partial(renewed, facts), None


def trial_ends(facts):
    if standing(facts) != "trial" or facts.status not in LIVING or not facts.trial_ends_on or is_frozen(facts):
        return
    on = facts.trial_ends_on + DAY
    if not facts.trial_converts:
        yield on, "expire", "trial_ended", partial(ended, facts, "expired"), None
    elif facts.status == "trial":
        on = not_before(facts, on)
        yield on, "convert", "trial_ended", partial(converted, facts, on), None


def expires(facts):
    runs = facts.status in ("active", "paused", "suspended") and standing(facts) == "active"
    if runs and facts.ends_on and not facts.auto_renew and not is_frozen(facts):
        on = facts.ends_on + DAY * (1 + facts.terms.grace_days)
        yield on, "expire", "non_renewal", partial(ended, facts, "expired"), None


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
