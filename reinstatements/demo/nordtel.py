"""Nordtel, a telecom company: IBM's customers with invented names, about 200 suspensions and 50 cases."""

from datetime import date
from pathlib import Path

import accounts
from accounts.imports.mappings import MAPPINGS
from accounts.models import Account
from accounts.services.imports import Outcome, import_accounts
from reinstatements.demo import at_client
from reinstatements.demo.cases import Scene
from reinstatements.demo.days import Asked, Days, Extra
from reinstatements.demo.evidence import RESUME
from reinstatements.demo.holders import invent
from reinstatements.demo.stops import stop_accounts, stop_of

__all__ = ["CLIENT", "DAYS", "open_accounts", "play", "stop_accounts"]

FILE = Path(accounts.__file__).parent / "data" / "telco" / "telco-churn.csv.gz"
AS_OF = date(2026, 11, 1)

CLIENT = {
    "code": "nordtel",
    "name": "Nordtel",
    "industry": "telecom",
    "colour": 3,
    "language": "de",
    "time_zone": "Europe/Berlin",
    "country": "DE",
    "currency": "EUR",
    "sender_name": "Nordtel Kundenservice",
}

# Cases are due eight hours after the member asked.
SCENES = (
    Scene("payment", "anna", "draft", 0.3),
    Scene("payment", "ben", "draft", 5),
    Scene("policy", "anna", "draft", 1),
    Scene("data", "ben", "draft", 2),
    Scene("payment", "ben", "submitted", 0.5),
    Scene("payment", "anna", "submitted", 3),
    Scene("payment", "ben", "submitted", 7.1),
    Scene("payment", "anna", "submitted", 9.5),
    Scene("security", "ben", "submitted", 7.6),
    Scene("policy", "anna", "submitted", 12),
    Scene("data", "anna", "submitted", 4),
    Scene("inactivity", "ben", "submitted", 26),
    Scene("payment", "anna", "in_verification", 1.5, done=1),
    Scene("payment", "anna", "in_verification", 20, done=2),
    Scene("payment", "ben", "in_verification", 7.4, done=2, twist="check_failed"),
    Scene("payment", "ben", "in_verification", 6.5, done=3),
    Scene("security", "anna", "in_verification", 3, done=1),
    Scene("policy", "ben", "in_verification", 10, done=2),
    Scene("data", "anna", "in_verification", 2, done=1),
    Scene("voluntary", "ben", "in_verification", 5),
    Scene("payment", "anna", "sent_back", 6, by="clara", reason="wrong_amount"),
    Scene("security", "ben", "sent_back", 8.5, by="david", reason="evidence_unclear"),
    Scene("policy", "anna", "sent_back", 4, by="clara", reason="evidence_missing"),
    Scene("payment", "anna", "awaiting_approval", 30),
    Scene("payment", "ben", "awaiting_approval", 9),
    Scene("payment", "anna", "awaiting_approval", 7.8),
    Scene("payment", "ben", "awaiting_approval", 7.3),
    Scene("payment", "anna", "awaiting_approval", 6.2),
    Scene("payment", "ben", "awaiting_approval", 5),
    Scene("payment", "anna", "awaiting_approval", 4),
    Scene("payment", "ben", "awaiting_approval", 3.1),
    Scene("payment", "anna", "awaiting_approval", 2),
    Scene("payment", "ben", "awaiting_approval", 0.8),
    Scene("voluntary", "anna", "awaiting_approval", 1.4),
    Scene("data", "ben", "awaiting_approval", 2.7),
    Scene("payment", "clara", "awaiting_approval", 1),
    Scene("payment", "ben", "awaiting_approval", 5.5, twist="failed_identity"),
    Scene("security", "anna", "awaiting_approval", 7.7),
    Scene("double", "ben", "awaiting_approval", 11),
    Scene("double", "anna", "awaiting_approval", 3.4),
    Scene("payment", "anna", "awaiting_approval", 7, by="david", reason="wrong_amount", twist="mended"),
    Scene("payment", "ben", "awaiting_approval", 4.4, twist="short"),
    Scene("policy", "anna", "awaiting_approval", 0, twist="again"),
    Scene("payment", "anna", "completed", 6.8, by="clara"),
    Scene("payment", "ben", "completed", 5.2, by="david"),
    Scene("policy", "anna", "completed", 18, by="david"),
    Scene("data", "ben", "completed", 4.6, by="clara"),
    Scene("security", "anna", "declined", 9, by="clara", reason="not_proven"),
    Scene("policy", "ben", "declined", 16, by="david", reason="repeated_breach"),
    Scene("payment", "ben", "withdrawn", 3, reason="not_wanted"),
    Scene("inactivity", "anna", "withdrawn", 22, reason="opened_in_error"),
)

DAYS = Days(
    Extra("Nordtel Roaming Plus", 990, ("Data abroad", "Calls abroad"), trial_days=14),
    worker="ben",
    shared=9,  # there are fewer numbers that belong to nobody than there are customers
    deciders=("clara", "david"),
    pause="Works on a ship until then; the line stays reserved.",
    cancel="Hardly ever abroad any more.",
    asked=(
        Asked("ask_status", "phone", "Why can I not call anybody since this morning, and what do you need from me?"),
        Asked("ask_payment", "email", "I have paid twice in October. Where has the second amount gone?"),
        Asked(
            "ask_membership",
            "chat",
            "Does the roaming option end by itself when my holiday is over?",
            "No, it runs by the month. Told how to end it with its term.",
        ),
    ),
    review=("excessive_use", "Four hundred calls a day to one country, none of them longer than a minute."),
    moved="Called from the number on file and knew the last invoice; the registration of the new address was seen.",
)


def open_accounts(client, cast):
    """Take over IBM's customers with the product's own import, each with an invented holder."""
    outcome = import_accounts(
        client,
        FILE,
        MAPPINGS["telco"],
        actor=cast.system,
        as_of=AS_OF,
        report=refuse,
        outcome=Outcome(),
        enrich=with_holder,
    )
    return outcome.opened


def refuse(line, column, reason):
    raise ValueError(f"{FILE.name}, line {line}: {column} {reason}")


def with_holder(opening):
    """Lay over a customer of the file who they are and what they owe: the file says neither."""
    opening.holder, columns = invent(opening.number)
    stop = stop_of(opening.number) if opening.status == "active" else None
    owed = opening.terms["monthly_minor"] * stop.months_owed if stop else 0
    opening.details |= columns | {"balance_minor": owed}
    return opening


def stopped(client):
    """Return ``{kind: [(stop, account), ...]}`` of whoever is out of service, by account number."""
    found = {}
    for account in Account.objects.filter(client=client).out_of_service().order_by("number"):
        stop = stop_of(account.number)
        if stop and account.status != "closed":
            found.setdefault("double" if stop.is_double else stop.kind, []).append((stop, account))
    return found


def play(client, desk):
    """Play every scene on the next account that fits: one that was stopped well before the member asked."""
    waiting = stopped(client)
    for scene in SCENES:
        fitting = (pair for pair in waiting[scene.kind] if pair[0].hours > scene.hours + 6)
        stop, account = next(fitting)
        waiting[scene.kind].remove((stop, account))
        desk.play(scene, account, stop.kind, about=stop.reason if stop.reason in RESUME else "")
    return len(SCENES)


def ask_client(client, cast, desk):
    return at_client.begin(client, cast, desk, stopped(client))
