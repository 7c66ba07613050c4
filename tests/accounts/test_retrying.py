"""What comes by itself and cannot be written: reported, seen by people, tried again, and in nobody's way."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts import tasks
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, DueFailure, Signal, SignalSettings
from accounts.services import accounts, payments, retrying, reviews, staff
from tests import factories

BEGIN, DAY = datetime(2027, 3, 1, 9, tzinfo=UTC), timedelta(days=1)


@pytest.fixture
def begin(time_machine):
    time_machine.move_to(BEGIN, tick=False)
    return time_machine


@pytest.fixture
def acme(db):
    """Without a policy in force for these kinds of case nobody comes back: what is due fails."""
    return factories.make_client("acme", country="DE", currency="EUR", without={"payment", "account_status"})


def suspended(client, number, agent, cause):
    account = factories.make_account(client, number)
    accounts.suspend(account, actor=agent, kind=cause, reason="policy_breach", ends_at=BEGIN + DAY)
    return account


def reviewed(client, number, agent, cause):
    """An account under review; one that was suspended for payment has paid meanwhile, so the end brings it back."""
    account = factories.make_account(client, number)
    if cause == "payment":
        factories.charge(account, number)
    ends = {"reason": "suspicious_activity", "ends_at": BEGIN + DAY}
    reviews.put_under_review(factories.fresh(account), actor=agent, **ends)
    if cause == "payment":
        paid = {"external_id": f"P-{number}", "amount_minor": 3000, "currency": "EUR", "paid_at": BEGIN}
        payments.record(account, actor=staff.ensure_system_user(), kind="payment", origin="client_system", **paid)
    return account


KINDS = {
    "suspensions": (suspended, tasks.end_suspensions, "payment", "payment", "policy"),
    "reviews": (reviewed, tasks.end_reviews, "account_status", "payment", "plain"),
}


def statuses():
    return list(Account.objects.order_by("number").values_list("status", flat=True))


@pytest.mark.requirement("R3", "R11")
@pytest.mark.parametrize("job", KINDS)
def test_one_account_that_cannot_go_on_holds_up_no_other_and_is_tried_again(begin, acme, scoped, agent, job, caplog):
    make, task, kind, *causes = KINDS[job]
    first, _second = (make(acme, f"D-{cause}", agent, cause) for cause in causes)
    stood = "suspended" if job == "suspensions" else "under_review"
    if kind == "payment":
        factories.first_policy(acme, "account_status")
    begin.move_to(BEGIN + 2 * DAY, tick=False)

    task()

    assert statuses() == [stood, "active"]
    failed = DueFailure.objects.get()
    assert (failed.account, failed.job, failed.attempts) == (first, job, 1)
    assert failed.failure.startswith("Invalid: ")
    assert failed.retry_at == BEGIN + 2 * DAY + timedelta(minutes=1)
    assert [str(first.pk) in record.getMessage() for record in caplog.records] == [True]

    begin.shift(30)
    task()
    assert DueFailure.objects.get().attempts == 1

    begin.shift(31)
    task()
    failed.refresh_from_db()
    assert (failed.attempts, failed.retry_at) == (2, datetime.now(UTC) + timedelta(minutes=2))

    factories.first_policy(acme, kind)
    begin.shift(121)
    task()
    assert statuses() == ["active", "active"]
    assert not DueFailure.objects.exists()
    assert list(verify(Totals())) == []


def test_each_wait_is_twice_as_long_up_to_six_hours(begin, acme, scoped):
    waits = []
    for _time in range(12):
        retrying.put_down("signals", acme.pk, None, KeyError("fortnight"))
        waits.append((DueFailure.objects.get().retry_at - BEGIN) // timedelta(minutes=1))

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    assert DueFailure.objects.get().failure == "KeyError"


def test_what_is_not_due_any_more_is_forgotten(begin, acme, scoped, agent):
    account = suspended(acme, "D-1", agent, "policy")
    begin.move_to(BEGIN + 2 * DAY, tick=False)
    tasks.end_suspensions()
    factories.first_policy(acme, "account_status")
    assert reviews.catch_up(factories.fresh(account))

    tasks.end_suspensions()

    assert not DueFailure.objects.exists()


@pytest.mark.requirement("R70")
def test_the_signals_of_one_client_wait_for_no_other(begin, acme, globex, agent, outsider, caplog):
    """One client's working hours were written in a form that nobody can read."""
    with scopes_disabled():
        SignalSettings.objects.filter(client=acme).update(hours=[["nine to five"]] * 7)
        for client, user in ((acme, agent), (globex, outsider)):
            number = "+49 30 4455660"
            for count in range(3):
                holder = {"phone": number, "holder_name": "Maria"}
                account = factories.make_account(client, f"S-{count}", holder=holder)
            with scope(client=[client.pk]):
                accounts.suspend(account, actor=user, kind="policy", reason="policy_breach")

    tasks.look_for_signals()

    with scopes_disabled():
        assert set(Signal.objects.values_list("client", flat=True)) == {globex.pk}
        assert list(DueFailure.objects.values_list("client", "account", "job")) == [(acme.pk, None, "signals")]
        assert len(caplog.records) == 1
        SignalSettings.objects.filter(client=acme).update(hours=[])
    begin.shift(61)
    tasks.look_for_signals()
    with scopes_disabled():
        assert set(Signal.objects.values_list("client", flat=True)) == {acme.pk, globex.pk}
        assert not DueFailure.objects.exists()


def test_people_see_what_could_not_be_written(begin, client, acme, scoped, agent, supervisor, outsider):
    account = suspended(acme, "D-1", agent, "policy")
    begin.move_to(BEGIN + 2 * DAY, tick=False)
    tasks.end_suspensions()

    for user, seen in ((supervisor, True), (outsider, False)):
        client.force_login(user)
        page = client.get(reverse("home")).content.decode()
        assert ("Could not be done by itself" in page, "D-1" in page) == (seen, seen)
    client.force_login(agent)
    page = client.get(account.get_absolute_url()).content.decode()
    assert ["Could not be done by itself" in page, "Suspension that ends" in page] == [True, True]


def test_looking_for_signals_is_told_as_the_clients(begin, client, acme, scoped, supervisor):
    retrying.put_down("signals", acme.pk, None, KeyError("x"))

    client.force_login(supervisor)

    assert "All of them" in client.get(reverse("home")).content.decode()
