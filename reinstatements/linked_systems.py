"""The systems of a client that a policy may wait for: what they are called, how they answer, what a reference is."""

import re

from django.utils.translation import gettext_lazy as _

SYSTEMS = {
    "network": _("Network"),
    "access_control": _("Access control"),
    "billing": _("Billing system"),
    "core_banking": _("Core banking"),
    "claims": _("Claims system"),
    "streaming": _("Streaming platform"),
}
FAILURES = [
    ("system_refuses", _("The system refuses it")),
    ("not_known_there", _("The system does not know this customer")),
    ("in_use_elsewhere", _("Number or device is in use elsewhere")),
    ("system_unavailable", _("The system is not available")),
]
TIMEOUT = "no_confirmation"
LABELS = dict(FAILURES) | {
    "confirmed": _("Confirmed by the linked system"),
    "asked_again": _("Asked again"),
    TIMEOUT: _("No confirmation in time"),
    "approval_void": _("What was approved does not hold any more"),
}
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./:_#-]{2,59}", re.ASCII)
"""A number that the system gave to what it did: no spaces, so that no words about a person fit."""
