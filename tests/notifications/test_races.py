"""Several workers at once: each event becomes one row, and each row one mail."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone
from django_scopes import scope

from accounts.models import OutboxEvent
from notifications import tasks
from notifications.models import Delivery
from notifications.services import outbox
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNTS = 12


def at_once(*functions):
    """Run every function in a thread of its own, all from the same moment, and raise what one of them raised."""
    start, errors = threading.Barrier(len(functions)), []

    def run(function):
        try:
            start.wait()
            function()
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture
def many(acme):
    for number in range(ACCOUNTS):
        factories.suspend(factories.make_account(acme, f"A-{number}"))
    return acme


def test_workers_that_relay_at_once_make_one_row_for_each_event(many):
    at_once(*[tasks.relay] * 4)

    with scope(client=[many.pk]):
        assert OutboxEvent.objects.filter(done_at=None).count() == 0
        assert Counter(Delivery.objects.values_list("event", flat=True)) == dict.fromkeys(
            OutboxEvent.objects.values_list("pk", flat=True), 1
        )
        assert set(Delivery.objects.values_list("status", flat=True)) == {"pending"}


def test_workers_that_hold_the_same_events_make_one_row_for_each(many):
    """A worker that was stopped for longer than its lease wakes up while another does the same work."""

    def relay_what_was_claimed(events):
        with scope(client=[many.pk]):
            for event in events:
                try:
                    with transaction.atomic():
                        outbox.handle(event)
                except IntegrityError:
                    assert outbox.finish_if_delivered(event)

    with scope(client=[many.pk]):
        first = list(outbox.claim(100))
        OutboxEvent.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        second = list(outbox.claim(100))
    assert len(first) == len(second) == ACCOUNTS

    at_once(lambda: relay_what_was_claimed(first), lambda: relay_what_was_claimed(second))

    with scope(client=[many.pk]):
        assert Delivery.objects.count() == ACCOUNTS
        assert set(Delivery.objects.values_list("status", flat=True)) == {"pending"}
        assert OutboxEvent.objects.filter(done_at=None).count() == 0


def test_workers_that_send_at_once_send_each_message_once(many, inbox):
    tasks.relay()

    at_once(*[tasks.send_due] * 4)

    with scope(client=[many.pk]):
        assert Counter(Delivery.objects.values_list("status", flat=True)) == {"sent": ACCOUNTS}
        sent = Counter(Delivery.objects.values_list("message_id", flat=True))
    assert Counter(mail["Message-ID"] for mail in inbox.mails) == sent


def test_two_rows_for_one_event_are_refused_by_the_database(many):
    tasks.relay()
    with scope(client=[many.pk]):
        twin = Delivery.objects.first()
        twin.pk = None
        twin._state.adding = True
        twin.id = outbox.Delivery().pk
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save(force_insert=True)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL locks single rows")
def test_what_another_worker_has_locked_is_passed_over(many):
    locked, let_go = threading.Event(), threading.Event()

    def hold():
        with scope(client=[many.pk]), transaction.atomic():
            list(outbox.due(timezone.now()).select_for_update()[:5])
            locked.set()
            let_go.wait(10)

    def relay():
        locked.wait(10)
        try:
            tasks.relay()
        finally:
            let_go.set()

    at_once(hold, relay)

    with scope(client=[many.pk]):
        assert Delivery.objects.count() == ACCOUNTS - 5
    assert connection.vendor == "postgresql"
