"""Tallyharbor, bookkeeping software from Chicago, used on four continents: trials, failed charges and API misuse."""

from reinstatements.demo import names
from reinstatements.demo.cases import Words, asked
from reinstatements.demo.company import Cause, Company, Offer, Story
from reinstatements.demo.days import Asked, Days, Extra
from reinstatements.demo.holders import Members

CLIENT = {
    "code": "tallyharbor",
    "name": "Tallyharbor",
    "industry": "saas",
    "colour": 5,
    "language": "en",
    "time_zone": "America/Chicago",
    "country": "US",
    "currency": "USD",
    "sender_name": "Tallyharbor Support",
}
OFFERS = (
    Offer("solo", "Solo", 1900, ("1 user", "Invoices"), weight=4),
    Offer("team", "Team", 7900, ("10 users", "Invoices", "Payroll", "API"), weight=5),
    Offer("team-yearly", "Team, yearly", 79_000, ("10 users", "Invoices", "Payroll", "API"), 3, "year"),
    Offer("scale", "Scale", 24_900, ("50 users", "Invoices", "Payroll", "API", "Single sign-on"), weight=2),
)
MEMBERS = (
    Members(6, (names.AMERICAN, names.ENGLISH), "en", "US", "America/Chicago", "us"),
    Members(4, (names.AMERICAN,), "en", "US", "America/Los_Angeles", "us"),
    Members(3, (names.AMERICAN, names.FRENCH), "en", "CA", "America/Toronto", "ca"),
    Members(1, (names.FRENCH,), "fr", "CA", "America/Montreal", "ca"),
    Members(3, (names.ENGLISH,), "en", "AU", "Australia/Sydney", "au"),
    Members(2, (names.ENGLISH,), "en", "IE", "Europe/Dublin", "ie"),
    Members(2, (names.INDIAN,), "en", "IN", "Asia/Kolkata"),
    Members(1, (names.JAPANESE,), "en", "JP", "Asia/Tokyo"),
    Members(1, (names.GERMAN,), "de", "DE", "Europe/Berlin", "de"),
)
CAUSES = {
    "trial_expired": Cause("payment", ("The 30 days of the trial are over; the first month was not paid.",)),
    "payment_failed": Cause(
        "payment",
        (
            "The charge failed on days 1, 3 and 7; the bank says insufficient funds.",
            "The virtual card of the company was closed; four mails to billing without an answer.",
        ),
        holds=True,
    ),
    "non_payment": Cause("payment", ("The invoice is 45 days over its date; the purchasing department is silent.",)),
    "misuse": Cause(
        "policy",
        (
            "1.9 million API calls in a night from one key, forty times what the plan allows.",
            "Invoices were sent to 6,000 addresses that never bought anything.",
        ),
        by="agent",
    ),
    "credentials_leaked": Cause("security", ("A key of the workspace was found in a public repository.",), by="agent"),
    "fraud_suspected": Cause(
        "security", ("The owner was changed from an address that never signed in before.",), by="agent"
    ),
    "inactivity": Cause("inactivity", ("No user has signed in for a year.",)),
    "customer_request": Cause("voluntary", ("A seasonal business; it pauses from October to March.",), by="member"),
}
WORDS = Words(
    resume={
        "trial_expired": ("plan_bought", ("They chose a plan today and paid the first month by card.",)),
        "payment_failed": (
            "billing_renewed paid",
            (
                "New card on file and charged at once; payroll is due on Friday.",
                "Paid by wire, the bank's confirmation is in the ticket.",
            ),
        ),
        "non_payment": ("paid", ("The invoice was paid today; it had gone to somebody who left in spring.",)),
        "misuse": (
            "misuse_ended",
            (
                "A loop in a script of theirs, ended and shown in the ticket. They ask for the limit to be raised.",
                "The mailing list was bought; it is deleted, and the sender of it has left the company.",
            ),
        ),
        "credentials_leaked": ("keys_replaced", ("The repository is private again and every key replaced.",)),
        "fraud_suspected": ("identity_confirmed", ("The owner was called back; it was the new chief accountant.",)),
        "inactivity": ("customer_returns", ("Tax season: they want last year's books again.",)),
        "customer_request": ("customer_returns", ("The season begins early this year.",)),
    },
    sent_back={
        "evidence_unclear": "Which of the two keys is replaced? The ticket names one.",
        "evidence_missing": "Where do they say that the script is off? Please ask in the ticket.",
        "wrong_amount": "One seat more is owed than was paid.",
    },
    declined={
        "misuse_goes_on": "The calls go on from a second account while we talk.",
        "not_proven": "Whoever writes is not on the list of owners and cannot name the last invoice.",
        "balance_open": "Half of the invoice is open, and no plan to pay it was agreed on.",
    },
)
STORIES = (
    Story("trial_expired", 80, asked("leo", "draft", 0.3)),
    Story("payment_failed", 150, asked("leo", "submitted", 0.7)),
    Story("misuse", 60, asked("leo", "submitted", 5.4)),
    Story("customer_request", 1000, asked("omar", "submitted", 7)),
    Story("credentials_leaked", 48, asked("leo", "in_verification", 1.5, done=1)),
    Story("payment_failed", 170, asked("leo", "in_verification", 4.8, done=3)),
    Story("trial_expired", 110, asked("omar", "in_verification", 2.2, done=2, twist="check_failed")),
    Story("misuse", 90, asked("leo", "sent_back", 5.2, by="nadia", reason="evidence_missing")),
    Story("payment_failed", 120, asked("leo", "awaiting_approval", 5.3)),
    Story("trial_expired", 100, asked("omar", "awaiting_approval", 1)),
    Story("misuse", 70, asked("leo", "awaiting_approval", 4)),
    Story("credentials_leaked", 66, asked("leo", "awaiting_approval", 2.5)),
    Story("non_payment", 400, asked("omar", "awaiting_approval", 8)),
    Story("non_payment", 380, asked("leo", "awaiting_approval", 3, twist="short")),
    Story("inactivity", 820, asked("leo", "awaiting_approval", 1.7)),
    Story("trial_expired", 130, asked("leo", "completed", 2, by="nadia")),
    Story("payment_failed", 160, asked("omar", "completed", 4.5, by="nadia")),
    Story("misuse", 95, asked("leo", "declined", 5.5, by="nadia", reason="misuse_goes_on")),
    Story("trial_expired", 300, asked("leo", "withdrawn", 5, reason="no_answer")),
    Story("payment_failed", 55),
    Story("trial_expired", 50),
    Story("trial_expired", 75),
    Story("fraud_suspected", 42),
    Story("customer_request", 620),
)
DAYS = Days(
    Extra("Tallyharbor Payroll add-on", 3900, ("Payroll", "Payslips")),
    worker="leo",
    deciders=("nadia", "elif"),
    pause="Seasonal business; nobody is on the payroll until then.",
    cancel="The accountant does the payroll from January on.",
    asked=(
        Asked("ask_membership", "email", "We go from ten users to forty in March. What happens to the price?"),
        Asked("ask_other", "chat", "Which of your servers hold our invoices? Our auditor wants it in writing."),
        Asked(
            "ask_payment",
            "chat",
            "The invoice shows a VAT number that is not ours.",
            "Corrected after a look into the register; a new invoice was sent.",
        ),
    ),
    review=("abuse_reported", "Two recipients report invoices for goods that they never ordered."),
    moved="The owner confirmed it from the address on file, and the register shows the new seat.",
)
COMPANY = Company(
    client=CLIENT,
    numbers=[f"TH-{number}" for number in range(4021, 4105)],
    closed=6,
    pending=4,
    offers=OFFERS,
    members=MEMBERS,
    causes=CAUSES,
    stories=STORIES,
    words=WORDS,
    agents=("leo", "omar"),
)
open_accounts, stop_accounts, play = COMPANY.open_accounts, COMPANY.stop_accounts, COMPANY.play
