"""Brisevent, a French health insurer with members as far away as Martinique and Réunion: consent and data first."""

from reinstatements.demo import names
from reinstatements.demo.cases import Words, asked
from reinstatements.demo.company import Cause, Company, Offer, Story
from reinstatements.demo.days import Asked, Days, Extra
from reinstatements.demo.holders import Members

CLIENT = {
    "code": "brisevent",
    "name": "Brisevent Mutuelle",
    "industry": "health",
    "colour": 6,
    "language": "fr",
    "time_zone": "Europe/Paris",
    "country": "FR",
    "currency": "EUR",
    "sender_name": "Brisevent Mutuelle, service adhérents",
}
OFFERS = (
    Offer("essentielle", "Santé Essentielle", 3890, ("Hospital", "Medicines"), weight=5),
    Offer("famille", "Santé Famille", 11_450, ("Hospital", "Medicines", "Dental", "Children"), weight=4),
    Offer("senior", "Santé Sérénité", 9820, ("Hospital", "Medicines", "Hearing aids", "Glasses"), weight=3),
    Offer("voyage", "Santé Voyage, one year", 64_000, ("Hospital abroad", "Return transport"), 1, "year"),
)
MEMBERS = (
    Members(10, (names.FRENCH,), "fr", "FR", "Europe/Paris", "fr"),
    Members(3, (names.MAGHREBI,), "fr", "FR", "Europe/Paris", "fr"),
    Members(2, (names.FRENCH, names.ISLANDS), "fr", "MQ", "America/Martinique", "fr"),
    Members(2, (names.ISLANDS,), "fr", "RE", "Indian/Reunion", "fr"),
    Members(1, (names.FRENCH,), "fr", "BE", "Europe/Brussels"),
    Members(1, (names.ENGLISH,), "en", "FR", "Europe/Paris", "fr"),
    Members(1, (names.GERMAN,), "de", "FR", "Europe/Paris", "fr"),
    Members(1, (names.SPANISH,), "es", "FR", "Europe/Paris", "fr"),
)
CAUSES = {
    "premium_unpaid": Cause(
        "payment",
        (
            "The premium of last quarter was not paid; formal notice by registered letter, thirty days are over.",
            "The direct debit came back twice; the member was reminded by letter and by mail.",
        ),
    ),
    "consent_withdrawn": Cause(
        "compliance", ("The member took back the consent to use health data, in writing.",), by="agent"
    ),
    "statement_incomplete": Cause(
        "compliance",
        ("Two questions of the health statement are without an answer; a form was sent twice.",),
    ),
    "portal_misused": Cause(
        "security",
        (
            "A separated husband read the bills of the member with her old password; she told us.",
            "Bills were opened in the portal from a country that the member has never been to.",
        ),
        by="agent",
    ),
    "cover_elsewhere": Cause(
        "voluntary",
        ("Insured through the employer for a time; the policy rests meanwhile.",),
        by="member",
    ),
    "policy_breach": Cause("policy", ("The same bill was sent in twice, under two dates.",), by="agent"),
    "contact_invalid": Cause("data", ("The insurance card came back; nobody of this name at the address.",)),
}
WORDS = Words(
    resume={
        "premium_unpaid": (
            "premium_paid",
            (
                "The premium has arrived by transfer. The member has an operation on the 14th and asks us to hurry.",
                "Paid at the counter of the agency. A new mandate for direct debit is signed.",
            ),
        ),
        "consent_withdrawn": (
            "consent_given",
            ("The member had feared that the employer would read the bills. It was explained, the form is signed.",),
        ),
        "statement_incomplete": ("statement_completed", ("The two answers are here, with the doctor's letter.",)),
        "portal_misused": (
            "access_secured identity_confirmed",
            ("New password and second factor set up in the agency; the member was shown the access log.",),
        ),
        "cover_elsewhere": (
            "customer_returns",
            ("The job ended on the last of the month, and with it the cover there.",),
        ),
        "policy_breach": (
            "breach_settled false_alarm",
            ("The pharmacy had issued the bill twice; its letter is here.",),
        ),
        "contact_invalid": ("contact_corrected", ("Moved to the daughter's in June. Address confirmed by letter.",)),
    },
    sent_back={
        "evidence_missing": "The consent covers claims only. Ask for the whole of it, please.",
        "evidence_unclear": "Who was on the phone, the member or the son? We need the power of attorney then.",
        "wrong_amount": "One quarter is open still.",
    },
    declined={
        "consent_missing": "The member will not sign, and without consent we may not run the policy.",
        "cover_ended": "Stopped for more than two years; the terms let a policy be taken up again for one.",
        "not_proven": "The caller had neither the card nor the date of birth.",
    },
)
STORIES = (
    Story("premium_unpaid", 300, asked("claire", "draft", 0.5)),
    Story("consent_withdrawn", 700, asked("claire", "submitted", 2)),
    Story("premium_unpaid", 280, asked("claire", "submitted", 15.4)),
    Story("cover_elsewhere", 3000, asked("omar", "submitted", 20)),
    Story("portal_misused", 120, asked("claire", "in_verification", 6, done=2)),
    Story("premium_unpaid", 320, asked("claire", "in_verification", 15.2, done=3, twist="check_failed")),
    Story("statement_incomplete", 500, asked("omar", "in_verification", 9, done=1)),
    Story("contact_invalid", 420, asked("claire", "in_verification", 3)),
    Story("consent_withdrawn", 640, asked("claire", "sent_back", 14, by="nadia", reason="evidence_missing")),
    Story("premium_unpaid", 260, asked("claire", "awaiting_approval", 15.3)),
    Story("portal_misused", 150, asked("claire", "awaiting_approval", 10)),
    Story("consent_withdrawn", 610, asked("omar", "awaiting_approval", 18)),
    Story("cover_elsewhere", 2600, asked("claire", "awaiting_approval", 4)),
    Story("premium_unpaid", 240, asked("claire", "awaiting_approval", 7)),
    Story("statement_incomplete", 460, asked("claire", "awaiting_approval", 12)),
    Story("policy_breach", 200, asked("omar", "awaiting_approval", 2.5)),
    Story("contact_invalid", 390, asked("claire", "awaiting_approval", 5)),
    Story("premium_unpaid", 330, asked("claire", "completed", 13, by="nadia")),
    Story("portal_misused", 180, asked("omar", "completed", 11, by="nadia")),
    Story("consent_withdrawn", 580, asked("claire", "declined", 15, by="nadia", reason="consent_missing")),
    Story("cover_elsewhere", 19_000, asked("claire", "declined", 14.5, by="nadia", reason="cover_ended")),
    Story("premium_unpaid", 350, asked("claire", "withdrawn", 12, reason="not_wanted")),
    Story("premium_unpaid", 230),
    Story("premium_unpaid", 210),
    Story("portal_misused", 90),
    Story("statement_incomplete", 440),
)
DAYS = Days(
    Extra("Santé Sourire, dental", 1290, ("Dental check-ups", "Crowns"), cycle="quarter"),
    worker="claire",
    deciders=("nadia", "elif"),
    pause="Lives in Quebec for a semester and is covered there.",
    cancel="Is covered by the spouse's insurance from then on.",
    asked=(
        Asked("ask_status", "phone", "The hospital says that my cover is suspended. Is that so?"),
        Asked(
            "ask_contact",
            "letter",
            "My daughter handles my letters from now on. What do you need from us?",
            "A power of attorney; the form was sent to the address on file.",
        ),
    ),
    review=("billing_doubtful", "Two practices bill the same treatment on the same day."),
    moved="Answered three questions about the contract; the new address is on the bank's letter enclosed.",
)
COMPANY = Company(
    client=CLIENT,
    numbers=[f"BV-{number}" for number in range(700_118, 700_228)],
    closed=8,
    pending=3,
    offers=OFFERS,
    members=MEMBERS,
    causes=CAUSES,
    stories=STORIES,
    words=WORDS,
    agents=("claire", "omar"),
)
open_accounts, stop_accounts, play = COMPANY.open_accounts, COMPANY.stop_accounts, COMPANY.play
