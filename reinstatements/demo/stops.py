"""Why invented customers are out of service: about one in 28 of Nordtel's, over the last five weeks."""

from dataclasses import dataclass
from datetime import timedelta

from accounts.models import Account
from accounts.services import accounts
from reinstatements.demo.holders import rng_for

SHARE = 0.0355
KINDS = {
    # kind of restriction: (weight, reason codes)
    "payment": (60, "non_payment non_payment non_payment card_expired"),
    "policy": (14, "policy_breach policy_breach excessive_use"),
    "security": (11, "fraud_suspected fraud_suspected device_stolen"),
    "data": (7, "contact_invalid"),
    "inactivity": (4, "inactivity"),
    "voluntary": (4, "customer_request"),
}
OVERDUE = "Two invoices open. The member promised to pay by transfer and did not."
NOTES = {
    "non_payment": (
        "Direct debit was returned by the bank twice; reminder letters of the 1st and 2nd level went out.",
        OVERDUE,
        "Invoice disputed at first, then the objection was withdrawn; still unpaid.",
    ),
    "card_expired": ("The card on file has expired and no new one was given after three reminders.",),
    "policy_breach": (
        "SIM found in a gateway; resale of minutes is against the terms.",
        "Two complaints by other customers about nuisance calls from this number.",
    ),
    "excessive_use": ("The line was used to send bulk messages; 4,000 texts in one night.",),
    "fraud_suspected": (
        "Six failed PIN attempts, then a SIM swap was asked for from a new device.",
        "Premium-rate calls abroad for several hundred within an hour; the member says it was not them.",
    ),
    "device_stolen": ("The member reported the phone stolen at the airport and asked for the line to be blocked.",),
    "contact_invalid": (
        "Mail and letter came back as undeliverable, and the number on file is not in use.",
        "The address on the contract does not exist; the member did not answer two texts.",
    ),
    "inactivity": ("No use and no top-up for 13 months.",),
    "customer_request": ("The member goes abroad for a year and asked for the line to be stopped.",),
}


@dataclass(frozen=True)
class Stop:
    """What happened to an account: ``hours`` ago, and whether a missed payment came before it (``is_double``)."""

    kind: str
    reason: str
    note: str
    hours: float
    months_owed: int
    is_hold: bool
    is_double: bool


def stop_of(number):
    """Return what happened to the account with this number, the same each time; ``None`` for most."""
    rng = rng_for(number, "stop")
    if rng.random() >= SHARE:
        return None
    kind = rng.choices(list(KINDS), [weight for weight, _reasons in KINDS.values()])[0]
    reason = rng.choice(KINDS[kind][1].split())
    is_double = kind in ("policy", "security") and rng.random() < 0.25
    return Stop(
        kind=kind,
        reason=reason,
        note=rng.choice(NOTES[reason]),
        hours=round(rng.uniform(40, 35 * 24), 2),
        months_owed=rng.randint(1, 3) if kind == "payment" or is_double else 0,
        is_hold=kind == "payment" and rng.random() < 0.35,
        is_double=is_double,
    )


def stop_accounts(client, cast, now):
    """Take out of service, oldest first, whom it happened to; accounts that anything happened to since are left alone.

    All of it was before Reinstate was asked, and the members were told then, so nobody is told now.
    """
    untouched = Account.objects.filter(client=client, status="active", head_number__lte=2)
    found = [(stop_of(account.number), account) for account in untouched.select_related("subject_key")]
    stopped = sorted(((stop, account) for stop, account in found if stop), key=lambda pair: -pair[0].hours)
    for stop, account in stopped:
        at = now - timedelta(hours=stop.hours)
        common = {"occurred_at": at, "note": stop.note, "tell": False, "reason": stop.reason}
        if stop.is_double:
            earlier = common | {"reason": "non_payment", "note": OVERDUE, "origin": "client_system"}
            accounts.hold(account, actor=cast.system, **earlier | {"occurred_at": at - timedelta(days=6)})
        if stop.is_hold:
            accounts.hold(account, actor=cast.system, origin="client_system", **common)
        elif stop.kind == "payment":
            accounts.suspend(account, actor=cast.system, kind=stop.kind, origin="client_system", **common)
        else:
            origin = "member" if stop.kind == "voluntary" else None
            actor = cast.agents[account.number[0] in "02468"]
            accounts.suspend(account, actor=actor, kind=stop.kind, origin=origin, **common)
    return len(stopped)
