"""A client's own statuses of memberships, by dates: rules that are data, asked in the order of their weight.

The first rule that holds on a day names the status; both its ends count. A rule whose date a membership does not have
does not hold. What somebody set by hand until a day stands before the rules, and after that day they are asked again.
The status that the ledger guards stays what it is: these are names beside it, such as "new", "current" or "in grace".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

JOINED, TERM_STARTS, TERM_ENDS, TRIAL_ENDS = "joined", "term_starts", "term_ends", "trial_ends"
COLUMNS = {JOINED: "starts_on", TERM_STARTS: "term_starts_then", TERM_ENDS: "ends_then", TRIAL_ENDS: "trial_ends_then"}
"""event -> the date that it is, of a membership in the list."""


@dataclass(frozen=True)
class Rule:
    """From ``starts_days`` after one event to ``ends_days`` after another, both days counted; "" is no bound.

    Days below zero lie before the event. ``statuses`` are those of the memberships it is about, none for all.
    """

    name: str
    weight: int
    statuses: frozenset[str] = frozenset()
    starts: str = ""
    starts_days: int = 0
    ends: str = ""
    ends_days: int = 0

    def holds(self, status: str, dates: Mapping[str, date | None], day: date) -> bool:
        """Whether it holds on a local day for a membership of this status; ``dates`` are by event."""
        if self.statuses and status not in self.statuses:
            return False
        first, last = dates.get(self.starts), dates.get(self.ends)
        if self.starts and (first is None or day < first + timedelta(days=self.starts_days)):
            return False
        return not self.ends or (last is not None and day <= last + timedelta(days=self.ends_days))


@dataclass(frozen=True)
class ByHand:
    """What somebody set; an empty name gives the word back to the rules."""

    name: str
    until: date | None

    def holds(self, day: date) -> bool:
        return bool(self.name) and self.until is not None and day <= self.until


def named(
    rules: Iterable[Rule], status: str, dates: Mapping[str, date | None], day: date, by_hand: ByHand | None = None
) -> str:
    """Return the client's own status of a membership on a local day, "" where no rule holds."""
    if by_hand and by_hand.holds(day):
        return by_hand.name
    ordered = sorted(rules, key=lambda rule: rule.weight)
    return next((rule.name for rule in ordered if rule.holds(status, dates, day)), "")
