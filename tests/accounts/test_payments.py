"""Charges and payments: once each, in any order, and what follows for the account in the same moment."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django_scopes import scope

from accounts.errors import Invalid, Moved, Refused
from accounts.models import Account, Charge, OutboxEvent, Payment, Restriction, StatusChange
from accounts.services import overdue, payments, staff
from accounts.services.words import read
from tests import factories

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def account(acme):
    account = factories.make_account(acme, time_zone="Europe/Berlin")
    with scope(client=acme.pk):
        yield account


def owe(account, number="I-1", minor=3000, due_on=date(2026, 11, 1), **fields):
    system = staff.ensure_system_user()
    return payments.charge(
        account,
        actor=system,
        origin="client_system",
        **{"external_id": number, "amount_minor": minor, "currency": "EUR", "due_on": due_on, **fields},
    )


def pay(account, number="P-1", minor=3000, kind="payment", actor=None, origin="client_system", **fields):
    values = {"external_id": number, "amount_minor": minor, "currency": "EUR", "paid_at": NOON, **fields}
    return payments.record(account, actor=actor or staff.ensure_system_user(), kind=kind, origin=origin, **values)


def fresh(account):
    return Account.objects.get(pk=account.pk)


def actions(account, count):
    """Return the last entries of an account but those of its memberships, which stop and come back with it."""
    about = StatusChange.objects.filter(account=account).exclude(subject_type="membership")
    entries = about.order_by("-number")[:count]
    return [(entry.subject_type, entry.action, entry.to_status, entry.rule) for entry in entries][::-1]


@pytest.mark.requirement("R30")
def test_what_is_charged_and_paid_changes_the_balance_once_however_often_it_is_told(account):
    owe(account)
    owe(account)
    pay(account, minor=1250)
    pay(account, minor=1250)

    assert fresh(account).balance_minor == 1750
    assert (Charge.objects.count(), Payment.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "again",
    [{"minor": 1251}, {"kind": "refund"}, {"refers_to": "P-0"}],
)
def test_one_number_never_stands_for_two_payments(account, again):
    pay(account, minor=1250)

    with pytest.raises(Moved):
        pay(account, **{"minor": 1250, **again})

    assert fresh(account).balance_minor == -1250


def test_a_number_of_another_account_is_refused(acme, account):
    other = factories.make_account(acme, "A-1002")
    pay(account)

    with pytest.raises(Moved):
        pay(other)


def test_the_order_of_arrival_does_not_matter(account):
    # A refund that arrives before its payment, and both before the charge: 3000 charged, 3000 paid, 3000 given back.
    pay(account, "R-1", kind="refund", refers_to="P-1")
    pay(account, "P-1")
    owe(account)

    assert fresh(account).balance_minor == 3000
    assert fresh(account).overdue_since == date(2026, 11, 1)


@time_machine.travel(NOON)
def test_an_over_payment_is_a_credit_that_the_next_charge_uses_up(account):
    owe(account)
    pay(account, minor=5000)
    assert (fresh(account).balance_minor, fresh(account).overdue_since) == (-2000, None)

    owe(account, "I-2", 2500, date(2026, 12, 1))
    assert (fresh(account).balance_minor, fresh(account).overdue_since) == (500, date(2026, 12, 1))


@pytest.mark.requirement("R14")
@time_machine.travel(datetime(2026, 12, 12, 12, tzinfo=UTC))  # 41 days after the first of November
def test_paying_everything_clears_the_hold_the_same_moment_and_a_chargeback_or_refund_puts_it_back(account):
    owe(account)
    assert fresh(account).status == "on_hold"

    pay(account, minor=2999)
    assert fresh(account).status == "on_hold"
    pay(account, "P-2", 1)
    assert fresh(account).status == "active"
    assert Restriction.objects.filter(account=account, lifted_at=None).count() == 0

    pay(account, "C-1", 2999, "chargeback", refers_to="P-1")
    assert fresh(account).status == "on_hold"
    assert fresh(account).balance_minor == 2999
    assert actions(account, 3) == [
        ("account", "chargeback", "active", ""),
        ("account", "remind", "active", "overdue_ladder"),
        ("account", "hold", "on_hold", "overdue_ladder"),
    ]

    pay(account, "W-1", 2999, "reversal", refers_to="C-1")
    assert fresh(account).status == "active"

    # What was given back is owed again, until it is paid.
    pay(account, "R-1", 500, "refund", refers_to="P-1")
    assert (fresh(account).status, fresh(account).balance_minor) == ("on_hold", 500)
    pay(account, "P-3", 500)
    assert fresh(account).status == "active"


@time_machine.travel(datetime(2027, 1, 1, 12, tzinfo=UTC))
def test_a_payment_leaves_a_suspension_for_another_cause_as_it_is(account):
    factories.suspend(account, "policy", "policy_breach")
    owe(account)
    assert set(Restriction.objects.filter(lifted_at=None).values_list("kind", flat=True)) == {"policy"}
    pay(account)

    assert fresh(account).status == "suspended"
    assert list(Restriction.objects.filter(lifted_at=None).values_list("kind", flat=True)) == ["policy"]


@time_machine.travel(datetime(2027, 1, 1, 12, tzinfo=UTC))
def test_payment_lifts_its_own_restriction_where_another_stands(account):
    owe(account)
    with scope(client=account.client_id):
        from accounts.services import accounts

        assert fresh(account).status == "suspended"
        assert Restriction.objects.get(lifted_at=None).kind == "payment"
        # A second cause, as a suspension of an account that is held already brings one.
        held = factories.make_account(account.client, "A-7")
        accounts.hold(held, actor=staff.ensure_system_user(), reason="non_payment")
        accounts.suspend(held, actor=staff.ensure_system_user(), kind="security", reason="fraud_suspected")
        owe(held, "I-7", 500, date(2026, 12, 31))
        pay(held, "P-7", 500)

    assert fresh(held).status == "suspended"
    assert list(Restriction.objects.filter(account=held, lifted_at=None).values_list("kind", flat=True)) == ["security"]
    assert actions(held, 1) == [("account", "lift", "suspended", "paid_in_full")]


@pytest.mark.requirement("R1", "R62")
def test_a_debt_that_is_told_late_stops_service_when_it_is_told_and_not_before(account):
    told_at = datetime(2026, 12, 28, 12, tzinfo=UTC)
    with time_machine.travel(told_at, tick=False):
        owe(account)
    assert fresh(account).status == "suspended"
    steps = StatusChange.objects.filter(subject_id=account.pk, rule="overdue_ladder")
    assert {entry.occurred_at for entry in steps} == {told_at}


@pytest.mark.requirement("R62")
def test_unpaid_age_moves_an_account_up_the_ladder_each_step_once_however_late_and_often_it_runs(account):
    with time_machine.travel(NOON):
        owe(account)
    midnight = datetime(2026, 11, 30, 23, tzinfo=UTC)  # midnight of 1 December in Berlin: 30 days

    with time_machine.travel(midnight - timedelta(seconds=1)):
        assert overdue.apply_due() == 0
    with time_machine.travel(midnight):
        assert overdue.apply_due() == 1
        assert overdue.apply_due() == 0
    assert actions(account, 1) == [("account", "remind", "active", "overdue_ladder")]

    with time_machine.travel(midnight + timedelta(days=45)):
        assert overdue.apply_due() == 1
        assert overdue.apply_due() == 0
    assert actions(account, 2) == [
        ("account", "hold", "on_hold", "overdue_ladder"),
        ("account", "suspend", "suspended", "overdue_ladder"),
    ]
    moments = StatusChange.objects.filter(subject_id=account.pk, rule="overdue_ladder").order_by("number")
    assert [entry.occurred_at for entry in moments] == [midnight + timedelta(days=days) for days in (0, 10, 20)]
    assert list(OutboxEvent.objects.order_by("created_at").values_list("name", flat=True)) == [
        "payment.overdue",
        "account.suspended",
    ]
    assert Restriction.objects.filter(account=account).count() == 1


@time_machine.travel(datetime(2026, 12, 12, 12, tzinfo=UTC))
def test_a_debt_that_was_written_off_does_not_count(account, supervisor, agent):
    first = owe(account)
    owe(account, "I-2", 700, date(2026, 12, 1))
    with pytest.raises(Refused):
        payments.write_off(first, actor=agent, reason="goodwill")

    payments.write_off(first, actor=supervisor, reason="goodwill")

    assert (fresh(account).balance_minor, fresh(account).overdue_since) == (700, date(2026, 12, 1))
    with pytest.raises(Moved):
        payments.write_off(first, actor=supervisor, reason="goodwill")
    pay(account, minor=700)
    assert fresh(account).status == "active"


@time_machine.travel(datetime(2026, 12, 12, 12, tzinfo=UTC))
def test_what_somebody_types_in_lowers_the_balance_and_brings_nobody_back(account, agent):
    owe(account)

    pay(account, actor=agent, origin=None, reference="Card 4111 1111 1111 1111, paid at the counter")

    assert (fresh(account).status, fresh(account).balance_minor) == ("on_hold", 0)
    entry = StatusChange.objects.get(account=account, action="payment")
    assert read(account, [entry.uid])[entry.uid, "reference"] == "Card ••••1111, paid at the counter"

    # The client's own system tells of the same payment: now it counts as certain.
    pay(account)
    assert (fresh(account).status, fresh(account).balance_minor) == ("active", 0)
    assert Payment.objects.get().is_confirmed


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"number": "4111111111111111"}, "external_id"),
        ({"number": " "}, "external_id"),
        ({"number": "x" * 81}, "external_id"),
        ({"minor": 0}, "amount_minor"),
        ({"minor": -5}, "amount_minor"),
        ({"minor": 2**63}, "amount_minor"),
        ({"currency": "USD"}, "currency"),
        ({"kind": "gift"}, "kind"),
        ({"paid_at": datetime(2199, 1, 1, tzinfo=UTC)}, "paid_at"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(account, wrong, field):
    with pytest.raises(Invalid) as refusal:
        pay(account, **wrong)

    assert refusal.value.field == field
    assert fresh(account).head_number == 2


def test_only_who_works_the_clients_accounts_records_a_payment(account, outsider, auditor, contact, agent):
    for somebody in (outsider, auditor, contact):
        with pytest.raises(Refused):
            pay(account, actor=somebody, origin=None)
    with pytest.raises(Refused):
        payments.charge(
            account, actor=agent, external_id="I-9", amount_minor=1, currency="EUR", due_on=date(2026, 1, 1)
        )


def test_the_database_keeps_what_was_charged_and_paid(account):
    debt, payment = owe(account), pay(account, minor=100)

    for statement in (
        lambda: Payment.objects.filter(pk=payment.pk).update(amount_minor=1),
        lambda: Payment.objects.filter(pk=payment.pk).delete(),
        lambda: Charge.objects.filter(pk=debt.pk).update(due_on=date(2030, 1, 1)),
        lambda: Charge.objects.filter(pk=debt.pk).delete(),
        lambda: Payment.objects.create(
            client=account.client,
            account=account,
            kind="payment",
            external_id="P-9",
            amount_minor=1,
            currency="EUR",
            paid_at=NOON,
            entry=account.pk,
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            statement()
