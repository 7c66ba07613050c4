"""The reasons that a client of each industry begins with."""

from django.utils.translation import gettext_lazy as _

from accounts import account_reasons
from accounts.models import Industry, ReasonCode

Use = ReasonCode.Use

STOP = [
    ("non_payment", _("Payment overdue")),
    ("card_expired", _("Payment method expired")),
    ("policy_breach", _("Terms of use broken")),
    ("fraud_suspected", _("Fraud suspected")),
    ("contact_invalid", _("Contact data not valid")),
    ("inactivity", _("Not used for a long time")),
    ("customer_request", _("Customer asked for it")),
]
RESUME = [
    ("paid", _("What was owed is paid")),
    ("identity_confirmed", _("Identity confirmed")),
    ("breach_settled", _("Breach settled")),
    ("false_alarm", _("Stopped by mistake")),
    ("contact_corrected", _("Contact data corrected")),
    ("customer_returns", _("Customer comes back")),
]
DECLINE = [
    ("not_proven", _("Identity or payment not proven")),
    ("balance_open", _("Balance still open")),
    ("repeated_breach", _("Breach repeated")),
    ("fraud_confirmed", _("Fraud confirmed")),
]
SEND_BACK = [
    ("evidence_unclear", _("Evidence not clear")),
    ("evidence_missing", _("Evidence missing")),
    ("wrong_amount", _("Amount does not match")),
    ("wrong_account", _("Evidence belongs to another account")),
]
WITHDRAW = [
    ("not_wanted", _("Member does not want it any more")),
    ("opened_in_error", _("Opened in error")),
    ("no_answer", _("Member did not answer")),
]
REVEAL = [
    ("member_on_phone", _("Member is on the phone")),
    ("verify_identity", _("To verify who is asking")),
    ("correct_data", _("To correct contact data")),
    ("complaint", _("To answer a complaint")),
    ("audit", _("Asked for by audit or regulator")),
]
WRITE_OFF = [
    ("goodwill", _("Goodwill")),
    ("uncollectable", _("Cannot be collected")),
    ("billed_in_error", _("Billed in error")),
]
START = [
    ("agreed", _("Agreed with the member")),
    ("ordered", _("Ordered by the member")),
    ("paid", _("What was owed is paid")),
    ("offered", _("Offered by us")),
]
PAUSE = [
    ("away", _("Away for some time")),
    ("illness", _("Illness or injury")),
    ("money", _("Short of money")),
    ("back_again", _("Back again")),
    ("customer_request", _("Customer asked for it")),
]
CANCEL = [
    ("too_expensive", _("Too expensive")),
    ("not_used", _("Not used enough")),
    ("moved_away", _("Moved away")),
    ("other_provider", _("Goes to another provider")),
    ("not_satisfied", _("Not satisfied")),
    ("non_payment", _("Payment overdue")),
    ("policy_breach", _("Terms of use broken")),
    ("plan_withdrawn", _("Plan is not offered any more")),
    ("deceased", _("Member has died")),
]
CHANGE_PLAN = [
    ("needs_more", _("Needs more")),
    ("needs_less", _("Needs less")),
    ("better_price", _("Better price")),
    ("plan_withdrawn", _("Plan is not offered any more")),
    ("offered", _("Offered by us")),
]
ADJUST = [
    ("earned", _("Earned")),
    ("redeemed", _("Redeemed")),
    ("goodwill", _("Goodwill")),
    ("correction", _("Correction")),
    ("tier_reached", _("Tier reached")),
    ("tier_missed", _("Tier not kept")),
]
OWN_STATUS = [
    ("agreed", _("Agreed with the member")),
    ("goodwill", _("Goodwill")),
    ("exception", _("Exception to the rules")),
    ("correction", _("Correction")),
    ("ended_early", _("No reason for it any more")),
]
MERGE = [
    ("same_customer", _("Same customer twice")),
    ("opened_twice", _("Opened twice by mistake")),
    ("joined", _("Customers have joined")),
]
UNMERGE = [
    ("not_same_customer", _("Not the same customer")),
    ("wrong_survivor", _("The other account should stay")),
    ("merged_in_error", _("Merged by mistake")),
    ("merge_outdated", _("The accounts have changed")),
]
CONFIRM_SIGNAL = [
    ("fraud_likely", _("Fraud likely")),
    ("rule_broken", _("Against our own rules")),
    ("not_explained", _("Nobody can explain it")),
]
CLEAR_SIGNAL = [
    ("explained", _("There is a good explanation")),
    ("shared_household", _("People of one household or company")),
    ("agreed_before", _("Agreed with a supervisor")),
    ("chance", _("Chance")),
]
REVERSE = [
    ("decided_in_error", _("Decided in error")),
    ("evidence_forged", _("Evidence was not genuine")),
    ("payment_failed", _("Payment did not arrive after all")),
    ("wrong_account", _("Evidence belongs to another account")),
]
CONTACT = [
    ("member_moved", _("Member has moved")),
    ("member_asked", _("Member asked for it")),
    ("corrected", _("It was written wrongly")),
    ("not_reachable", _("Could not be reached under the old one")),
]
QUERY = [
    ("ask_status", _("Why service is stopped")),
    ("ask_payment", _("Payment or balance")),
    ("ask_membership", _("Plan or membership")),
    ("ask_contact", _("Contact data")),
    ("ask_complaint", _("Complaint")),
    ("ask_other", _("Something else")),
]
MORE = {
    Industry.TELECOM: {
        Use.STOP: [
            ("device_stolen", _("Device or SIM lost or stolen")),
            ("port_out", _("Number moved to another provider")),
            ("excessive_use", _("Unusual use of the line")),
        ],
        Use.RESUME: [
            ("sim_replaced", _("SIM or device replaced")),
            ("number_returned", _("Number moved back")),
            ("plan_taken_up", _("Plan taken up again")),
        ],
        Use.DECLINE: [("number_gone", _("Number no longer ours"))],
    },
    Industry.BANK: {
        Use.STOP: [
            ("kyc_expired", _("Identity document expired")),
            ("sanctions_hit", _("Possible match on a sanctions list")),
            ("court_order", _("Order of a court or authority")),
            ("unusual_transactions", _("Unusual transactions")),
            ("regulator_concern", _("Concern of the regulator")),
        ],
        Use.RESUME: [
            ("kyc_renewed", _("Identity document renewed")),
            ("sanctions_cleared", _("Sanctions match cleared")),
            ("order_lifted", _("Order lifted")),
        ],
        Use.DECLINE: [("kyc_failed", _("Identity document not accepted")), ("order_stands", _("Order still stands"))],
    },
    Industry.COMMERCE: {
        Use.STOP: [
            ("account_shared", _("Shared outside the household")),
            ("content_removed", _("Content against the rules")),
            ("refunds_abused", _("Refunds or returns abused")),
            ("charge_disputed", _("Charge disputed at the card company")),
        ],
        Use.RESUME: [
            ("appeal_upheld", _("Objection to the stop upheld")),
            ("billing_renewed", _("Payment method renewed")),
            ("dispute_withdrawn", _("Dispute withdrawn")),
        ],
        Use.DECLINE: [("appeal_rejected", _("Objection to the stop not upheld"))],
    },
    Industry.SAAS: {
        Use.STOP: [
            ("trial_expired", _("Trial ended without a plan")),
            ("payment_failed", _("Charge failed")),
            ("misuse", _("Service misused")),
            ("credentials_leaked", _("Keys or passwords leaked")),
        ],
        Use.RESUME: [
            ("plan_bought", _("Plan bought")),
            ("billing_renewed", _("Payment method renewed")),
            ("misuse_ended", _("Misuse ended")),
            ("keys_replaced", _("Keys and passwords replaced")),
        ],
        Use.DECLINE: [("misuse_goes_on", _("Misuse goes on"))],
    },
    Industry.HEALTH: {
        Use.STOP: [
            ("premium_unpaid", _("Premium unpaid")),
            ("consent_withdrawn", _("Consent withdrawn")),
            ("statement_incomplete", _("Health statement incomplete")),
            ("portal_misused", _("Somebody else had access to the portal")),
            ("cover_elsewhere", _("Covered elsewhere for a time")),
        ],
        Use.RESUME: [
            ("premium_paid", _("Premium paid")),
            ("consent_given", _("Consent given again")),
            ("statement_completed", _("Health statement completed")),
            ("access_secured", _("Access to the portal secured")),
        ],
        Use.DECLINE: [
            ("consent_missing", _("Consent not given")),
            ("cover_ended", _("Cover cannot be revived")),
        ],
    },
}

MORE_OF_MEMBERSHIPS = {
    Industry.TELECOM: {
        Use.CANCEL: [("port_out", _("Number moved to another provider")), ("no_coverage", _("No coverage"))],
        Use.PAUSE: [("abroad", _("Abroad, no roaming wanted"))],
    },
    Industry.BANK: {Use.CANCEL: [("bank_changed", _("Moved to another bank"))]},
    Industry.COMMERCE: {
        Use.CANCEL: [
            ("nothing_to_watch", _("Offer not interesting enough")),
            ("shared_account", _("Account was shared")),
        ],
    },
    Industry.SAAS: {
        Use.CANCEL: [
            ("features_missing", _("Features are missing")),
            ("project_ended", _("Project or company ended")),
            ("too_complex", _("Too difficult to use")),
        ],
        Use.CHANGE_PLAN: [("seats_changed", _("More or fewer users"))],
    },
    Industry.HEALTH: {
        Use.CANCEL: [("insured_elsewhere", _("Insured elsewhere")), ("no_longer_eligible", _("No longer eligible"))],
        Use.PAUSE: [("parental_leave", _("Parental leave"))],
    },
}


def defaults(industry):
    """Return the codes a new client of this industry begins with: ``{use: [(code, label), ...]}`` in their order."""
    common = {
        Use.STOP: STOP,
        Use.RESUME: RESUME,
        Use.DECLINE: DECLINE,
        Use.SEND_BACK: SEND_BACK,
        Use.WITHDRAW: WITHDRAW,
        Use.REVEAL: REVEAL,
        Use.WRITE_OFF: WRITE_OFF,
        Use.CONFIRM_SIGNAL: CONFIRM_SIGNAL,
        Use.CLEAR_SIGNAL: CLEAR_SIGNAL,
        Use.REVERSE: REVERSE,
        Use.CONTACT: CONTACT,
        Use.QUERY: QUERY,
        Use.START: START,
        Use.PAUSE: PAUSE,
        Use.CANCEL: CANCEL,
        Use.CHANGE_PLAN: CHANGE_PLAN,
        Use.ADJUST: ADJUST,
        Use.OWN_STATUS: OWN_STATUS,
        Use.MERGE: MERGE,
        Use.UNMERGE: UNMERGE,
        **account_reasons.COMMON,
    }
    more = MORE.get(industry, {}) | MORE_OF_MEMBERSHIPS.get(industry, {}) | account_reasons.MORE.get(industry, {})
    return {use.value: [*common[use], *more.get(use, [])] for use in Use}
