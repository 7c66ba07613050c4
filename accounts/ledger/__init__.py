"""The ledger: the only hand that saves a status."""

from accounts.ledger.change import Change, change
from accounts.ledger.together import together

__all__ = ["Change", "change", "together"]
