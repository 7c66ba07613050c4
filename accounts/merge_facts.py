"""What a merge, or its undoing, rests on: both sides as they stand, without a word that is personal."""

import hashlib
from collections import Counter

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import canonical, money, registries
from accounts.facts import differences
from accounts.models import Account, AccountMerge, Asset, Charge, Membership, Payment, Restriction

WORDS = {
    "status": gettext_lazy("Status"),
    "set_by_entry": gettext_lazy("Status set by entry"),
    "balance": gettext_lazy("Balance owed"),
    "holder": gettext_lazy("Contact data"),
    "memberships": gettext_lazy("Memberships"),
    "assets": gettext_lazy("Numbers, logins, contracts"),
    "restrictions": gettext_lazy("Open conditions"),
    "open_work": gettext_lazy("Open cases"),
    "charges": gettext_lazy("Charges"),
    "payments": gettext_lazy("Payments"),
    "stands_for": gettext_lazy("Accounts it has absorbed"),
}

HOLDER_WORDS = {
    "name": gettext_lazy("Holder"),
    "email": gettext_lazy("Mail"),
    "phone": gettext_lazy("Phone"),
    "address": gettext_lazy("Address"),
    "payment_method": gettext_lazy("Payment method"),
}


def merge_facts(survivor, absorbed):
    """Return the facts of both accounts. Whatever a person compares on the page is in them, or its digest is."""
    return {"survivor": side(survivor), "absorbed": side(absorbed)}


def side(account):
    rows = {"account": account}
    memberships = Membership.objects.filter(**rows).select_related("plan").order_by("id")
    restrictions = Restriction.objects.filter(**rows, lifted_at=None).order_by("opened_at", "id")
    return {
        "account": str(account.pk),
        "number": account.number,
        "status": str(account.status),
        "set_by_entry": account.status_number,
        "balance": {"owed_minor": account.balance_minor, "currency": account.currency},
        "holder": holder_digest(account),
        "memberships": [membership(row) for row in memberships],
        "assets": [{"id": each["id"], "kind": each["kind"], "out": each["out"]} for each in account.assets],
        "restrictions": [
            {"id": str(row.pk), "kind": str(row.kind), "opened_at": canonical.timestamp(row.opened_at)}
            for row in restrictions
        ],
        "open_work": open_work(account),
        "charges": Charge.objects.filter(**rows).count(),
        "payments": Payment.objects.filter(**rows).count(),
        "stands_for": AccountMerge.objects.standing().filter(survivor=account).count(),
    }


def membership(row):
    return {"id": str(row.pk), "code": row.plan.code, "plan": row.plan.name, "status": str(row.status)}


def open_work(account):
    return [code for contribute in registries.open_work.values() for code in contribute(account)]


def holder_digest(account):
    """Return the SHA-256 of what is sealed: it changes with the contact data and tells nothing of them."""
    sealed = [bytes(getattr(account, name) or b"") for name in Account.sealed_fields]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in sealed)).hexdigest()


def changes(shown, current):
    """Return what differs between two sets of facts, in words for a page: dicts of label, before and after."""
    found = {}
    for path, _before, _after in differences(shown, current):
        which, _dot, rest = path.partition(".")
        found.setdefault((which, rest.partition(".")[0]))
    return [
        {
            "label": f"{side_name(which)}: {WORDS.get(name, name)}",
            "before": told(name, shown[which].get(name)),
            "after": told(name, current[which].get(name)),
        }
        for which, name in found
    ]


def side_name(which):
    return _("Stays") if which == "survivor" else _("Is absorbed")


def told(name, value):
    if name == "balance":
        return money.words(value["owed_minor"], value["currency"])
    if name == "status":
        return str(Account.Status(value).label)
    if name == "holder":
        return _("another version")
    if name == "assets":
        return ", ".join(used(kind, is_out, number) for (kind, is_out), number in counted(value or []).items())
    if name in ("memberships", "restrictions"):
        return ", ".join(one(row) for row in value)
    return ", ".join(value) if isinstance(value, list) else str(value)


def counted(rows):
    """Return how many of each kind there are, in service and out of it."""
    return Counter((row["kind"], row["out"]) for row in rows)


def used(kind, is_out, number):
    label = str(Asset.Kind(kind).label)
    words = f"{number} × {label}" if number > 1 else label
    return _("%s (out of service)") % words if is_out else words


def one(row):
    if "kind" in row:
        return str(Restriction.Kind(row["kind"]).label)
    return f"{row.get('plan') or row['code']} ({Membership.Status(row['status']).label})"


def rows_of(facts, survivor, absorbed):
    """Return, for a page, ``(label, survivor's, absorbed one's, differ)`` of every fact, the holders first, masked."""
    rows = [
        (str(label), getattr(survivor, name) or "–", getattr(absorbed, name) or "–")
        for name, label in HOLDER_WORDS.items()
    ]
    shown = [name for name in WORDS if name not in ("holder", "set_by_entry")]
    rows += [
        (
            str(WORDS[name]),
            told(name, facts["survivor"].get(name)) or "–",
            told(name, facts["absorbed"].get(name)) or "–",
        )
        for name in shown
    ]
    return [(label, stays, goes, stays != goes) for label, stays, goes in rows]
