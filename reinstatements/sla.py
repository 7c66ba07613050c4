"""The clock of a case: how much working time is used, when the rest is over, and when the ladder's steps come.

Everything here is worked out from what it is given. The clock counts working time in two parts at once: the whole
case, and the step it stands in. It rests while the member is waited for and once the case has ended. A change of
hours or of targets holds from the moment it was made: what was used before stays used, by the hours of that time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import hours

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

SOON = timedelta(hours=2)
WHOLE = "case"


class Priority(models.TextChoices):
    URGENT = "urgent", _("Urgent")
    HIGH = "high", _("High")
    NORMAL = "normal", _("Normal")
    LOW = "low", _("Low")


class Step(models.TextChoices):
    """What a target is for; ``case`` is the whole of it, from the day it was asked for until it is decided."""

    CASE = WHOLE, _("The whole case")
    START = "start", _("Until verification starts")
    VERIFICATION = "verification", _("Verification")
    DECISION = "decision", _("Decision")


STEP_OF: Mapping[str, str] = {
    "draft": Step.START,
    "submitted": Step.START,
    "in_verification": Step.VERIFICATION,
    "awaiting_approval": Step.DECISION,
}
"""The step that a status stands in. Statuses without one have no target of their own."""
COUNTING = frozenset({*STEP_OF, "approved"})
"""Statuses in which the clock runs. In ``awaiting_member`` and after the end it rests."""
UNDECIDED = frozenset(STEP_OF)
"""Of these, those in which a decision may come too late. What is approved is decided, whatever a system confirms."""
PAUSED, DECIDED = "awaiting_member", "approved"


@dataclass(frozen=True)
class Rung:
    """One step of the escalation ladder: when, and whom it tells.

    It comes when ``percent`` of the target is used, and ``plus`` of working time after that. ``tell`` are roles,
    ``worker``, ``deciders``, ``supervisors_on_shift`` or ``login:`` and the key of one.
    """

    percent: int
    plus: timedelta = timedelta(0)
    tell: tuple[str, ...] = ()

    @property
    def place(self):
        """Where it stands on the ladder, whomever it tells."""
        return self.percent, self.plus

    @property
    def is_breach(self):
        return self.percent >= 100

    def after(self, target):
        return target * self.percent / 100 + self.plus


@dataclass(frozen=True)
class Terms:
    """What a client has agreed on times, as one version of its settings says it; ``since`` is when it was made."""

    version: int
    since: datetime | None
    plan: hours.Plan
    targets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    ladder: tuple[Rung, ...] = ()

    @property
    def hours(self):
        return hours.hours(self.plan)

    @property
    def places(self):
        return [rung.place for rung in self.ladder]

    def taken(self, furthest):
        """Return how many steps of this ladder are behind a case whose furthest was ``furthest``, a ``Rung.place``.

        What came earlier than that and was not there then is not made up for; ``None`` is for no step at all.
        """
        return sum(place <= furthest for place in self.places) if furthest else 0

    def target(self, step, priority, policy):
        """Return the working time that a step may take, ``None`` where nobody has said.

        The policy's own ``minutes`` for a step go first, then the client's by priority; the whole case falls back on
        the policy's ``target_minutes``.
        """
        minutes = policy.get("minutes", {}).get(step) or self.targets.get(priority, {}).get(step)
        if not minutes and step == WHOLE:
            minutes = policy.get("target_minutes")
        return timedelta(minutes=minutes) if minutes else None


@dataclass(frozen=True)
class Clock:
    """``spent`` is the working time used until ``since``, by part; it runs from then on, or rests without one."""

    spent: Mapping[str, timedelta] = field(default_factory=dict)
    since: datetime | None = None
    step: str = ""

    def used(self, terms, at, part=WHOLE):
        """Return the working time that a part has used by ``at``."""
        used = self.spent.get(part, timedelta(0))
        if self.since and part in (WHOLE, self.step):
            used += terms.hours.between(self.since, at)
        return used

    def until(self, terms, at):
        """Return the clock with all that was used by ``at`` counted, and running from then on if it ran."""
        if not self.since or at <= self.since:
            return self
        parts = {WHOLE, self.step} - {""}
        return replace(self, spent={**self.spent, **{part: self.used(terms, at, part) for part in parts}}, since=at)

    def caught_up(self, versions, at):
        """Return the clock counted by ``at``, each stretch of time by the version of the terms that held in it.

        ``versions`` are the ``Terms`` that it ran under and all that came later, in order.
        """
        found = self
        for terms, later in zip(versions, [*versions[1:], None], strict=True):
            end = at if later is None else min(later.since, at)
            found = found.until(terms, end)
        return found

    def goes_to(self, status, at):
        """Return the clock, counted by ``at`` already, as it goes on in another status. Opened again it goes on."""
        return replace(self, since=at if status in COUNTING else None, step=STEP_OF.get(status, ""))

    def due_at(self, terms, target, part=WHOLE):
        """Return when a part is due, ``None`` where it has no target or the clock rests.

        The last working minute that ends at closing time is due at closing time. Where more is used than the target
        allows, it is the moment at which that was reached.
        """
        if target is None or self.since is None:
            return None
        return terms.hours.after(self.since, target - self.spent.get(part, timedelta(0)))

    def rung_at(self, terms, target, taken):
        """Return when the first step of the ladder comes that was not taken yet, ``None`` for never."""
        if target is None or self.since is None or taken >= len(terms.ladder):
            return None
        return self.due_at(terms, terms.ladder[taken].after(target))


ROUND_THE_CLOCK = Terms(version=0, since=None, plan=hours.ALWAYS)
"""How time counts for a client that has said nothing: every minute, by the policy's own target, without a ladder."""


def standing(status, due_at, at, *, is_open=True, decided_at=None):
    """Return how a case stands with its time: due, soon, breached, paused; met or late once it is decided or has ended.

    Waiting for a linked system has a time of its own.
    """
    if not is_open or status == DECIDED:
        return "late" if due_at and decided_at and decided_at > due_at else "met"
    if status == PAUSED:
        return "paused"
    if not due_at:
        return "due"
    left = due_at - at
    return "breached" if left < timedelta(0) else "soon" if left < SOON else "due"


STANDINGS: Mapping[str, "StrOrPromise"] = {
    "due": _("In time"),
    "soon": _("Due in two hours"),
    "breached": _("Breached"),
    "paused": _("Paused"),
    "met": _("Decided in time"),
    "late": _("Decided late"),
}
