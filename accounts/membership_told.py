"""A membership in a list, in words: its status and its plan as they were then."""

import json
from dataclasses import dataclass

from accounts import money
from accounts.models import Membership, Plan


@dataclass(frozen=True)
class Told:
    status: Membership.Status
    plan: str
    cycle: str
    price: str
    entitlements: str


def as_it_was(row):
    """Tell a row of ``membership_lists.select``: by the bytes of the entry that named its plan then, else as agreed."""
    return tell(row.status_then, row.plan_then, row.agreed or row.plan.snapshot())


def tell(status, body, agreed):
    plan = json.loads(bytes(body))["data"]["plan"] if body else agreed
    return Told(
        Membership.Status(status),
        plan["name"],
        str(dict(Plan.Cycle.choices).get(plan["cycle"], plan["cycle"])),
        money.words(plan["price_minor"], plan["currency"]),
        ", ".join(map(str, plan["entitlements"])),
    )
