"""What a line says of how a customer is reached now."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from accounts.imports.cells import Cells
from accounts.services.contacts import LONGEST

COLUMNS = {"name": "holder_name"} | {name: name for name in ("email", "phone", "address", "payment_method")}
"""What the fields of an account are called in a file."""


@dataclass(frozen=True, slots=True)
class Reached:
    """``changes`` maps the fields of an account to what they are now; ``country`` is "" where nothing is said."""

    number: str
    country: str
    changes: dict[str, str] = field(default_factory=dict)


def read_contact(cells: Cells, context: Any) -> Reached | None:
    number = cells.text("account", 60, required=True)
    country = cells.text("country", 2).upper()
    said = {name: cells.text(column, LONGEST[name]) for column, name in COLUMNS.items()}
    changes = {name: words for name, words in said.items() if words}
    if not cells.problems and not (changes or country):
        cells.refuse("", _("says nothing of how the customer is reached"))
    return None if cells.problems else Reached(number, country, changes)
