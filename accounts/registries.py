"""Where the apps meet without importing each other. Each app fills these from its own files.

``autodiscover`` in ``accounts.apps`` imports ``guards``, ``navigation``, ``panels``, ``exports``, ``erasure`` and
``events`` of every app, as Django finds ``admin.py``.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class NavigationItem:
    """One place in the navigation; ``count`` is a number or a bounded one such as "50+"."""

    label: str
    url: str
    icon: str
    count: int | str | None = None
    position: int = 50


@dataclass(frozen=True)
class HomeSection:
    """One block of somebody's home page; the lowest position stands first."""

    title: str
    template: str
    context: dict = field(default_factory=dict)
    position: int = 50


@dataclass(frozen=True)
class TimelineLine:
    """Something that happened to an account; ``detail`` is plain text, escaped by the template."""

    at: datetime
    icon: str
    title: str
    who: str = ""
    detail: str = ""
    url: str = ""
    status: str = ""


class Registry(dict):
    """Named entries, each registered once, kept in the order of registration."""

    def register(self, name, entry=None):
        if entry is None:
            return lambda function: self.register(name, function)
        if name in self:
            raise ValueError(f"{name!r} is registered already")
        self[name] = entry
        return entry


guards = Registry()
"""name -> function that returns a list of ``ledger.guards.Guard``."""

navigation = Registry()
"""name -> function(request) that returns a list of ``NavigationItem`` for this person."""

homes = Registry()
"""name -> function(request) that returns a list of ``HomeSection`` for this person."""

panels = Registry()
"""name -> function(account, user) that returns ``(template, context)`` for the account's page, or None."""

timeline = Registry()
"""name -> function(account, user, limit) that returns the newest ``TimelineLine`` rows of an app."""

exports = Registry()
"""name -> an ``exports.Export``."""

erasure = Registry()
"""name -> function(account) that removes this person's data from an app's own rows."""

audience = Registry()
"""event name -> function(event) that returns ``{placeholder: value}`` for the member's message; no personal data."""
