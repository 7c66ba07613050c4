"""Two workers at one review end, one suspension end, one payment hold: each happens once, whoever dies over it."""

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import tasks
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, DueFailure, OutboxEvent, Payment, StatusChange, User
from accounts.services import accounts, payments, reviews
from accounts.services.staff import ensure_system_user
from tests import factories, parts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="one process writes to SQLite at a time"),
    pytest.mark.django_db(transaction=True),
]
ROUNDS, MANY = 8, 20
DAY = timedelta(days=1)
WORKER = """
import django; django.setup()
from accounts import tasks
while True: tasks.{task}()
"""
CRASH = """
import os, django; django.setup()
from django.db import transaction
from accounts import tasks
with transaction.atomic():
    tasks.{task}()
    os._exit(9)
"""


def ensure_agent(client):
    found = User.objects.filter(username="agent").first()
    return found or factories.make_user("agent", (client, "agent"))


def reviewed(client, number):
    account = factories.make_account(client, number)
    reviews.put_under_review(
        account, actor=ensure_agent(client), reason="suspicious_activity", ends_at=timezone.now() + DAY
    )
    return account


def suspended(client, number):
    account = factories.make_account(client, number)
    ends = {"kind": "policy", "reason": "policy_breach", "ends_at": timezone.now() + DAY}
    accounts.suspend(account, actor=ensure_system_user(), **ends)
    return account


def overdue(client, number):
    """An account that owes since 39 days: the ladder holds it tomorrow, and has reminded it before."""
    account = factories.make_account(client, number)
    factories.charge(account, number, due_on=timezone.now().date() - timedelta(days=39))
    return account


CASES = {
    "end_reviews": (reviewed, "end_review", "account.review_ended"),
    "end_suspensions": (suspended, "reinstate", "reinstatement.completed"),
    "climb_ladders": (overdue, "hold", "account.on_hold"),
}


def population(acme, task, how_many):
    make, _action, _event = CASES[task]
    with time_machine.travel(timezone.now() - 2 * DAY, tick=True), scope(client=[acme.pk]):
        return [make(acme, f"{task}-{number}") for number in range(how_many)]


def written(task):
    _make, action, event = CASES[task]
    with scopes_disabled():
        entries = StatusChange.objects.filter(action=action, subject_type="account").values_list("account", flat=True)
        events = OutboxEvent.objects.filter(name=event).values_list("account", flat=True)
        return Counter(entries), Counter(events)


def at_once(*functions):
    """Run each function in a thread of its own, all of them from the same moment on; return what they answered."""
    start = Barrier(len(functions))

    def run(function):
        try:
            start.wait(timeout=60)
            return function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))


def check(task, made):
    """Each of these accounts has one entry and one event, no worker has failed, and the record holds."""
    once = dict.fromkeys([account.pk for account in made], 1)
    assert written(task) == (once, once)
    with scopes_disabled():
        assert list(DueFailure.objects.values_list("failure", flat=True)) == []
        assert list(verify(Totals())) == []


@pytest.mark.requirement("R3", "R11", "R14")
@pytest.mark.parametrize("task", CASES)
def test_two_workers_at_one_account_write_it_once(task):
    made, acme = [], factories.make_client("acme")
    work = getattr(tasks, task)
    for number in range(ROUNDS):
        with time_machine.travel(timezone.now() - 2 * DAY, tick=True), scope(client=[acme.pk]):
            made.append(CASES[task][0](acme, f"R-{number}"))
        at_once(work, work, work)
    check(task, made)


@pytest.mark.requirement("R3", "R11", "R14")
@pytest.mark.parametrize("task", CASES)
def test_a_worker_that_dies_before_it_commits_leaves_everything_to_the_next(task, tmp_path):
    made = population(factories.make_client("acme"), task, 3)
    command = [sys.executable, "-c", CRASH.format(task=task)]
    died = subprocess.run(command, cwd=parts.ROOT, env=os.environ | parts.product(tmp_path), check=False)
    assert died.returncode == 9
    assert written(task) == (Counter(), Counter())

    getattr(tasks, task)()
    check(task, made)


@pytest.mark.requirement("R3", "R11", "R14")
@pytest.mark.parametrize("task", CASES)
def test_of_two_workers_one_is_killed_and_every_change_is_written_once(task, tmp_path):
    made = population(factories.make_client("acme"), task, MANY)
    command = [sys.executable, "-c", WORKER.format(task=task)]
    environment = os.environ | parts.product(tmp_path)
    workers = [subprocess.Popen(command, cwd=parts.ROOT, env=environment) for _worker in range(2)]
    try:
        parts.until(lambda: written(task)[0].total() >= 3, "the first of them")
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        parts.until(lambda: written(task)[0].total() >= MANY, "the rest")
    finally:
        for process in workers:
            process.kill()
            process.wait()
    check(task, made)


@pytest.mark.requirement("R14")
def test_a_payment_that_is_told_twice_at_once_clears_its_hold_once():
    acme = factories.make_client("acme")
    system = ensure_system_user()
    for number in range(ROUNDS):
        with scope(client=[acme.pk]):
            account = factories.make_account(acme, f"P-{number}")
            factories.charge(account, f"I-{number}", due_on=timezone.now().date() - timedelta(days=45))
            assert factories.fresh(account).status == "on_hold"
        paid = {"external_id": f"P-{number}", "amount_minor": 3000, "currency": account.currency}
        paid["paid_at"] = datetime.now(UTC)

        def pay(account=account, paid=paid):
            with scope(client=[acme.pk]):
                told = {"kind": "payment", "origin": "client_system"}
                return payments.record(account, actor=system, **told, **paid).pk

        answers = at_once(pay, pay)

        with scope(client=[acme.pk]):
            assert set(answers) == set(Payment.objects.filter(account=account).values_list("pk", flat=True))
            assert Account.objects.get(pk=account.pk).status == "active"
            back = StatusChange.objects.filter(account=account, action="reinstate", subject_type="account")
            assert (
                back.count() == OutboxEvent.objects.filter(account=account, name="reinstatement.completed").count() == 1
            )
    with scopes_disabled():
        assert list(verify(Totals())) == []
