"""Why something was done, in words: the codes a client's staff choose from, and those the product writes itself."""

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import registries
from accounts.codes import readable
from accounts.errors import Invalid
from accounts.models import ContactAttempt, ReasonCode, Representative
from accounts.reason_catalogue import defaults as defaults

registries.reason_labels.register(
    "accounts",
    {
        "imported": _("Imported"),
        "client_taken_on": _("Client taken on"),
        "role_delegated": _("Stands in for a colleague"),
        "delegation_ended": _("Stands in no more"),
        "key_issued": _("Key for a program"),
        "key_ended": _("Key not valid any more"),
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
