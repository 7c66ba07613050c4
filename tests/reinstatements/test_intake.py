"""What is looked at by itself when a case is opened, and stands on it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import AccountSettings, Restriction, StatusChange
from accounts.services import accounts
from accounts.services.staff import ensure_system_user
from reinstatements import intake
from tests import factories
from tests.reinstatements.test_open import ask, cases

HOLDER = {
    "holder_name": "Maria Köhler",
    "email": "maria@example.com",
    "phone": "+49 30 901820",
    "address": "Ring 1, Ulm",
}


@pytest.fixture
def stopped(acme):
    """Return a function that suspends an account of these data."""

    def make(kind="payment", *, balance=0, **holder):
        account = factories.make_account(
            acme, holder=HOLDER | holder, balance_minor=balance, currency="EUR", country="DE"
        )
        factories.suspend(account, kind)
        return account

    return make


def opened(client, agent, account):
    """Open a case by its page; return its page and what its opening entry holds."""
    ask(client, agent, account)
    (case,) = cases(account.client)
    with scopes_disabled():
        body = json.loads(bytes(StatusChange.objects.get(uid=case.opened_entry).body))
    return client.get(case.get_absolute_url()), body["data"]["intake"]


def said(page):
    return [(each["title"], each["status_label"], each["evidence"]) for each in page.context["intake"]["conditions"]]


@pytest.mark.requirement("R67")
def test_three_checks_run_at_intake_and_stand_on_the_case(client, agent, stopped):
    page, kept = opened(client, agent, stopped())

    assert said(page) == [("Status", "Fine", ""), ("Payment", "Fine", ""), ("Data on file", "Fine", "")]
    assert kept == {"status": [], "payment": {"owed_minor": 0, "currency": "EUR", "overdue_since": None}, "data": []}
    assert "Checked automatically at intake: status, payment and data on file were fine." in page.content.decode()


@pytest.mark.requirement("R67")
def test_what_is_owed_and_what_is_missing_or_wrong_is_named_without_anybodys_data(client, agent, acme, stopped):
    with scope(client=acme.pk):
        AccountSettings.objects.filter(client=acme).update(required=["holder_name", "address"])
    page, kept = opened(client, agent, stopped(balance=8420, address="", email="maria at example"))

    assert said(page) == [
        ("Status", "Fine", ""),
        ("Payment", "To settle", "84.20 EUR is open."),
        ("Data on file", "To settle", "Missing or wrong: Mail address, Postal address."),
    ]
    assert "maria" not in json.dumps(kept)
    assert "Checked automatically at intake. Payment: 84.20 EUR is open. Data on file:" in page.content.decode()


@pytest.mark.requirement("R67")
def test_an_end_of_its_own_is_told_and_a_restriction_that_no_check_settles(client, agent, acme, stopped):
    account = factories.make_account(acme, holder=HOLDER, country="DE")
    with scope(client=acme.pk):
        accounts.suspend(
            account,
            actor=ensure_system_user(),
            kind="compliance",
            reason="regulatory",
            ends_at=timezone.now() + timedelta(days=9),
        )
        open_ones = list(Restriction.objects.of_account(account))
    page, kept = opened(client, agent, account)

    assert kept["status"] == ["ends_by_itself"]
    assert said(page)[0] == ("Status", "To settle", "The suspension ends by itself.")
    with scope(client=acme.pk):
        found = intake.look(account, None, open_ones, ["identity", "payment_received"])
    assert intake.told(found)["conditions"][0]["evidence"] == (
        "No check of this policy settles the restriction “Compliance”. The suspension ends by itself."
    )
