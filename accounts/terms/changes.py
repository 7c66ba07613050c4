"""What a change makes of the facts: the same for one that comes by itself and one that somebody makes."""

from dataclasses import replace
from datetime import date

from accounts.terms.facts import DAY, Facts, Terms, standing, term_end


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
