"""What a line of the client's own system says of the status of an account, to be compared and never taken."""

from dataclasses import dataclass
from typing import Any

from accounts.imports.cells import Cells

# What others call the same; the first of each is ours.
STATUSES = {
    **dict.fromkeys(("active", "in service", "enabled", "open"), "active"),
    **dict.fromkeys(("pending", "new"), "pending"),
    **dict.fromkeys(("on_hold", "on hold", "hold"), "on_hold"),
    **dict.fromkeys(("suspended", "blocked", "disabled"), "suspended"),
    **dict.fromkeys(("under_review", "under review", "review"), "under_review"),
    **dict.fromkeys(("deactivated", "inactive"), "deactivated"),
    **dict.fromkeys(("closed", "terminated", "cancelled"), "closed"),
}


@dataclass(frozen=True, slots=True)
class Said:
    number: str
    status: str


def read_status(cells: Cells, context: Any) -> Said | None:
    number = cells.text("account", 60, required=True)
    cells.values["status"] = cells.values.get("status", "").lower()
    status = cells.choice("status", STATUSES)
    return None if cells.problems else Said(number, status)
