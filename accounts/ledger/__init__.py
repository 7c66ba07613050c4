"""The ledger: the only hand that saves a status."""

from accounts.ledger.change import Change, change, one
from accounts.ledger.together import together

__all__ = ["Change", "change", "one", "together"]
