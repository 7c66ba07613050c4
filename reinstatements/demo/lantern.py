"""Lantern Bay Bank, small and strict: sixty accounts, and every case needs a supervisor and a compliance officer."""

from datetime import date, timedelta

from accounts.models import Account, Plan
from accounts.services import accounts
from reinstatements.demo import names
from reinstatements.demo.cases import Scene
from reinstatements.demo.holders import invent, rng_for

CLIENT = {
    "code": "lantern",
    "name": "Lantern Bay Bank",
    "industry": "bank",
    "colour": 8,
    "language": "en",
    "time_zone": "Europe/London",
    "country": "GB",
    "currency": "GBP",
    "sender_name": "Lantern Bay Bank",
}
HOME = ("GB", "Europe/London", "gb")
PLANS = (
    ("current", "Current account", 0, ["Payments", "Debit card"]),
    ("saver", "Saver", 0, ["Savings"]),
    ("business", "Business account", 1250, ["Payments", "Debit card", "Direct debits", "Two signatories"]),
)
NUMBERS = [f"LB-{number}" for number in range(20011, 20071)]
CLOSED, PENDING = NUMBERS[50:54], NUMBERS[57:]

STOPS = (
    # kind, reason, hours ago, what happened, the scene of its case
    ("compliance", "kyc_expired", 400, "kyc", Scene("compliance", "ivy", "draft", 2)),
    ("compliance", "kyc_expired", 390, "kyc", Scene("compliance", "ivy", "submitted", 25)),
    ("security", "fraud_suspected", 300, "fraud", Scene("security", "ivy", "submitted", 4)),
    ("compliance", "kyc_expired", 280, "kyc", Scene("compliance", "ivy", "in_verification", 22, done=2)),
    ("security", "unusual_transactions", 260, "odd", Scene("security", "ivy", "in_verification", 8, done=1)),
    (
        *("compliance", "sanctions_hit", 250, "match"),
        Scene("compliance", "ivy", "sent_back", 20, by="jack", reason="evidence_missing"),
    ),
    ("compliance", "kyc_expired", 240, "kyc", Scene("compliance", "ivy", "awaiting_approval", 23.4)),
    ("compliance", "kyc_expired", 230, "kyc", Scene("compliance", "ivy", "awaiting_approval", 12)),
    ("security", "fraud_suspected", 220, "fraud", Scene("security", "ivy", "awaiting_approval", 5)),
    ("compliance", "sanctions_hit", 210, "match", Scene("compliance", "ivy", "second_level", 26, by="jack")),
    ("compliance", "kyc_expired", 200, "kyc", Scene("compliance", "ivy", "second_level", 18, by="david")),
    ("security", "unusual_transactions", 190, "odd", Scene("security", "ivy", "second_level", 6, by="jack")),
    ("compliance", "kyc_expired", 180, "kyc", Scene("compliance", "ivy", "completed", 21, by="jack")),
    (
        *("compliance", "kyc_expired", 170, "kyc"),
        Scene("compliance", "ivy", "declined", 19, by="jack", reason="kyc_failed"),
    ),
    ("inactivity", "inactivity", 160, "idle", None),
    ("compliance", "court_order", 150, "order", None),
    ("payment", "non_payment", 140, "overdraft", None),
    ("security", "fraud_suspected", 60, "fraud", None),
)
NOTES = {
    "kyc": "The passport on file has expired; two letters and a message asked for a new one.",
    "fraud": "A payee was added from a new device and three transfers followed within minutes.",
    "odd": "Cash deposits just below the reporting limit on five days in a row.",
    "match": "Name and year of birth match an entry of the sanctions list.",
    "idle": "No movement for six years; letters come back.",
    "order": "Order of the county court, on paper in the branch.",
    "overdraft": "The overdraft was not settled within the agreed ninety days.",
}


STOPPED = dict(zip(NUMBERS[3::2], STOPS, strict=False))


def open_accounts(client, cast):
    """Open the bank's accounts: most taken over from its books, the last three just opened at the desk."""
    plans = [
        Plan.objects.create(
            client=client, code=code, name=name, price_minor=price, currency="GBP", entitlements=entitlements
        )
        for code, name, price, entitlements in PLANS
    ]
    openings = [opening(number, plans) for number in NUMBERS]
    taken_over = [row for row in openings if row["number"] not in PENDING]
    accounts.open_accounts(client, taken_over, actor=cast.system, origin="import", reason="imported")
    for row in openings[-len(PENDING) :]:
        details = row.pop("details")
        accounts.open_account(client, actor=cast["ivy"], reason="customer_request", **row | details)
    return len(openings)


def opening(number, plans):
    rng = rng_for(number, "opening")
    holder, columns = invent(number, HOME, [each for each in names.TABLE if each.languages.startswith("en")])
    is_overdrawn = number in STOPPED and STOPPED[number][0] == "payment"
    status = "closed" if number in CLOSED else "pending" if number in PENDING else "active"
    return {
        "number": number,
        "holder": holder,
        "status": status,
        "plan": rng.choices(plans, [6, 3, 2])[0],
        "terms": None,
        "details": columns
        | {
            "opened_on": None if status == "pending" else date(2026, 6, 1) - timedelta(days=rng.randrange(5000)),
            "balance_minor": rng.randrange(20_000, 90_000) if is_overdrawn else 0,
        },
    }


def stop_accounts(client, cast, now):
    for number, (kind, reason, hours, note, _scene) in STOPPED.items():
        accounts.suspend(
            Account.objects.get(client=client, number=number),
            actor=cast["ivy"] if kind == "security" else cast.system,
            kind=kind,
            reason=reason,
            note=NOTES[note],
            origin=None if kind == "security" else "client_system",
            occurred_at=now - timedelta(hours=hours),
            tell=False,
        )
    return len(STOPS)


def play(client, desk):
    scenes = [(number, scene) for number, (*_stop, scene) in STOPPED.items() if scene]
    for number, scene in scenes:
        desk.play(scene, Account.objects.get(client=client, number=number), scene.kind)
    return len(scenes)
