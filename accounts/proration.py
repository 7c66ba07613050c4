"""What a change of plan costs: exact sums in minor units, noted for billing.

The rule: the day of the change and every day after it until the term's last day are left. For them the old price is
given back and, where the term goes on, the new price is owed; where the new plan has another cycle a new term begins
and its whole price is owed. Each share is price x days left / days in the term, rounded to a whole minor unit, halves
up. What is due is the charge less the credit; below zero it is to the member's good.
"""

from dataclasses import asdict, dataclass
from datetime import date

from accounts.terms import DAY, MONTHS

UPGRADE, DOWNGRADE, SIDEWAYS = "upgrade", "downgrade", "sideways"


@dataclass(frozen=True)
class Proration:
    """Amounts in minor units of ``currency``; no days where no paid term runs."""

    credit_minor: int
    charge_minor: int
    currency: str
    days_left: int = 0
    days_in_term: int = 0

    @property
    def due_minor(self):
        return self.charge_minor - self.credit_minor

    def as_data(self):
        return asdict(self) | {"due_minor": self.due_minor}


def share(price_minor: int, days_left: int, days_in_term: int) -> int:
    """Return the share of a price for the days that are left, rounded to a whole minor unit, halves up."""
    return (2 * price_minor * days_left + days_in_term) // (2 * days_in_term)


def of_change(old: dict, new: dict, on: date, term_starts_on: date | None, ends_on: date | None) -> Proration:
    """Return what changing from one plan's snapshot to another's on a day of this term costs."""
    if term_starts_on is None or ends_on is None or not term_starts_on <= on <= ends_on:
        return Proration(0, 0, new["currency"])
    days_left, days_in_term = (ends_on - on + DAY).days, (ends_on - term_starts_on + DAY).days
    same_term = (old["cycle"], basis(old)) == (new["cycle"], basis(new))
    charge = share(new["price_minor"], days_left, days_in_term) if same_term else new["price_minor"]
    credit = share(old["price_minor"], days_left, days_in_term)
    return Proration(credit, charge, new["currency"], days_left, days_in_term)


def basis(snapshot):
    return snapshot.get("terms", {}).get("basis", "rolling")


def direction(old: dict, new: dict) -> str:
    """Tell which way a change goes by the price of the same time."""
    before, after = old["price_minor"] * MONTHS[new["cycle"]], new["price_minor"] * MONTHS[old["cycle"]]
    return UPGRADE if after > before else DOWNGRADE if after < before else SIDEWAYS


def difference(old: dict, new: dict) -> dict:
    """Return the old and the new plan as they are, and what the change does to price and privileges."""
    had, has = old["entitlements"], new["entitlements"]
    return {
        "plan_before": old,
        "plan": new,
        "direction": direction(old, new),
        "price_delta_minor": new["price_minor"] - old["price_minor"],
        "gained": [entitlement for entitlement in has if entitlement not in had],
        "lost": [entitlement for entitlement in had if entitlement not in has],
    }
