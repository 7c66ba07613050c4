"""What can be checked, with the evidence that proves it. Policies choose from here."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise


@dataclass(frozen=True)
class EvidenceField:
    """One typed value. Personal values are sealed; the others are facts that a decision is bound to."""

    name: str
    label: "StrOrPromise"
    kind: str = "text"
    """text, choice, date or money (minor units in the account's currency)"""
    choices: tuple = ()
    personal: bool = False
    help: "StrOrPromise" = ""


@dataclass(frozen=True)
class CheckType:
    code: str
    label: "StrOrPromise"
    help: "StrOrPromise"
    fields: tuple[EvidenceField, ...]
    lifts: frozenset[str] = field(default_factory=frozenset)
    """The kinds of restriction that this check proves to be settled."""


def reference(label):
    return EvidenceField("reference", label, personal=True)


CATALOGUE = {
    check.code: check
    for check in (
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
        ),
        CheckType(
            "payment_received",
            _("Payment received"),
            _("What is owed has arrived; a promise to pay is not a payment."),
            (
                EvidenceField("amount", _("Amount received"), "money"),
                EvidenceField("received_on", _("Received on"), "date"),
                reference(_("Payment reference")),
            ),
            frozenset({"payment"}),
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
                        ("sim", _("SIM or device replaced")),
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
                EvidenceField("confirmed_on", _("Confirmed on"), "date"),
            ),
            frozenset({"data"}),
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
    )
}


def check_type(code):
    return CATALOGUE[code]
