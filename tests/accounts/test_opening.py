"""Opening accounts, one or many, changing what is known of their holders, and taking on clients."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, models, transaction
from django_scopes import scope, scopes_disabled

from accounts import personal
from accounts.errors import Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import (
    Account,
    Client,
    Disclosure,
    Membership,
    OutboxEvent,
    Plan,
    ReasonCode,
    SearchDigest,
    StatusChange,
    SubjectKey,
)
from accounts.services import accounts, search, words
from accounts.services.staff import ensure_system_user
from notifications.models import Template
from reinstatements.models import Policy
from tests import factories

NEVER_THE_SAME = {"id", "history_id", "uid", "hash", "body", "head_hash", "wrapped", "created_at", "history_date"}


def rows_of(model, number):
    """Return the stored rows of an account as plain dicts, without what differs between any two accounts."""
    account = Account.objects.get(number=number)
    kept = []
    for row in model.objects.filter(**{"id" if model.__name__.endswith("Account") else "account": account.pk}):
        values = {}
        for field in model._meta.concrete_fields:
            value = getattr(row, field.attname)
            if field.name in NEVER_THE_SAME or isinstance(field, models.DateTimeField):
                continue
            if field.name in Account.sealed_fields:
                value = personal.reveal(account, field.name, personal.key_of(account)), len(value or b"")
            if field.name == "subject_id":
                value = value == account.pk
            if field.name in ("account", "number") and model is not StatusChange:
                continue
            values[field.attname] = bytes(value) if isinstance(value, memoryview) else value
        values.pop("account_id", None)
        if model is StatusChange:
            body = json.loads(bytes(row.body))
            values["body"] = {
                name: value
                for name, value in body.items()
                if name not in {"id", "nonce", "account", "prev", "subject", "occurred_at", "recorded_at"}
            }
        kept.append(values)
    return sorted(kept, key=repr)


@pytest.mark.parametrize("status", ["active", "pending", "closed"])
@pytest.mark.requirement("R20", "R26")
def test_many_at_once_are_written_as_one_by_one(acme, scoped, status):
    plan, actor = Plan.objects.get(client=acme, code="basic"), ensure_system_user()
    terms, details = {"monthly_minor": 2985}, {"opened_on": date(2024, 1, 1), "balance_minor": 500, "language": "fr"}
    opening = {"holder": factories.HOLDER, "status": status, "plan": plan, "terms": terms}

    accounts.open_account(acme, "single", actor=actor, origin="import", reason="imported", **opening, **details)
    many = [opening | {"number": f"many-{index}", "details": details} for index in range(3)]
    accounts.open_accounts(acme, many, actor=actor, origin="import", reason="imported")

    written = [Account, Account.history.model, SubjectKey, SearchDigest, Membership, Membership.history.model]
    for model in [*written, StatusChange]:
        expected = rows_of(model, "single")
        assert expected
        assert rows_of(model, "many-1") == expected, model
    assert Account.objects.get(number="many-1").head_number == 2
    assert list(verify(Totals())) == []


def test_of_many_accounts_all_are_opened_or_none(acme, scoped):
    actor = ensure_system_user()
    opening = {"holder": {}, "status": "active", "plan": None, "terms": None, "details": {}}
    twice = [opening | {"number": number} for number in ("a", "b", "a")]

    with pytest.raises(IntegrityError), transaction.atomic():
        accounts.open_accounts(acme, twice, actor=actor, origin="import", reason="imported")

    assert not Account.objects.exists()


def test_what_is_put_right_of_a_holder_is_found_and_the_old_is_not(suspended, agent, scoped):
    before = Account.objects.get(pk=suspended.pk)
    changes = {"email": "maria@example.com", "phone": factories.HOLDER["phone"]}

    entry = accounts.set_holder(suspended, changes, actor=agent, reason="contact_corrected", note="Told on the phone.")

    account = Account.objects.get(pk=suspended.pk)
    assert personal.holder(account, whole=True).email == "maria@example.com"
    assert [found.pk for found in search.find(agent, "maria@example.com").accounts] == [account.pk]
    assert search.find(agent, factories.HOLDER["email"]).accounts == []
    assert (account.status, entry.from_status, entry.to_status) == ("suspended", "suspended", "suspended")
    # Only what is different is kept, before and after, and as a commitment: the entry itself does not tell it.
    assert words.read(account, [entry.uid]) == {
        (entry.uid, "email"): "maria@example.com",
        (entry.uid, "email_before"): factories.HOLDER["email"],
        (entry.uid, "note"): "Told on the phone.",
    }
    assert b"maria" not in bytes(entry.body)
    assert set(json.loads(bytes(entry.body))["commit"]) == {"email", "email_before", "note"}
    newest, older = account.history.order_by("-history_id")[:2]
    assert (bytes(older.email), bytes(newest.phone)) == (bytes(before.email), bytes(before.phone))
    assert list(verify(Totals())) == []


def test_nothing_different_is_nothing_changed(suspended, agent, scoped):
    before = StatusChange.objects.count(), Disclosure.objects.count()

    assert accounts.set_holder(suspended, factories.HOLDER, actor=agent, reason="contact_corrected") is None
    assert (StatusChange.objects.count(), Disclosure.objects.count()) == before


def test_only_who_works_the_client_changes_contact_data(suspended, auditor, contact, compliance, outsider, scoped):
    for user in (auditor, contact, compliance, outsider):
        with pytest.raises(Refused):
            accounts.set_holder(suspended, {"phone": "0"}, actor=user, reason="contact_corrected")


def test_nobody_is_told_of_what_was_before(acme, scoped):
    account, actor = factories.make_account(acme), ensure_system_user()

    entry = accounts.hold(account, actor=actor, reason="non_payment", origin="client_system", tell=False)

    assert entry.to_status == "on_hold"
    assert list(OutboxEvent.objects.all()) == []


@pytest.mark.django_db
def test_a_client_begins_with_reasons_policies_and_templates():
    call_command(
        "create_client", "hooli", name="Hooli Bank", industry="bank", country="GB", currency="GBP", verbosity=0
    )

    with scopes_disabled():
        client = Client.objects.get(code="hooli")
    with scope(client=[client.pk]):
        policies = {policy.kind: [level["role"] for level in policy.rules["levels"]] for policy in Policy.objects.all()}
        assert len(policies) == 5
        assert policies["payment"] == ["supervisor", "compliance"]
        assert ReasonCode.objects.filter(use="stop", code="kyc_expired").exists()
        assert set(Template.objects.values_list("language", flat=True)) == {"de", "en", "es", "fr"}
        entries = StatusChange.objects.filter(account=None).values_list("number", "action", "reason")
        assert list(entries) == [(1, "take_on", "client_taken_on")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"code": "acme"}, "code: Client with this Code already exists"),
        ({"code": "no good"}, "code: Enter a valid"),
        ({"time_zone": "Mars"}, "time_zone: There is no such time zone."),
        ({"colour": 13}, "violated"),
        ({"country": "Germany"}, "country: Ensure this value has at most 2 characters"),
    ],
)
def test_a_client_that_cannot_be_is_refused(acme, fields, message):
    arguments = {"name": "Hooli", "industry": "telecom", "time_zone": "UTC", "colour": 1, "country": "DE"} | fields
    with pytest.raises(CommandError, match=message):
        call_command("create_client", arguments.pop("code", "hooli"), **arguments)
