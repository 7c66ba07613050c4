"""The kinds of systems of a client that Reinstate works with: a policy names one, and one is registered as it."""

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
OTHERS = {"crm": _("CRM"), "identity": _("User management"), "other": _("Another system")}
"""What is only told: no policy waits for it."""
KINDS = SYSTEMS | OTHERS
FAILURES = [
    ("system_refuses", _("The system refuses it")),
    ("not_known_there", _("The system does not know this customer")),
    ("in_use_elsewhere", _("Number or device is in use elsewhere")),
    ("system_unavailable", _("The system is not available")),
]
"""Why a system has not done what it was asked for."""
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./:_#-]{2,59}", re.ASCII)
"""A number that the system gave to what it did: no spaces, so that no words about a person fit."""
