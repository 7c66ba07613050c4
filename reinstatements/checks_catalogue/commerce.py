"""Checks of shops and streaming services: the appeal against a suspension, and the billing behind it."""

from django.utils.translation import gettext_lazy as _

from reinstatements.checks_catalogue.types import CheckType, EvidenceField, reference, since_stop

CHECKS = (
    CheckType(
        "appeal_reviewed",
        _("Appeal reviewed"),
        _("Read what the member says against the suspension beside the rule that they are said to have broken."),
        (
            EvidenceField(
                "rule",
                _("Rule"),
                "choice",
                (
                    ("sharing", _("Sharing outside the household")),
                    ("content", _("Comments, reviews or content")),
                    ("resale", _("Resale or commercial use")),
                    ("returns", _("Refunds or returns")),
                ),
            ),
            EvidenceField(
                "finding",
                _("Finding"),
                "choice",
                (
                    ("settled", _("The member has put it right")),
                    ("warned", _("First breach, member warned")),
                    ("mistaken", _("The suspension was a mistake")),
                ),
            ),
            since_stop("appealed_on", _("Appealed on")),
            reference(_("What the member says, and what was found")),
        ),
        frozenset({"policy"}),
    ),
    CheckType(
        "billing_record",
        _("Billing in order"),
        _("The next charge will succeed: look at the billing record, not at what the member says."),
        (
            EvidenceField(
                "billing",
                _("Payment method"),
                "choice",
                (
                    ("current", _("As before, and valid")),
                    ("renewed", _("Renewed by the member")),
                    ("invoice", _("By invoice from now on")),
                ),
            ),
            since_stop("checked_on", _("Looked at on")),
            reference(_("Invoice or billing record")),
        ),
    ),
)
