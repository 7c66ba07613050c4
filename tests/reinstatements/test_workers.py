"""Two workers, or two people, at the same moment: what is told once is told once, and one call is judged once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone
from django_scopes import scope

from accounts.errors import Moved
from accounts.models import Call, OutboxEvent, StatusChange
from accounts.services import calls, training
from reinstatements.services import eligibility
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS, RACERS = 5, 4


def at_once(client, do):
    """Let several do the same from the same moment, each on a connection of their own; return what each got."""
    start = Barrier(RACERS)

    def run(_number):
        try:
            with scope(client=[client.pk]):
                start.wait()
                return do()
        except Moved as moved:
            return moved
        finally:
            connections.close_all()

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(run, range(RACERS)))


def told(client, name):
    with scope(client=[client.pk]):
        return OutboxEvent.objects.filter(name=name).count()


def test_a_case_climbs_once_and_tells_once(acme, agent, supervisor, compliance):
    for number in range(ROUNDS):
        account = factories.suspend(factories.make_account(acme, f"A-{number}", balance_minor=8420))
        with scope(client=[acme.pk]):
            factories.bring_to(account, "awaiting_approval", agent)
    factories.absence(supervisor)

    at_once(acme, lambda: eligibility.look_again(acme.pk))

    assert told(acme, "case.nobody_decides") == ROUNDS
    with scope(client=[acme.pk]):
        assert StatusChange.objects.filter(action="climb").count() == ROUNDS


def test_a_training_that_ends_is_told_of_once(acme, agent, compliance):
    factories.train(agent, acme, compliance, valid_until=timezone.localdate() + timedelta(days=9))

    at_once(acme, lambda: training.warn_due(acme))

    assert told(acme, "training.ending") == 1


def test_the_same_answers_sent_at_once_are_one_call(acme, agent, suspended):
    for _round in range(ROUNDS):
        with scope(client=[acme.pk]):
            due = calls.standing(suspended)
        right = {code: factories.RIGHT[code] for code in due.asked}
        found = at_once(acme, partial(calls.judge, suspended, actor=agent, answers=right, turn=due.turn))
        assert sorted(type(each).__name__ for each in found) == ["Call", "Moved", "Moved", "Moved"]

    with scope(client=[acme.pk]):
        assert Call.objects.count() == ROUNDS
