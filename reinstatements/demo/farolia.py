"""Farolia, a streaming service in Spain with members in France and Mexico too: appeals, cards and shared accounts."""

from reinstatements.demo import names
from reinstatements.demo.cases import Appealed, Words, asked
from reinstatements.demo.company import Cause, Company, Offer, Story
from reinstatements.demo.days import Asked, Days, Extra
from reinstatements.demo.holders import Members

CLIENT = {
    "code": "farolia",
    "name": "Farolia",
    "industry": "commerce",
    "colour": 7,
    "language": "es",
    "time_zone": "Europe/Madrid",
    "country": "ES",
    "currency": "EUR",
    "sender_name": "Farolia Atención al cliente",
}
EUROPE = ("ES", "FR", "GB")
OFFERS = (
    Offer("basica", "Farolia Básica", 699, ("1 screen", "HD"), weight=5, countries=EUROPE),
    Offer("familia", "Farolia Familia", 1299, ("4 screens", "4K", "Downloads"), weight=4, countries=EUROPE),
    Offer("anual", "Farolia Familia anual", 11900, ("4 screens", "4K", "Downloads"), 2, "year", countries=EUROPE),
    Offer("basica-mx", "Farolia Básica México", 9900, ("1 screen", "HD"), 3, currency="MXN", countries=("MX",)),
    Offer("familia-mx", "Farolia Familia México", 18900, ("4 screens", "4K"), 2, currency="MXN", countries=("MX",)),
)
# A streaming service asks for no telephone number; some in France and Britain have given one.
MEMBERS = (
    Members(9, (names.SPANISH,), "es", "ES", "Europe/Madrid"),
    Members(2, (names.SPANISH,), "es", "ES", "Atlantic/Canary"),
    Members(4, (names.MEXICAN,), "es", "MX", "America/Mexico_City"),
    Members(3, (names.FRENCH, names.MAGHREBI), "fr", "FR", "Europe/Paris", "fr"),
    Members(2, (names.ENGLISH,), "en", "GB", "Europe/London", "gb"),
)
CAUSES = {
    "non_payment": Cause(
        "payment",
        (
            "The monthly charge was declined three times within ten days.",
            "The direct debit of the yearly plan came back; one reminder on screen, two by mail.",
        ),
    ),
    "card_expired": Cause("payment", ("The card on file has expired and no other was given.",), holds=True),
    "charge_disputed": Cause("payment", ("The card company took the last charge back at the member's wish.",)),
    "account_shared": Cause(
        "policy",
        (
            "Streams from five cities in one week, the same evening in two of them; warned twice.",
            "The login was offered in a group for shared subscriptions.",
        ),
        by="agent",
    ),
    "content_removed": Cause("policy", ("Insults in four reviews, removed after complaints by others.",), by="agent"),
    "refunds_abused": Cause("policy", ("Seven films returned after they were watched to the end.",), by="agent"),
    "fraud_suspected": Cause(
        "security",
        ("Signed in from a new continent and the mail address was changed within the same minute.",),
        by="agent",
    ),
    "inactivity": Cause("inactivity", ("Not signed in for 14 months; the prepaid credit has run out.",)),
    "customer_request": Cause(
        "voluntary", ("The member travels for half a year and paused the service.",), by="member"
    ),
}
WORDS = Words(
    resume={
        "non_payment": ("paid", ("The member paid in the app this morning, the charge went through at once.",)),
        "card_expired": ("billing_renewed paid", ("A new card is on file, and what was open was charged to it.",)),
        "charge_disputed": (
            "dispute_withdrawn",
            ("The husband had not known the charge; the dispute is withdrawn and the amount paid again.",),
        ),
        "account_shared": (
            "appeal_upheld breach_settled",
            (
                "Appeal: the daughter studies in Granada and watched there. She has her own subscription now.",
                "Appeal: a holiday and a hotel's television. Signed out there, password changed.",
            ),
        ),
        "content_removed": ("breach_settled", ("Appeal: regrets the words, and leaves them deleted.",)),
        "refunds_abused": (
            "appeal_upheld",
            ("Appeal: the films stuck on an old television; logs of it are enclosed.",),
        ),
        "fraud_suspected": (
            "identity_confirmed",
            ("The member was not abroad; mail address and password are set anew.",),
        ),
        "inactivity": ("customer_returns", ("The new season is out, and the member wants to watch it tonight.",)),
        "customer_request": ("customer_returns", ("Home earlier than planned.",)),
    },
    sent_back={
        "evidence_unclear": "Which device was it, and is it still signed in? Please add it.",
        "evidence_missing": "Nothing shows that the others have stopped using it. Ask for it, please.",
        "wrong_amount": "The charge is for one month, two are open.",
    },
    declined={
        "repeated_breach": "Third time within a year, and the login is on offer again today.",
        "appeal_rejected": "Watched to the last minute on a device that plays everything; no fault is in the logs.",
        "not_proven": "The caller knew neither the address nor the last title watched.",
    },
)
LOGS = Appealed("omar", "email", "The logs of the television are attached: all seven films stop in the first minutes.")
DAUGHTER = Appealed(
    "marta",
    "phone",
    "The login that was on offer is not mine: mine has another mail address. Compare them, please.",
    decider="david",
    note="The offer shows another login indeed; somebody mistook one letter.",
)
STORIES = (
    Story("non_payment", 120, asked("marta", "draft", 0.4)),
    Story("account_shared", 200, asked("omar", "draft", 1)),
    Story("non_payment", 90, asked("marta", "submitted", 0.6)),
    Story("content_removed", 260, asked("marta", "submitted", 3.4)),
    Story("customer_request", 900, asked("omar", "submitted", 5)),
    Story("account_shared", 180, asked("marta", "in_verification", 1.2, done=1)),
    Story("card_expired", 160, asked("marta", "in_verification", 3.2, done=2)),
    Story("fraud_suspected", 140, asked("omar", "in_verification", 2, done=1)),
    Story("account_shared", 210, asked("marta", "sent_back", 3.6, by="nadia", reason="evidence_missing")),
    Story("account_shared", 170, asked("marta", "awaiting_approval", 3.1)),
    Story("refunds_abused", 300, asked("omar", "awaiting_approval", 3.7)),
    Story("non_payment", 110, asked("marta", "awaiting_approval", 0.9)),
    Story("card_expired", 130, asked("omar", "awaiting_approval", 2.2)),
    Story("charge_disputed", 240, asked("marta", "awaiting_approval", 6)),
    Story("content_removed", 150, asked("marta", "awaiting_approval", 1.6)),
    Story("inactivity", 800, asked("marta", "awaiting_approval", 1.1)),
    Story("fraud_suspected", 100, asked("marta", "awaiting_approval", 2.8, twist="failed_identity")),
    Story("non_payment", 95, asked("marta", "completed", 2.4, by="nadia")),
    Story("account_shared", 220, asked("marta", "completed", 3.3, by="nadia")),
    Story("refunds_abused", 310, asked("marta", "declined", 3.8, by="nadia", reason="appeal_rejected", appeal=LOGS)),
    Story("account_shared", 190, asked("omar", "declined", 2.6, by="nadia", reason="repeated_breach", appeal=DAUGHTER)),
    Story("customer_request", 700, asked("omar", "withdrawn", 3, reason="not_wanted")),
    Story("non_payment", 70),
    Story("card_expired", 60),
    Story("account_shared", 50),
    Story("content_removed", 330),
    Story("non_payment", 44),
    Story("inactivity", 600),
    Story("fraud_suspected", 42),
)
DAYS = Days(
    Extra("Farolia Deportes", 499, ("Live sports",), trial_days=14, tiers=("Aficionado", "Socio")),
    worker="marta",
    deciders=("nadia", "elif"),
    pause="No league in summer, the member says; comes back for it.",
    cancel="Watches the league in the bar again.",
    asked=(
        Asked("ask_membership", "chat", "How many people may watch at the same time on my plan?"),
        Asked("ask_complaint", "email", "The picture freezes every evening at nine. This is the third time I write."),
        Asked(
            "ask_payment",
            "chat",
            "Can I pay for a year at once?",
            "Yes, with Farolia Familia anual; sent where to change it.",
        ),
    ),
    review=("shared_account", "Streams from six addresses within one evening, two of them abroad."),
    moved="Signed in with the second factor while on the phone; the invoice address follows.",
    offers=(3,),
)
COMPANY = Company(
    client=CLIENT,
    numbers=[f"FA-{number}" for number in range(410_020, 410_140)],
    closed=9,
    pending=3,
    offers=OFFERS,
    members=MEMBERS,
    causes=CAUSES,
    stories=STORIES,
    words=WORDS,
    agents=("marta", "omar"),
    statuses=(
        {"name": "New", "starts": "joined", "ends": "joined", "ends_days": 29, "statuses": ["active"]},
        {
            "name": "Renews this week",
            "starts": "term_ends",
            "starts_days": -6,
            "ends": "term_ends",
            "statuses": ["active"],
        },
        {"name": "Regular", "statuses": ["active"]},
    ),
)
open_accounts, stop_accounts, play = COMPANY.open_accounts, COMPANY.stop_accounts, COMPANY.play
