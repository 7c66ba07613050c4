"""What a line says of something that a customer owes, or of money that moved."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.imports.cells import Cells
from accounts.models import Payment

CHARGE = "charge"
# What others call the same; the first of each is ours.
KINDS = {
    **dict.fromkeys((CHARGE, "invoice", "debit"), CHARGE),
    **dict.fromkeys(("payment", "paid", "credit"), Payment.Kind.PAYMENT.value),
    **dict.fromkeys(("refund", "refunded"), Payment.Kind.REFUND.value),
    **dict.fromkeys(("chargeback", "returned"), Payment.Kind.CHARGEBACK.value),
    **dict.fromkeys(("reversal", "chargeback_won"), Payment.Kind.REVERSAL.value),
}
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Money:
    """``due_on`` is said of a charge, ``paid_at`` of all else; ``amount`` is in minor units of ``currency``."""

    number: str
    kind: str
    external_id: str
    amount: int
    currency: str
    due_on: date | None
    paid_at: datetime | None
    refers_to: str
    reference: str


def read_money(cells: Cells, context: Any) -> Money | None:
    number = cells.text("account", 60, required=True)
    kind = cells.choice("kind", KINDS)
    external_id = cells.text("number", LONGEST, required=True)
    currency = cells.text("currency", 3) or context.options.get("currency") or context.client.currency
    amount = cells.amount("amount", currency)
    due_on, paid_at = cells.day("due_on"), cells.moment("paid_at")
    if not cells.problems and kind == CHARGE and due_on is None:
        cells.refuse("due_on", _("is missing"))
    if not cells.problems and kind != CHARGE and paid_at is None:
        cells.refuse("paid_at", _("is missing"))
    refers_to, reference = cells.text("refers_to", LONGEST), cells.text("reference", 200)
    if cells.problems:
        return None
    return Money(number, kind, external_id, amount, currency, due_on, paid_at, refers_to, reference)
