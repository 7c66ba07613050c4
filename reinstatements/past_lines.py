"""What a line of another system's log says: one step of one request, by whom, from when to when."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.imports.cells import Cells

LONGEST_SECONDS = 100 * 366 * 86_400 // 2
"""Half a century; nobody works longer on one step, and the column holds no more than 68 years."""


@dataclass(frozen=True, slots=True)
class Step:
    request: str
    step: str
    agent: str
    role: str
    started_at: datetime
    ended_at: datetime

    @property
    def key(self):
        return self.request, self.step, self.started_at

    @property
    def seconds(self) -> int:
        return int((self.ended_at - self.started_at).total_seconds())

    @property
    def digest(self) -> bytes:
        """16 bytes that tell another content from the same."""
        said = (self.agent, self.role, self.ended_at.isoformat())
        return hashlib.blake2b("\0".join(said).encode(), digest_size=16).digest()


def read_step(cells: Cells, context: Any) -> Step | None:
    request, step = (cells.text(name, 60, required=True) for name in ("request", "step"))
    agent, role = cells.text("agent", 60, required=True), cells.text("role", 60)
    started_at, ended_at = cells.moment("started_at"), cells.moment("ended_at")
    for name, moment in (("started_at", started_at), ("ended_at", ended_at)):
        if moment is None and not cells.problems:
            cells.refuse(name, _("is missing"))
    if cells.problems or started_at is None or ended_at is None:
        return None
    found = Step(request, step, agent, role, started_at, ended_at)
    if found.seconds < 0:
        cells.refuse("ended_at", _("lies before the beginning of the step"))
    elif found.seconds > LONGEST_SECONDS:
        cells.refuse("ended_at", _("makes the step longer than half a century"))
    return found
