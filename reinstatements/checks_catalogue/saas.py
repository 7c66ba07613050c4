"""Checks of software services: the ticket in which it was asked. Their billing check is that of shops."""

from django.utils.translation import gettext_lazy as _

from reinstatements.checks_catalogue.types import CheckType, EvidenceField, reference, since_stop

CHECKS = (
    CheckType(
        "support_ticket",
        _("Support ticket answered"),
        _("The request stands in a ticket, and the customer has been told there what happens next."),
        (
            EvidenceField(
                "topic",
                _("Topic"),
                "choice",
                (
                    ("trial", _("Trial that has ended")),
                    ("billing", _("Failed payment")),
                    ("misuse", _("Misuse or limits")),
                    ("access", _("Access and security")),
                    ("other", _("Something else")),
                ),
            ),
            since_stop("opened_on", _("Opened on")),
            reference(_("Ticket number")),
            EvidenceField("response", _("What the customer was told"), personal=True),
        ),
    ),
)
