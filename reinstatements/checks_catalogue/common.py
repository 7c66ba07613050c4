"""Checks that clients of every industry choose from."""

from django.utils.translation import gettext_lazy as _

from reinstatements.checks_catalogue.types import CheckType, EvidenceField, reference, since_stop

CHECKS = (
    CheckType(
        "identity",
        _("Identity confirmed"),
        _("Confirm that you speak with the holder before anything else."),
        (
            EvidenceField(
                "method",
                _("How"),
                "choice",
                (
                    ("questions", _("Security questions answered")),
                    ("call_back", _("Called back on the number on file")),
                    ("document", _("Identity document seen")),
                ),
            ),
            reference(_("Call or document reference")),
        ),
        good_for_days=30,
    ),
    CheckType(
        "payment_received",
        _("Payment received"),
        _("What is owed has arrived; a promise to pay is not a payment."),
        (
            EvidenceField("amount", _("Amount received"), "money"),
            since_stop("received_on", _("Received on")),
            reference(_("Payment reference")),
        ),
        frozenset({"payment"}),
        is_log=True,
    ),
    CheckType(
        "policy_reviewed",
        _("Breach reviewed and settled"),
        _("Read what happened and what the member did about it."),
        (
            EvidenceField(
                "finding",
                _("Finding"),
                "choice",
                (
                    ("settled", _("The member has put it right")),
                    ("mistaken", _("The suspension was a mistake")),
                    ("warned", _("First breach, member warned")),
                ),
            ),
            reference(_("What was found, in words")),
        ),
        frozenset({"policy", "inactivity", "voluntary"}),
    ),
    CheckType(
        "security_cleared",
        _("Account secured"),
        _("Credentials changed and unknown devices signed out."),
        (
            EvidenceField(
                "measure",
                _("What was done"),
                "choice",
                (
                    ("credentials", _("New password or PIN set by the holder")),
                    ("sim", _("Card, SIM or device replaced")),
                    ("false_alarm", _("Reviewed: a false alarm")),
                ),
            ),
            reference(_("Ticket or call reference")),
        ),
        frozenset({"security"}),
    ),
    CheckType(
        "contact_confirmed",
        _("Contact data confirmed"),
        _("The member can be reached where we write to."),
        (
            EvidenceField(
                "channel",
                _("Confirmed by"),
                "choice",
                (("email", _("Answer to a mail")), ("phone", _("Call")), ("letter", _("Letter"))),
            ),
            since_stop("confirmed_on", _("Confirmed on")),
        ),
        frozenset({"data"}),
    ),
    CheckType(
        "data_corrected",
        _("Data corrected"),
        _("What was wrong stands beside what is right, and you have checked that it is."),
        (
            EvidenceField(
                "defect",
                _("What was wrong"),
                "choice",
                (
                    ("contact", _("Invalid contact data")),
                    ("address", _("Outdated address")),
                    ("billing", _("Billing data")),
                ),
            ),
            EvidenceField("before", _("As it stood"), personal=True),
            EvidenceField("after", _("As it is right"), personal=True),
            EvidenceField(
                "verified_by",
                _("How you know"),
                "choice",
                (
                    ("document", _("Document seen")),
                    ("answer", _("Answer at the new address or number")),
                    ("register", _("Register or bank asked")),
                ),
            ),
            since_stop("corrected_on", _("Corrected on")),
        ),
        frozenset({"data"}),
        is_log=True,
    ),
    CheckType(
        "return_confirmed",
        _("Return confirmed"),
        _("The holder says that they want the service back, and knows what it costs from now on."),
        (
            EvidenceField(
                "wish",
                _("What the holder wants"),
                "choice",
                (
                    ("back", _("Service as it was before")),
                    ("back_early", _("Service back earlier than planned")),
                    ("mistaken", _("It was never meant to stop")),
                ),
            ),
            since_stop("confirmed_on", _("Confirmed on")),
            reference(_("Call, letter or ticket")),
        ),
        frozenset({"inactivity", "voluntary"}),
    ),
)
