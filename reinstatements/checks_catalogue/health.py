"""Checks of insurers and providers of health care: nothing comes back without consent and a safe record."""

from django.utils.translation import gettext_lazy as _

from reinstatements.checks_catalogue.types import CheckType, EvidenceField, reference, since_stop

CHECKS = (
    CheckType(
        "insured_verified",
        _("Insured person verified"),
        _("Confirm that you speak with the insured person, or with whoever may act for them."),
        (
            EvidenceField(
                "person",
                _("You speak with"),
                "choice",
                (
                    ("insured", _("The insured person")),
                    ("parent", _("A parent or guardian")),
                    ("proxy", _("Somebody with a power of attorney")),
                ),
            ),
            EvidenceField(
                "method",
                _("How"),
                "choice",
                (
                    ("card", _("Insurance card and date of birth")),
                    ("eid", _("Electronic identity")),
                    ("letter", _("Code sent by letter")),
                ),
            ),
            reference(_("Call or document reference")),
        ),
        good_for_days=30,
    ),
    CheckType(
        "consent_recorded",
        _("Consent recorded"),
        _("The consent to use health data is on file and covers what the policy needs."),
        (
            EvidenceField(
                "scope",
                _("Covers"),
                "choice",
                (
                    ("cover", _("Running the policy")),
                    ("claims", _("Running the policy and paying claims")),
                    ("all", _("Policy, claims and health programmes")),
                ),
            ),
            since_stop("given_on", _("Given on")),
            reference(_("Where the consent is filed")),
        ),
    ),
    CheckType(
        "data_security",
        _("Data security confirmed"),
        _("Nobody else has had a look at the record meanwhile, and only those who may will have one now."),
        (
            EvidenceField(
                "measure",
                _("What was done"),
                "choice",
                (
                    ("log_read", _("Access log read, nothing unusual")),
                    ("portal_reset", _("Access to the portal set up anew")),
                    ("record_separated", _("Record separated from another person's")),
                ),
            ),
            since_stop("confirmed_on", _("Confirmed on")),
            reference(_("Entry in the access log or ticket")),
        ),
        frozenset({"security"}),
    ),
    CheckType(
        "health_statement",
        _("Health statement complete"),
        _("Every question is answered and signed, and what has changed since is added."),
        (
            EvidenceField(
                "statement",
                _("Statement"),
                "choice",
                (
                    ("unchanged", _("Complete, nothing has changed")),
                    ("completed", _("Completed by the insured person")),
                    ("renewed", _("Filled in anew")),
                ),
            ),
            since_stop("signed_on", _("Signed on")),
            reference(_("Where the statement is filed")),
        ),
        frozenset({"compliance"}),
    ),
)
