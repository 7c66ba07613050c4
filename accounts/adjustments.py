"""What an entry has adjusted: field, value before, value after, read from the entry's own bytes."""

import json
from dataclasses import dataclass

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import money, wording
from accounts.codes import readable
from accounts.models import Account

FIELDS = {
    "balance": gettext_lazy("Balance owed"),
    "status": gettext_lazy("Status"),
    "country": gettext_lazy("Country"),
    "ends": gettext_lazy("End of the suspension"),
    "plan": gettext_lazy("Plan"),
    "points": gettext_lazy("Points"),
    "term_starts_on": gettext_lazy("Term begins"),
    "ends_on": gettext_lazy("Term ends"),
    "auto_renew": gettext_lazy("Renews by itself"),
    "trial_starts_on": gettext_lazy("Trial begins"),
    "trial_ends_on": gettext_lazy("Trial ends"),
    "trial_converts": gettext_lazy("Trial becomes paid"),
    "converted_on": gettext_lazy("Trial converted"),
    "pause_starts_on": gettext_lazy("Pause begins"),
    "pause_ends_on": gettext_lazy("Pause ends"),
    "tier": gettext_lazy("Tier"),
    "tier_ends_on": gettext_lazy("Tier ends"),
}
CONTACT = {each.name: each.verbose_name for each in Account._meta.concrete_fields if each.name in Account.sealed_fields}
NOTHING = "–"


@dataclass(frozen=True)
class Adjustment:
    """One field of an account or membership, in words; personal data is named and not told."""

    field: str
    before: str
    after: str


def adjusting(entries):
    """Return those of these entries that can have adjusted something: the openings and what was only noted are left."""
    changed = ~Q(from_status=F("to_status")) | Q(action__in=ADJUSTING) | Q(subject_type="membership")
    return entries.filter(changed, subject_type__in=("account", "membership")).exclude(from_status="")


ADJUSTING = (
    *("charge", "payment", "refund", "chargeback", "reversal", "write_off"),
    *("change_contact", "change_suspension", "absorb", "release"),
)


def reactivating(entries):
    """Return those of these entries that tell of a reactivation: why service stopped, each step of a case, the return.

    What a case about one membership has done is among them.
    """
    stopped = [str(status) for status in Account.STOPPED]
    turned = Q(to_status__in=stopped) | Q(from_status__in=stopped)
    account = Q(subject_type="account") & turned & ~Q(from_status=F("to_status"))
    returned = Q(subject_type="membership", action__in=("reinstate", "reinstate_trial"))
    return entries.filter(Q(subject_type="reinstatement") | account | returned)


def facts_of(body):
    """Return what a step has found, "" for one that found nothing: codes, amounts and days, no personal data."""
    facts = json.loads(bytes(body))["data"].get("facts") or {}
    plain = {name: " ".join(value) if isinstance(value, list) else str(value) for name, value in facts.items()}
    return ", ".join(f"{readable(name)}: {readable(value)}" for name, value in plain.items())


def of(subject_type, from_status, to_status, body):
    """Return the ``Adjustment`` rows of one entry, from its columns and its bytes."""
    data, found = json.loads(bytes(body))["data"], []
    if from_status != to_status:
        found.append(("status", *(wording.status_label(subject_type, each) for each in (from_status, to_status))))
    if data.get("balance_before") != data.get("balance_after"):
        currency = data.get("currency", "")
        found.append(("balance", *(money.words(data[f"balance_{when}"], currency) for when in ("before", "after"))))
    if "ends_before" in data:
        found.append(("ends", data["ends_before"], data["ends_at"]))
    if data.get("country"):
        found.append(("country", *data["country"]))
    if "plan_before" in data:
        found.append(("plan", data["plan_before"].get("name"), data["plan"]["name"]))
    if isinstance(data.get("points"), dict):
        found.append(("points", data["points"]["before"], data["points"]["after"]))
    found += [(name, *pair) for name, pair in data.get("moved", {}).items() if name in FIELDS]
    told = [Adjustment(str(FIELDS[name]), plain(before), plain(after)) for name, before, after in found]
    return told + [
        Adjustment(str(CONTACT[name]), _("kept sealed"), _("kept sealed")) for name in data.get("fields", [])
    ]


def plain(value):
    if value in (None, ""):
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
