"""A member is reminded of an overdue debt: of how much, since when, and not once it is paid."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django_scopes import scope

from accounts.services import payments, staff
from notifications import tasks
from notifications.models import Delivery
from tests import factories
from tests.notifications.conftest import rows, words

pytestmark = pytest.mark.usefixtures("scoped")
REMINDED = datetime(2026, 12, 5, 9, tzinfo=UTC)  # 34 days after the first of November: reminded, not held yet


@pytest.mark.requirement("R93")
@pytest.mark.parametrize(
    ("language", "country", "amount", "day"),
    [
        ("en", "GB", "1,234.50 EUR", "due on 1 Nov 2026"),
        ("en", "DE", "1,234.50 EUR", "due on 1 Nov 2026"),
        ("en", "US", "1,234.50 EUR", "due on Nov. 1, 2026"),
        ("de", "DE", "1.234,50 EUR", "fällig am 1. November 2026"),
        ("fr", "FR", "1 234,50 EUR", "à régler avant le 1 novembre 2026"),
        ("es", "ES", "1 234,50 EUR", "con vencimiento el 1 de noviembre de 2026"),
    ],
)
@time_machine.travel(REMINDED)
def test_a_reminder_says_how_much_is_open_and_since_when_as_it_is_written_there(acme, language, country, amount, day):
    account = factories.make_account(acme, language=language, country=country)
    factories.charge(account, minor=123450, due_on=date(2026, 11, 1))

    tasks.relay()

    (delivery,) = Delivery.objects.all()
    _address, _subject, body = words(delivery)
    assert (delivery.event_name, delivery.status, delivery.language) == ("payment.overdue", "pending", language)
    assert f"{amount}, {day}" in body.replace("\xa0", " ").replace("\u202f", " ")


@time_machine.travel(REMINDED)
def test_nobody_is_reminded_of_what_is_paid_meanwhile(acme):
    account = factories.make_account(acme)
    factories.charge(account)
    with scope(client=acme.pk):
        payments.record(
            account,
            actor=staff.ensure_system_user(),
            origin="client_system",
            kind="payment",
            external_id="P-1",
            amount_minor=3000,
            currency="EUR",
            paid_at=REMINDED,
        )

    tasks.relay()

    assert rows() == [("payment.overdue", "suppressed", "superseded", "de")]
