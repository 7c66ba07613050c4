"""What a line says about a membership elsewhere, or about a customer who left: read, and nothing guessed."""

import hashlib
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.imports.cells import Cells, flag

LONGEST = 60
CYCLES = {
    **dict.fromkeys(("month", "monthly"), "month"),
    **dict.fromkeys(("quarter", "quarterly"), "quarter"),
    **dict.fromkeys(("year", "yearly", "annual", "annually"), "year"),
    **dict.fromkeys(("two_years", "two years", "biennial"), "two_years"),
}
STATUSES = {
    **dict.fromkeys(("trial", "trialing"), "trial"),
    # An unpaid period is the account's debt; the membership itself goes on.
    **dict.fromkeys(("active", "past_due"), "active"),
    "paused": "paused",
    **dict.fromkeys(("cancelled", "canceled"), "cancelled"),
    "expired": "expired",
}
ABOUT_MEMBERSHIPS = ("subscription", "membership")


class Said:
    """What one record says; ``digest`` is 16 bytes that tell another content from the same."""

    @property
    def digest(self) -> bytes:
        said = repr(astuple(self))  # type: ignore[call-overload]
        return hashlib.blake2b(said.encode(), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Subscription(Said):
    """A membership from its first day to its last, or until the day of the file. ``monthly_minor`` is in minor units.

    ``None`` stands for what the file does not say; both ends of every span count.
    """

    number: str
    reference: str
    plan: str
    cycle: str
    starts_on: date
    ends_on: date | None
    is_trial: bool
    trial_ends_on: date | None
    is_upgraded: bool
    is_downgraded: bool
    is_cancelled: bool | None
    auto_renew: bool | None
    monthly_minor: int | None
    currency: str
    seats: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Event(Said):
    """What a billing system told of one membership at one moment: how it stood from then on."""

    number: str
    reference: str
    event: str
    occurred_at: datetime
    status: str
    plan: str
    trial_ends_at: datetime | None
    ends_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Departure(Said):
    """A customer who left on a day, or who came back on it, and why."""

    number: str
    reference: str
    on: date
    is_return: bool
    reason: str


def choice(cells: Cells, column: str, choices: dict[str, str], *, default: str | None) -> str:
    cells.values[column] = cells.values.get(column, "").strip().casefold()
    return cells.choice(column, choices, default)


def needed_day(cells: Cells, column: str) -> date | None:
    found = cells.day(column)
    if found is None and not cells.problems:
        cells.refuse(column, _("is missing"))
    return found


def read_subscription(cells: Cells, context: Any) -> Subscription | None:
    number = cells.text("account", LONGEST, required=True)
    reference = cells.text("reference", LONGEST, required=True)
    plan = cells.text("plan", 100, required=True)
    starts_on, ends_on, trial_ends_on = needed_day(cells, "starts_on"), cells.day("ends_on"), cells.day("trial_ends_on")
    currency = context.options.get("currency") or context.client.currency
    is_trial, is_cancelled = bool(flag(cells, "is_trial")), flag(cells, "is_cancelled")
    read = Subscription(
        number,
        reference,
        plan,
        choice(cells, "cycle", CYCLES, default=""),
        starts_on or date.min,
        ends_on,
        is_trial,
        trial_ends_on,
        bool(flag(cells, "is_upgraded")),
        bool(flag(cells, "is_downgraded")),
        is_cancelled,
        flag(cells, "auto_renew"),
        cells.amount("monthly_price", currency) if cells.values.get("monthly_price", "").strip() else None,
        currency,
        cells.whole("seats", 10**9) if cells.values.get("seats", "").strip() else None,
        cells.text("reason", 200),
    )
    if not cells.problems:
        refuse_contradictions(cells, read, context.as_of)
    return None if cells.problems else read


def refuse_contradictions(cells: Cells, read: Subscription, as_of: date) -> None:
    """Refuse a line that contradicts itself, or the day that the file speaks of."""
    if read.starts_on > as_of:
        cells.refuse("starts_on", _("lies behind the day that the file speaks of"))
    if read.ends_on and read.ends_on < read.starts_on:
        cells.refuse("ends_on", _("lies before the first day"))
    if read.trial_ends_on and not read.is_trial:
        cells.refuse("trial_ends_on", _("is for a trial only"))
    if read.trial_ends_on and read.trial_ends_on < read.starts_on:
        cells.refuse("trial_ends_on", _("lies before the first day"))
    if read.is_cancelled and not read.ends_on:
        cells.refuse("is_cancelled", _("says that it was cancelled, but the line has no last day"))
    if read.is_cancelled and read.ends_on and read.ends_on > as_of:
        cells.refuse("ends_on", _("lies in the future, yet the line says that it was cancelled"))


def read_event(cells: Cells, context: Any) -> Event | None:
    """Read an event; ``None`` without a problem is one that is not about a membership, which a note says."""
    kind = cells.values.get("type", "").strip().casefold()
    if kind and kind.partition(".")[0] not in ABOUT_MEMBERSHIPS:
        cells.note("type", _("is no event of a membership; it is left out"))
        return None
    number = cells.text("account", LONGEST, required=True)
    reference = cells.text("reference", LONGEST, required=True)
    event = cells.text("event", LONGEST, required=True)
    occurred_at = cells.moment("occurred_at")
    if occurred_at is None and not cells.problems:
        cells.refuse("occurred_at", _("is missing"))
    status = choice(cells, "status", STATUSES, default=None)
    plan, reason = cells.text("plan", 100), cells.text("reason", 200)
    trial_ends_at, ends_at = cells.moment("trial_ends_at"), cells.moment("ends_at")
    if cells.problems or occurred_at is None:
        return None
    return Event(number, reference, event, occurred_at, status, plan, trial_ends_at, ends_at, reason)


def read_departure(cells: Cells, context: Any) -> Departure | None:
    number = cells.text("account", LONGEST, required=True)
    reference = cells.text("reference", LONGEST, required=True)
    on = needed_day(cells, "on")
    is_return, reason = bool(flag(cells, "is_return")), cells.text("reason", 200)
    if on and on > context.as_of:
        cells.refuse("on", _("lies behind the day that the file speaks of"))
    if cells.problems or on is None:
        return None
    return Departure(number, reference, on, is_return, reason)
