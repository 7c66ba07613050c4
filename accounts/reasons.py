"""Why something was done, in words: the codes a client's staff choose from, and those the product writes itself."""

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import account_reasons, registries
from accounts.codes import readable
from accounts.errors import Invalid
from accounts.models import ContactAttempt, Industry, ReasonCode, Representative

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
            ("appeal_upheld", _("Appeal upheld")),
            ("billing_renewed", _("Payment method renewed")),
            ("dispute_withdrawn", _("Dispute withdrawn")),
        ],
        Use.DECLINE: [("appeal_rejected", _("Appeal not upheld"))],
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

registries.reason_labels.register(
    "accounts",
    {
        "imported": _("Imported"),
        "client_taken_on": _("Client taken on"),
        "role_granted": _("Role granted"),
        "role_ended": _("Role ended"),
        "settings_changed": _("Settings changed"),
        "work_started": _("Work started"),
        "training_recorded": _("Training recorded"),
        "training_ended": _("Training does not hold any more"),
        "training_ending": _("The training ends soon"),
        "answers_right": _("Answers were right"),
        "answers_wrong": _("An answer was not right"),
        "representative_ended": _("Does not speak for the holder any more"),
        **dict(Representative.Scope.choices),
        **dict(ContactAttempt.Outcome.choices),
        "verification_complete": _("Verification complete"),
        "charged": _("Charged by the client"),
        "payment_received": _("Payment received"),
        "payment_refunded": _("Payment refunded"),
        "payment_charged_back": _("Payment charged back"),
        "chargeback_won": _("Chargeback won"),
        "payment_overdue": _("Payment overdue"),
        "erasure_asked": _("Erasure asked for"),
        "retention_ended": _("Time of retention over"),
        "authority_ordered": _("Ordered by an authority"),
        "non_renewal": _("Not renewed"),
        "auto_renewal": _("Renews by itself"),
        "trial_ended": _("Trial ended"),
        "pause_ended": _("Pause ended"),
        "tier_ended": _("Tier ended"),
        "renewal_ahead": _("The term renews soon"),
        "trial_ahead": _("The trial ends soon"),
        "offer_after_expiry": _("Offer after the end"),
        "offer_redeemed": _("Came with the code of an offer"),
        "review_ended": _("The review has ended"),
        "points_forfeited": _("Points lost with the suspension"),
    },
)


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
        Use.MERGE: MERGE,
        Use.UNMERGE: UNMERGE,
        **account_reasons.COMMON,
    }
    more = MORE.get(industry, {}) | MORE_OF_MEMBERSHIPS.get(industry, {}) | account_reasons.MORE.get(industry, {})
    return {use.value: [*common[use], *more.get(use, [])] for use in Use}


def of(client_id):
    """Return the reason codes of a client in the order of a form, those no longer offered too."""
    return ReasonCode.objects.filter(client=client_id).order_by("use", "position", "code")


def labels_for(client_ids, codes=None):
    """Return ``{(client id, code): label}`` of these clients, codes that are no longer offered too: one query.

    ``codes`` are those that are needed, where they are known.
    """
    rows = ReasonCode.objects.filter(client__in=client_ids).values_list("client_id", "code", "label").order_by()
    if codes is not None:
        rows = rows.filter(code__in=codes)
    return {(client_id, code): text for client_id, code, text in rows}


def label(client_id, code, labels):
    """Return a reason in words: the client's own, else the product's, else the code made readable."""
    found = labels.get((client_id, code))
    if found is None:
        found = next((own[code] for own in registries.reason_labels.values() if code in own), None)
    return str(found) if found is not None else readable(code)


def require(client_id, use, code):
    """Raise ``Invalid`` for a code that the client does not offer for this use."""
    if not ReasonCode.objects.filter(client=client_id, use=use, code=code, is_active=True).exists():
        raise Invalid(_now("Choose a reason that this client has for it."), field="reason")


def choices(client_id, use):
    """Return what a form offers: ``[(code, label), ...]`` of this client and use, in the client's order."""
    rows = ReasonCode.objects.filter(client=client_id, use=use, is_active=True).order_by("position", "code")
    return list(rows.values_list("code", "label"))
