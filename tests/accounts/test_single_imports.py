"""Charges, payments and contact data from files: what a page would do, line by line, once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts import personal
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, Charge, ImportProblem, ImportRun, OutboxEvent, Payment, StatusChange
from accounts.tasks import run_imports
from tests import factories
from tests.accounts.importing import prepared, started

CHARGE = ("account", "kind", "number", "amount", "due_on")
PAYMENT = ("account", "kind", "number", "amount", "paid_at")
PAYMENTS = """customer,what,invoice,sum,due date,booked,pays,purpose
A-1,charge,I-1,30.00,2026-11-01,,,
A-1,payment,P-1,12.50,,2026-11-03T10:00:00Z,I-1,Card 4111 1111 1111 1111
A-2,invoice,I-2,9,2026-11-05,,,
A-9,charge,I-9,9,2026-11-05,,,
A-1,charge,I-3,0,2026-11-05,,,
A-1,charge,I-4,5,,,,
A-1,payment,P-2,5,,2999-01-01T00:00:00Z,,
A-2,charge,I-1,31.00,2026-11-01,,,
A-2,weather,I-5,5,2026-11-05,,,
"""
COLUMNS = {
    "account": "customer",
    "kind": "what",
    "number": "invoice",
    "amount": "sum",
    "due_on": "due date",
    "paid_at": "booked",
    "refers_to": "pays",
    "reference": "purpose",
}


def take(client, administrator, text, kind, columns, **more):
    run = prepared(client, administrator, text.encode(), f"{kind}.csv", kind)
    columns = columns if isinstance(columns, dict) else {name: name for name in columns}
    started(run, administrator, columns, **{"date_format": "YYYY-MM-DD", "time_zone": "UTC"} | more)
    run_imports()
    run = ImportRun.objects.get(pk=run.pk)
    assert run.failure == ""
    return run


def counts(run):
    return run.taken, run.known, run.refused


def problems(run):
    return list(ImportProblem.objects.filter(run=run).order_by("line", "id").values_list("line", "column"))


def balances():
    return [account.balance_minor for account in Account.objects.order_by("number")]


@pytest.fixture
def two(scoped, acme):
    return [factories.make_account(acme, number) for number in ("A-1", "A-2")]


@pytest.mark.requirement("R30", "R79")
def test_charges_and_payments_are_recorded_once_and_bad_lines_are_told(two, acme, administrator):
    tried = take(acme, administrator, PAYMENTS, "payments", COLUMNS, is_dry_run=True)
    assert counts(tried) == (3, 0, 6)
    assert not Charge.objects.exists()
    assert balances() == [0, 0]

    first = take(acme, administrator, PAYMENTS, "payments", COLUMNS)
    again = take(acme, administrator, PAYMENTS, "payments", COLUMNS)

    assert (counts(first), counts(again)) == ((3, 0, 6), (0, 3, 6))
    # The third line is taken all the same, without the number of the card.
    assert problems(first) == [
        *((3, "purpose"), (5, "customer"), (6, "sum"), (7, "due date"), (8, "booked"), (9, ""), (10, "what"))
    ]
    charged = list(Charge.objects.order_by("external_id").values_list("external_id", "amount_minor"))
    assert charged == [("I-1", 3000), ("I-2", 900)]
    (paid,) = Payment.objects.all()
    assert (paid.amount_minor, paid.refers_to, paid.paid_at) == (1250, "I-1", datetime(2026, 11, 3, 10, tzinfo=UTC))
    assert paid.is_confirmed
    assert balances() == [1750, 900]
    entries = StatusChange.objects.filter(action__in=("charge", "payment"))
    by = {(entry.origin, entry.actor.username, entry.on_behalf) for entry in entries}
    assert by == {("import", "reinstate", administrator)}
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R31", "R79")
def test_a_payment_in_a_file_brings_an_account_back_from_a_hold(two, acme, administrator):
    due_on = timezone.localdate() - timedelta(days=45)  # the ladder holds after 40 days and suspends after 50
    charge = f"{','.join(CHARGE)}\nA-1,charge,I-1,30,{due_on}\n"
    take(acme, administrator, charge, "payments", CHARGE)
    account = two[0]
    assert factories.fresh(account).status == "on_hold"

    payment = f"{','.join(PAYMENT)}\nA-1,payment,P-1,30,{timezone.now().isoformat()}\n"
    take(acme, administrator, payment, "payments", PAYMENT)

    assert factories.fresh(account).status == "active"
    assert list(verify(Totals())) == []


CONTACTS = """account,email,phone,country
A-1,maria@example.org,,
A-2,not a mail,0151 23456780,
A-9,maria@example.org,,
A-2,,12,
A-2,,,XX
A-2,,,
A-2,,030 901821,
"""
REACHED = ("account", "email", "phone", "country")


@pytest.mark.requirement("R29", "R50", "R79")
@pytest.mark.parametrize(("quiet", "told"), [("", {"contact.changed", "contact.changed_before"}), ("yes", set())])
def test_contact_data_is_put_right_with_what_it_was_before(two, acme, administrator, quiet, told):
    tried = take(acme, administrator, CONTACTS, "contacts", REACHED, is_dry_run=True, quiet=quiet)
    assert counts(tried) == (2, 0, 5)
    before = OutboxEvent.objects.count()
    assert not StatusChange.objects.filter(action="change_contact").exists()

    first = take(acme, administrator, CONTACTS, "contacts", REACHED, quiet=quiet)
    again = take(acme, administrator, CONTACTS, "contacts", REACHED, quiet=quiet)

    assert (counts(first), counts(again)) == ((2, 0, 5), (0, 2, 5))
    assert problems(first) == [(3, "email"), (4, "account"), (5, "phone"), (6, "country"), (7, "")]
    one, other = (personal.holder(factories.fresh(account), whole=True) for account in two)
    assert (one.email, other.phone) == ("maria@example.org", "+49 30 901821")
    entries = StatusChange.objects.filter(action="change_contact")
    assert {(entry.origin, entry.on_behalf, entry.reason) for entry in entries} == {
        ("import", administrator, "imported")
    }
    assert set(OutboxEvent.objects.order_by("pk")[before:].values_list("name", flat=True)) == told
    assert list(verify(Totals())) == []
