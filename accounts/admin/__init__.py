"""Configuration, in Django's admin: clients, plans, reasons, logins. Never a status, never a right."""

from accounts.admin import accountsettings, clients, ladders, logins, signals, statuses  # noqa: F401
from accounts.admin.base import ClientFilter, ScopedAdmin

__all__ = ["ClientFilter", "ScopedAdmin"]
