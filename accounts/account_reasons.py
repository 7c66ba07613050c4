"""The reasons for what is done to a whole account that a client begins with, common to all and by industry."""

from django.utils.translation import gettext_lazy as _

from accounts.models import Industry, ReasonCode

Use = ReasonCode.Use

COMMON = {
    Use.ACTIVATE: [
        ("data_complete", _("All data complete and checked")),
        ("ordered", _("Ordered by the member")),
        ("contract_signed", _("Contract signed")),
    ],
    Use.HOLD: [
        ("non_payment", _("Payment overdue")),
        ("card_expired", _("Payment method expired")),
        ("debit_returned", _("Direct debit returned")),
    ],
    Use.CHANGE_STOP: [
        ("more_time", _("More time is needed")),
        ("agreed", _("Agreed with the member")),
        ("settled_sooner", _("Settled sooner than expected")),
        ("correction", _("Correction")),
    ],
    Use.REVIEW: [
        ("suspicious_activity", _("Suspicious activity")),
        ("compliance_check", _("Check by compliance")),
        ("data_doubtful", _("Data in doubt")),
        ("complaint", _("Complaint to look into")),
    ],
    Use.END_REVIEW: [
        ("nothing_found", _("Nothing found")),
        ("explained", _("Explained by the member")),
        ("settled", _("Settled")),
        ("opened_in_error", _("Opened in error")),
    ],
    Use.DEACTIVATE: [
        ("member_left", _("Member has stopped")),
        ("inactivity", _("Not used for a long time")),
        ("policy_breach", _("Terms of use broken")),
        ("duplicate", _("Second account of the same person")),
    ],
    Use.CLOSE: [
        ("customer_request", _("Customer asked for it")),
        ("contract_ended", _("Contract has ended")),
        ("policy_breach", _("Terms of use broken")),
        ("fraud_confirmed", _("Fraud confirmed")),
        ("debt_not_paid", _("Debt not paid in spite of reminders")),
        ("deceased", _("Member has died")),
    ],
}

MORE = {
    Industry.TELECOM: {
        Use.ACTIVATE: [("number_ported", _("Number moved here"))],
        Use.REVIEW: [("excessive_use", _("Unusual use of the line"))],
        Use.DEACTIVATE: [("port_out", _("Number moved to another provider"))],
        Use.CLOSE: [("port_out", _("Number moved to another provider"))],
    },
    Industry.BANK: {
        Use.ACTIVATE: [("kyc_passed", _("Identity verified"))],
        Use.REVIEW: [
            ("money_laundering", _("Suspicion of money laundering")),
            ("sanctions_match", _("Possible match with a sanctions list")),
        ],
        Use.DEACTIVATE: [("dormant", _("Dormant by law"))],
        Use.CLOSE: [("bank_changed", _("Moved to another bank"))],
    },
    Industry.COMMERCE: {
        Use.HOLD: [("charge_disputed", _("Charge disputed at the card company"))],
        Use.REVIEW: [("shared_account", _("Account may be shared"))],
        Use.CLOSE: [("minor", _("Holder is not of age"))],
    },
    Industry.SAAS: {
        Use.HOLD: [("payment_failed", _("Charge failed"))],
        Use.REVIEW: [("abuse_reported", _("Abuse reported"))],
        Use.CLOSE: [("project_ended", _("Project or company ended"))],
    },
    Industry.HEALTH: {
        Use.HOLD: [("premium_unpaid", _("Premium unpaid"))],
        Use.ACTIVATE: [("eligible", _("Eligibility confirmed"))],
        Use.REVIEW: [("billing_doubtful", _("Billing in doubt"))],
        Use.DEACTIVATE: [("no_longer_eligible", _("No longer eligible"))],
        Use.CLOSE: [("insured_elsewhere", _("Insured elsewhere"))],
    },
}
