"""Lantern Bay Bank, small and strict: every case needs a supervisor and a compliance officer.

Sixty accounts have the stories of these weeks; the others had a case each before the bank came here, out of IBM's log.
"""

from datetime import date, timedelta

from accounts.models import Account, Plan
from accounts.services import accounts
from reinstatements.demo import names, past
from reinstatements.demo.cases import Scene, Words
from reinstatements.demo.days import Asked, Days, Extra
from reinstatements.demo.evidence import RESUME
from reinstatements.demo.holders import Members, one_of, rng_for

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
MEMBERS = (
    Members(12, (names.ENGLISH,), "en", "GB", "Europe/London", "gb"),
    Members(2, (names.INDIAN, names.TURKISH), "en", "GB", "Europe/London", "gb"),
    Members(2, (names.ENGLISH,), "en", "IE", "Europe/Dublin", "ie"),
    Members(1, (names.FRENCH,), "fr", "FR", "Europe/Paris", "fr"),
    Members(1, (names.SPANISH,), "es", "ES", "Europe/Madrid"),
    Members(1, (names.GERMAN,), "de", "DE", "Europe/Berlin", "de"),
)
PLANS = (
    ("current", "Current account", 0, ["Payments", "Debit card"]),
    ("saver", "Saver", 0, ["Savings"]),
    ("business", "Business account", 1250, ["Payments", "Debit card", "Direct debits", "Two signatories"]),
)
NUMBERS = [f"LB-{number}" for number in range(20011, 20071)]
CLOSED, PENDING = NUMBERS[50:54], NUMBERS[57:]
WITH_PAST = [f"LB-{number}" for number in range(10001, 10151)]
PAST_BEGINS, BOOKS_TAKEN_OVER = date(2022, 10, 1), date(2026, 6, 1)

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
WORDS = Words(
    resume={
        "kyc_expired": (
            "kyc_renewed",
            (*RESUME["compliance"][1][:1], "A new identity card, read at the counter; the photo is hers."),
        ),
        "sanctions_hit": ("sanctions_cleared", RESUME["compliance"][1][1:]),
        "fraud_suspected": (
            "identity_confirmed false_alarm",
            (
                "The customer made the transfers himself, from a new phone; he was called back on the number on file.",
                "The payee is the customer's landlord; contract seen, card and password set anew all the same.",
            ),
        ),
        "unusual_transactions": (
            "false_alarm",
            ("The deposits are the takings of a market stall; the licence and the books of it were shown.",),
        ),
    },
    sent_back={"evidence_missing": "Compare the place of birth as well, and say which list it was."},
    declined={"kyc_failed": "The document's check digit is wrong, and the photo is of another person."},
)
STOPPED = dict(zip(NUMBERS[3::2], STOPS, strict=False))
DAYS = Days(
    Extra("Lantern Travel Cover", 450, ("Travel insurance", "Lounge access"), tiers=("Silver", "Gold")),
    worker="ivy",
    deciders=("jack", "kira"),
    pause="No journeys before the operation.",
    cancel="Has the same cover with the employer.",
    asked=(
        Asked("ask_payment", "phone", "A standing order went out twice on the 3rd. Can one of them be called back?"),
        Asked(
            "ask_contact",
            "letter",
            "Please write to my new address only.",
            "The new address was proven with a council tax bill and taken over.",
        ),
    ),
    review=("suspicious_activity", "Three transfers to a new payee within an hour, each just below the daily limit."),
    moved="Came to the branch with the passport and a utility bill of this month.",
)


def open_accounts(client, cast):
    """Open the bank's accounts: most taken over from its books, the last three just opened at the desk."""
    plans = [
        Plan.objects.create(
            client=client, code=code, name=name, price_minor=price, currency="GBP", entitlements=entitlements
        )
        for code, name, price, entitlements in PLANS
    ]
    openings = [opening(number, plans) for number in WITH_PAST + NUMBERS]
    taken_over = [row for row in openings if row["number"] not in PENDING]
    accounts.open_accounts(client, taken_over, actor=cast.system, origin="import", reason="imported")
    for row in openings[-len(PENDING) :]:
        details = row.pop("details")
        accounts.open_account(client, actor=cast["ivy"], reason="customer_request", **row | details)
    return len(openings)


def opening(number, plans):
    rng = rng_for(number, "opening")
    holder, columns = one_of(number, MEMBERS)
    known_before = PAST_BEGINS if number in WITH_PAST else BOOKS_TAKEN_OVER
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
            "opened_on": None if status == "pending" else known_before - timedelta(days=rng.randrange(90, 5000)),
            "balance_minor": rng.randrange(20_000, 90_000) if is_overdrawn else 0,
        },
    }


def load_past(client, cast):
    return past.load(client, WITH_PAST, cast)


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
    desk = desk.saying(WORDS)
    scenes = [(number, scene) for number, (*_stop, scene) in STOPPED.items() if scene]
    for number, scene in scenes:
        account = Account.objects.get(client=client, number=number)
        desk.play(scene, account, scene.kind, about=STOPPED[number][1])
    return len(scenes)
