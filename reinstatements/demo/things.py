"""What the demo's customers use, by what their provider sells: it is out of service while the account is stopped."""

from accounts.models import Account, Asset
from accounts.services import assets
from reinstatements.demo.holders import rng_for

Kind = Asset.Kind
STOPPED, RUNNING = 40, 10
"""How many accounts of each kind are given something."""


def give(client, actor):
    """Put down what stopped accounts, and some in service, use; return how many things these are."""
    rows = Account.objects.filter(client=client).select_related("client", "subject_key").order_by("number")
    stopped = rows.filter(status__in=("on_hold", "suspended"))[:STOPPED]
    running = rows.filter(status="active")[:RUNNING]
    made = 0
    for account in (*stopped, *running):
        for kind, name, stays in used(client.industry, account.number):
            assets.add(account, actor=actor, kind=kind, identifier=name, stays=stays, reason="member_asked")
            made += 1
    return made


def used(industry, number):
    """Return ``[(kind, name, stays in service), ...]``; no number can be called and no login leads anywhere."""
    rng = rng_for(number, "things")
    digits = f"{rng.randrange(10**6):06}"
    return {
        # Numbers that the British authority keeps for stories; those it keeps of mobiles pass for no number at all.
        "telecom": [(Kind.MOBILE_NUMBER, f"+44 20 7946 0{digits[:3]}", False)],
        "bank": [
            (Kind.BANK_ACCOUNT, f"GB00 DEMO 0000 00{digits} {rng.randrange(10)}", False),
            (Kind.SOFTWARE_LOGIN, f"online-{digits}@example.com", False),
        ],
        "commerce": [(Kind.SUBSCRIPTION, f"FAR-{digits}", False)],
        "saas": [
            (Kind.SOFTWARE_LOGIN, f"team-{digits}@example.com", False),
            (Kind.SUBSCRIPTION, f"TH-{digits}", False),
        ],
        "health": [
            (Kind.POLICY, f"BM-{digits}", False),
            (Kind.PATIENT_PORTAL, f"portail-{digits}@example.com", True),
        ],
    }.get(industry, [])
