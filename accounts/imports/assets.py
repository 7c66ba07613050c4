"""What a line says of something that a customer uses."""

from dataclasses import dataclass
from typing import Any

from accounts.imports.cells import Cells, flag

# What others call the same; the first of each is ours.
KINDS = {
    **dict.fromkeys(("mobile_number", "mobile", "msisdn", "phone", "sim"), "mobile_number"),
    **dict.fromkeys(("bank_account", "iban"), "bank_account"),
    **dict.fromkeys(("software_login", "login", "user", "seat"), "software_login"),
    **dict.fromkeys(("subscription", "contract"), "subscription"),
    **dict.fromkeys(("patient_portal", "portal"), "patient_portal"),
    **dict.fromkeys(("policy", "insurance"), "policy"),
}
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Said:
    number: str
    kind: str
    identifier: str
    stays: bool


def read_asset(cells: Cells, context: Any) -> Said | None:
    number = cells.text("account", 60, required=True)
    kind = cells.choice("kind", KINDS)
    identifier = cells.text("identifier", LONGEST, required=True)
    stays = flag(cells, "stays")
    return None if cells.problems else Said(number, kind, identifier, bool(stays))
