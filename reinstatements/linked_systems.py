"""The systems of a client that a policy may wait for: what they are called, how they answer, what a reference is."""

from django.utils.translation import gettext_lazy as _

from accounts.systems import FAILURES, REFERENCE, SYSTEMS

__all__ = ["FAILURES", "LABELS", "REFERENCE", "SYSTEMS", "TIMEOUT"]

TIMEOUT = "no_confirmation"
LABELS = dict(FAILURES) | {
    "confirmed": _("Confirmed by the linked system"),
    "asked_again": _("Asked again"),
    TIMEOUT: _("No confirmation in time"),
    "approval_void": _("What was approved does not hold any more"),
}
