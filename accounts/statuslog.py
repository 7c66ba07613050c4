"""The status-change log as people read it: one line for each entry, in the same words on the screen and in the file."""

from dataclasses import dataclass
from functools import cache, cached_property
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts import reasons, registries, wording
from accounts.models import Origin, StatusChange
from accounts.models.base import StatusModel

FIELDS = (
    *("id", "uid", "recorded_at", "client_id", "client__name", "client__colour", "account_id", "account__number"),
    *("number", "subject_type", "action", "from_status", "to_status", "reason", "origin"),
    *("actor__username", "on_behalf__username", "rule"),
)
SHARED_ACTIONS = {
    "open": _("Opened"),
    "activate": _("Activated"),
    "suspend": _("Suspended"),
    "reinstate": _("Back in service"),
    "create": _("Added"),
    "change": _("Changed"),
    "expire": _("Expired"),
    "release": _("Released"),
    "remind": _("Reminded"),
    "record": _("Recorded"),
    "end": _("Ended"),
    "confirm": _("Confirmed"),
    "restrict": _("Condition stands again"),
    "pause": _("Paused"),
    "resume": _("Goes on"),
}
"""Words for what is done to subjects of several kinds: a filter by such an action finds all of them."""
OTHER_SUBJECTS = {
    "user": _("Login"),
    "client": _("Client"),
    "plan": _("Plan"),
    "overdueladder": _("Overdue ladder"),
    "accountsettings": _("Account settings"),
    "reasoncode": _("Reason"),
    "statusrule": _("Own status of memberships"),
    "query": _("Query"),
    "call": _("Verification by phone"),
    "representative": _("Representative"),
    "training": _("Training"),
    "contactattempt": _("Contact attempt"),
    "handling": _("Handling of a case"),
    "desksettings": _("Desk settings"),
    "skills": _("Skills"),
    "signal": _("Signal"),
    "signalsettings": _("Rules for signals"),
    "linkedsystem": _("Linked system"),
    "alertsettings": _("Alerts"),
}


def newest_first(user):
    """Return the entries that ``user`` may read, joined to nothing yet."""
    return StatusChange.objects.for_user(user).order_by("-id")


def entries(user):
    """Return the entries that ``user`` may read, newest first, without their bytes."""
    return newest_first(user).values_list(*FIELDS, named=True)


def machines():
    """Return the models whose status the ledger writes."""
    return [model for model in apps.get_models() if issubclass(model, StatusModel)]


@cache
def subjects():
    """Return ``{subject type: word}`` of everything that entries are about."""
    return {model.subject_type: capfirst(model._meta.verbose_name) for model in machines()} | OTHER_SUBJECTS


@cache
def actions():
    """Return ``{action: word}``, each word the one of its subject; for an action of several subjects one for all."""
    found: dict = {}
    for wordings in registries.wording.values():
        for action, told in wordings.items():
            found[action] = SHARED_ACTIONS.get(action, told.label) if action in found else told.label
    return found


@dataclass(frozen=True)
class Line:
    """One entry of the log in words. ``labels`` are the clients' own reasons, read once for all lines."""

    entry: Any
    labels: dict

    @property
    def client(self):
        return SimpleNamespace(name=self.entry.client__name, colour=self.entry.client__colour)

    @property
    def subject(self):
        return str(subjects().get(self.entry.subject_type, self.entry.subject_type))

    @cached_property
    def wording(self):
        return wording.of(self.entry.subject_type, self.entry.action)

    @property
    def action(self):
        return str(self.wording.label)

    @property
    def before(self):
        return wording.status_label(self.entry.subject_type, self.entry.from_status)

    @property
    def after(self):
        return wording.status_label(self.entry.subject_type, self.entry.to_status)

    @property
    def is_change(self):
        return self.entry.from_status != self.entry.to_status

    @property
    def reason(self):
        return reasons.label(self.entry.client_id, self.entry.reason, self.labels)

    @property
    def origin(self):
        return str(dict(Origin.choices).get(self.entry.origin, self.entry.origin))
