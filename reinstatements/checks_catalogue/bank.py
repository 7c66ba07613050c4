"""Checks of banks: what was asked for, who asks and which risk they are."""

from django.utils.translation import gettext_lazy as _

from reinstatements.checks_catalogue.types import CheckType, EvidenceField, reference, since_stop

CHECKS = (
    CheckType(
        "request_details",
        _("Request recorded"),
        _("Keep what the customer asked for, how and when, before anything is decided about it."),
        (
            EvidenceField(
                "channel",
                _("Asked for"),
                "choice",
                (
                    ("branch", _("In a branch")),
                    ("phone", _("By phone")),
                    ("online", _("In online banking")),
                    ("letter", _("By letter")),
                ),
            ),
            since_stop("asked_on", _("Asked on")),
            reference(_("Request number or form")),
        ),
    ),
    CheckType(
        "kyc",
        _("Know your customer"),
        _("A valid identity document was checked against the record."),
        (
            EvidenceField(
                "document",
                _("Document"),
                "choice",
                (
                    ("passport", _("Passport")),
                    ("id_card", _("Identity card")),
                    ("residence", _("Residence permit")),
                ),
            ),
            EvidenceField("valid_until", _("Valid until"), "date"),
            reference(_("Document number")),
        ),
        frozenset({"compliance"}),
    ),
    CheckType(
        "risk_rating",
        _("Risk rated"),
        _("Rate the customer anew under the bank's own scale, lists of sanctions and of exposed persons included."),
        (
            EvidenceField(
                "rating",
                _("Rating"),
                "choice",
                (("low", _("Low")), ("medium", _("Medium")), ("high", _("High"))),
            ),
            since_stop("rated_on", _("Rated on")),
        ),
    ),
)
