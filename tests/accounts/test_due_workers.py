"""Two jobs, two workers, one crash: every change that time brings to a membership is written exactly once."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.ledger.verify import Totals, verify
from accounts.models import Membership, OutboxEvent, Plan, StatusChange
from accounts.services import memberships
from accounts.services.staff import ensure_system_user
from tests import factories, parts

MEMBERS, TERMS = 120, 3
WORKER = """
import django; django.setup()
from django_scopes import scopes_disabled
from accounts.services.memberships import apply_due_membership_changes
with scopes_disabled():
    while True: apply_due_membership_changes(at_once=10)
"""


@pytest.fixture
def worker(tmp_path):
    """Return a function that starts a process that writes what is due, in small sets, on the tests' database."""
    processes = []

    def begin():
        environment = os.environ | parts.product(tmp_path)
        processes.append(subprocess.Popen([sys.executable, "-c", WORKER], cwd=parts.ROOT, env=environment))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.wait()


def renewals():
    with scopes_disabled():
        return StatusChange.objects.filter(action="renew").count()


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "postgresql", reason="one process writes to SQLite at a time")
@pytest.mark.django_db(transaction=True)
def test_two_workers_of_which_one_is_killed_write_every_change_once(worker):
    acme = factories.make_client("acme")
    system = ensure_system_user()
    with scope(client=[acme.pk]):
        plan = Plan.objects.create(client=acme, code="gym", name="Gym", price_minor=3100, currency="EUR")
        with time_machine.travel(timezone.now() - timedelta(days=TERMS * 31), tick=True):
            for number in range(MEMBERS):
                account = factories.make_account(acme, f"W-{number}")
                memberships.add(account, plan, actor=system, begins="active", reason="agreed", initiator="member")
    killed, _other = worker(), worker()
    parts.until(lambda: renewals() >= 60, "the first sets")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    written_by_then = renewals()

    with scope(client=[acme.pk]):
        parts.until(lambda: not Membership.objects.due(timezone.now()).exists(), "the rest")
        assert written_by_then < MEMBERS * TERMS
        told = StatusChange.objects.filter(action="renew").values_list("subject_id", "occurred_at")
        assert set(Counter(told).values()) == {1}
        assert set(Counter(subject for subject, _at in told).values()) == {TERMS}
        bills = OutboxEvent.objects.filter(name="billing.instruction", payload__instruction="renew")
        assert bills.count() == bills.values("entry").distinct().count() == MEMBERS * TERMS
        assert list(verify(Totals())) == []
