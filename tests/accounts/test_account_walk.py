"""400 days of an account's life: what a page computes and what the jobs write are one, on every day, in five zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.ledger.verify import Totals, verify
from accounts.models import Account
from accounts.services import accounts, endings, lifecycle, overdue, payments, reviews
from accounts.services.staff import ensure_system_user
from tests import factories

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("scoped")]
ZONES = ("Europe/Berlin", "Australia/Lord_Howe")
# A rule of dates is the same whatever keeps the rows: the first are walked on both databases, these on one.
MORE = ("America/New_York", "Asia/Beirut", "America/Santiago")
BEGIN = datetime(2027, 10, 31, 9, tzinfo=UTC)
TIMED, REVIEWED, STOPPED, HELD, OWING = "W-1", "W-2", "W-3", "W-4", "W-5"
# What is owed from which day on, and when it is paid. The client's ladder holds after 40 days and suspends after 50:
# on the leap day, on the days when clocks are changed in spring and in autumn, and in between.
DEBTS = [
    (date(2027, 11, 10), date(2028, 1, 5)),
    (date(2028, 1, 20), date(2028, 3, 5)),
    (date(2028, 2, 15), date(2028, 4, 20)),
    (date(2028, 9, 19), date(2028, 11, 20)),
]
CHARGED_BACK = date(2028, 5, 10)
PAID_AGAIN = date(2028, 5, 31)


def told(actor, **more):
    return {"actor": actor, "origin": "client_system", "currency": "USD", **more}


def by_hand(day):
    """The status of the account that owes: from the age of its oldest unpaid debt, until everything is paid."""
    worst, walked = 0, BEGIN.date() - timedelta(days=1)
    while walked < day:
        walked += timedelta(days=1)
        unpaid = [due_on for due_on, paid_on in DEBTS if due_on <= walked < paid_on]
        if CHARGED_BACK <= walked < PAID_AGAIN:
            unpaid.append(DEBTS[2][0])
        worst = max(worst, (walked - min(unpaid)).days) if unpaid else 0
    return "suspended" if worst >= 50 else "on_hold" if worst >= 40 else "active"


def local(day, zone, clock=time.min):
    return datetime.combine(day, clock, tzinfo=ZoneInfo(zone))


@pytest.mark.requirement("R3", "R11", "R14")
@pytest.mark.parametrize("zone", [*ZONES, *(pytest.param(zone, marks=pytest.mark.anywhere) for zone in MORE)])
def test_what_is_written_is_what_was_read_on_every_day_of_a_year(acme, agent, zone):
    """The jobs run every day at another hour. Ends lie at local midnight and half past two, which clocks leave out."""
    system, written, done = ensure_system_user(), [], set()
    with time_machine.travel(BEGIN, tick=False):
        opened = {"time_zone": zone, "currency": "USD"}
        rows = {number: factories.make_account(acme, number, **opened) for number in (TIMED, REVIEWED, HELD, OWING)}
        rows[STOPPED] = factories.make_account(acme, STOPPED, **opened)
        accounts.suspend(rows[STOPPED], actor=agent, kind="policy", reason="policy_breach")
    for count in range(1, 401):
        now = BEGIN + timedelta(days=count, hours=count % 24)
        today = now.astimezone(ZoneInfo(zone)).date()
        with time_machine.travel(now, tick=False):
            live(rows, agent, system, count, today, zone, done)
            read = {row.number: row.status_now for row in Account.objects.all()}
            for job in (overdue.apply_due, endings.end_due, reviews.end_due):
                job()
                assert job() == 0
        found = dict(Account.objects.values_list("number", "status"))
        assert found == read | {OWING: by_hand(today)}, now
        written.append((now, found))
    for moment, found in written[::3]:
        assert dict(Account.objects.as_of(moment).values_list("number", "status_then")) == found, moment
    assert {status for _moment, found in written for status in found.values()} == {
        *("active", "on_hold", "suspended", "under_review")
    }
    assert list(verify(Totals())) == []


def live(rows, agent, system, count, today, zone, done):
    """What people and the client's system do on this day."""
    status = dict(Account.objects.values_list("number", "status"))
    review = {"actor": agent, "reason": "suspicious_activity"}
    if status[TIMED] == "active":
        clock = time(2, 30) if count % 2 else time.min
        end = local(today + timedelta(days=19 + count % 13), zone, clock)
        lifecycle.suspend(fresh(rows[TIMED]), actor=agent, kind="policy", reason="policy_breach", ends_at=end)
    if status[REVIEWED] == "active":
        reviews.put_under_review(fresh(rows[REVIEWED]), **review, ends_at=local(today + timedelta(days=31), zone))
    if count in (60, 200):
        reviews.put_under_review(fresh(rows[STOPPED]), **review, ends_at=local(today + timedelta(days=30), zone))
    if count in (10, 150):
        lifecycle.hold(fresh(rows[HELD]), actor=agent, reason="non_payment")
    if count in (30, 190):
        owe(rows[HELD], system, f"H-{count}", today)
        pay(rows[HELD], system, f"H-{count}")
    due = {(due_on, "owe", f"O-{due_on}") for due_on, _paid_on in DEBTS}
    due |= {(paid_on, "pay", f"O-{due_on}") for due_on, paid_on in DEBTS}
    first = f"O-{DEBTS[2][0]}"
    due |= {(CHARGED_BACK, "back", first), (PAID_AGAIN, "pay", f"again-{first}")}
    # An hour that moves on every day skips a day now and then: what was to be done on it is done on the next.
    for day, what, number in sorted(step for step in due if step[0] <= today and step not in done):
        done.add((day, what, number))
        if what == "owe":
            owe(rows[OWING], system, number, day)
        elif what == "back":
            pay(rows[OWING], system, f"back-{number}", kind="chargeback", refers_to=number)
        else:
            pay(rows[OWING], system, number)


def owe(account, system, number, due_on):
    payments.charge(account, **told(system, external_id=number, amount_minor=3000, due_on=due_on))


def pay(account, system, number, kind="payment", **more):
    paid_at = datetime.now(UTC) - timedelta(hours=1)
    payments.record(account, **told(system, external_id=number, amount_minor=3000, kind=kind, paid_at=paid_at, **more))


def fresh(account):
    return Account.objects.get(pk=account.pk)
