"""What a line of a history says: one event of one account, as it happened elsewhere."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.imports.cells import Cells
from accounts.models import Restriction

# What others call the same; the first of each is ours.
ACTIONS = {
    **dict.fromkeys(("suspend", "block", "suspended"), "suspend"),
    **dict.fromkeys(("hold", "on_hold"), "hold"),
    **dict.fromkeys(("change", "reblock", "change_suspension"), "change"),
    **dict.fromkeys(("reinstate", "unblock", "reinstated"), "reinstate"),
    **dict.fromkeys(("close", "closed"), "close"),
}
FOR_GOOD = frozenset({"infinity", "infinite", "indefinite", "never"})
MOST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Event:
    number: str
    sequence: int
    occurred_at: datetime
    action: str
    ends_at: datetime | None
    reason: str
    kind: str

    @property
    def digest(self) -> bytes:
        """16 bytes that tell another content from the same."""
        said = (self.occurred_at.isoformat(), self.action, str(self.ends_at), self.reason, self.kind)
        return hashlib.blake2b("\0".join(said).encode(), digest_size=16).digest()


def read_event(cells: Cells, context: Any) -> Event | None:
    if cells.values.get("ends_at", "").strip().casefold() in FOR_GOOD:
        cells.values["ends_at"] = ""
    number = cells.text("account", 60, required=True)
    sequence = cells.whole("sequence", MOST)
    occurred_at = cells.moment("occurred_at")
    if occurred_at is None and not cells.problems:
        cells.refuse("occurred_at", _("is missing"))
    kinds = {value: value for value in Restriction.Kind.values}
    action = cells.choice("action", ACTIONS)
    kind = cells.choice("kind", kinds, default=context.options.get("restriction") or "policy")
    ends_at = cells.moment("ends_at")
    if ends_at and action in ("reinstate", "close", "hold"):
        cells.refuse("ends_at", _("is for a suspension only"))
    if cells.problems or occurred_at is None:
        return None
    return Event(number, sequence, occurred_at, action, ends_at, cells.text("reason", 200), kind)
