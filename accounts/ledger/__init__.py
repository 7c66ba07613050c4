"""The ledger: the only hand that saves a status."""

from accounts.ledger.change import Change, change, one

__all__ = ["Change", "change", "one"]
