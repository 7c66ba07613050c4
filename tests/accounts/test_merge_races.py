"""Two people at once: one of them merges, nobody waits for good, and the ledger holds."""

import threading

import pytest
from django.db import connection, connections
from django_scopes import scope, scopes_disabled

from accounts.errors import Moved, ServiceError
from accounts.ledger.verify import Totals, verify
from accounts.models import AccountMerge, MergeDecision, StatusChange
from accounts.services import merges
from reinstatements import services
from tests import factories

ROUNDS = 20 if connection.vendor == "postgresql" else 2
pytestmark = [pytest.mark.slow, pytest.mark.requirement("R15"), pytest.mark.django_db(transaction=True)]


def at_once(client, *functions):
    """Run every function at the same moment; return what each came to: its value, or the error of the service."""
    start, found = threading.Barrier(len(functions)), [None] * len(functions)

    def run(index, function):
        try:
            start.wait(timeout=60)
            with scope(client=[client.pk]):
                found[index] = function()
        except BaseException as error:  # noqa: BLE001 - it is looked at below
            found[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for good"
    wrong = [error for error in found if isinstance(error, BaseException) and not isinstance(error, ServiceError)]
    assert wrong == []
    return found


def holds(client):
    with scopes_disabled():
        assert list(verify(Totals(), client.pk)) == []


def won(found):
    return [value for value in found if not isinstance(value, ServiceError)]


def test_of_two_who_confirm_at_once_one_merges(acme, agent, supervisor, second_supervisor):
    for number in range(ROUNDS):
        absorbed, survivor = (factories.make_account(acme, f"{side}-{number}", balance_minor=100) for side in "AB")
        proposed = factories.propose_merge(absorbed, survivor, agent)

        found = at_once(
            acme,
            lambda: merges.confirm(proposed, actor=supervisor),  # noqa: B023
            lambda: merges.confirm(proposed, actor=second_supervisor),  # noqa: B023
        )

        assert len(won(found)) == 1
        assert any(isinstance(error, Moved) for error in found)
        with scope(client=[acme.pk]):
            assert MergeDecision.objects.filter(merge=proposed).count() == 1
            assert factories.fresh(survivor).balance_minor == 200
    holds(acme)


def test_two_merges_of_the_same_account_at_once_make_one_proposal(acme, agent, supervisor):
    for number in range(ROUNDS):
        absorbed, one, other = (factories.make_account(acme, f"{side}-{number}") for side in "ABC")

        found = at_once(
            acme,
            lambda: factories.propose_merge(absorbed, one, agent),  # noqa: B023
            lambda: factories.propose_merge(absorbed, other, supervisor),  # noqa: B023
        )

        assert len(won(found)) == 1
        with scope(client=[acme.pk]):
            assert AccountMerge.objects.waiting().filter(absorbed=absorbed).count() == 1
    holds(acme)


def test_a_circle_is_not_proposed_and_nobody_waits_for_good(acme, agent, supervisor, second_supervisor):
    """A into B and B into A: both lock the lower id first, whoever absorbs whom, so neither waits for the other."""
    for number in range(ROUNDS):
        one, other = (factories.make_account(acme, f"{side}-{number}") for side in "AB")

        found = at_once(
            acme,
            lambda: factories.propose_merge(one, other, agent),  # noqa: B023
            lambda: factories.propose_merge(other, one, supervisor),  # noqa: B023
        )

        (proposed,) = won(found)
        third = factories.make_account(acme, f"C-{number}")
        onward = factories.propose_merge(proposed.survivor, third, agent)
        found = at_once(
            acme,
            lambda: merges.confirm(proposed, actor=second_supervisor),  # noqa: B023
            lambda: merges.confirm(onward, actor=second_supervisor),  # noqa: B023
        )
        # Whichever came first, the other has changed facts or a survivor that is gone.
        assert len(won(found)) == 1
    holds(acme)


def test_a_merge_and_a_decision_of_a_case_at_once_do_not_both_win_unseen(acme, agent, supervisor, second_supervisor):
    """The case is opened after the merge was proposed, and decided while the merge is confirmed."""
    for number in range(ROUNDS):
        survivor, absorbed = (factories.make_account(acme, f"{side}-{number}", balance_minor=8420) for side in "AB")
        factories.suspend(absorbed)
        proposed = factories.propose_merge(absorbed, survivor, agent)
        case = factories.bring_to(absorbed, "awaiting_approval", agent)
        with scope(client=[acme.pk]):
            seen = factories.seen(case)

        found = at_once(
            acme,
            lambda: merges.confirm(proposed, actor=second_supervisor),  # noqa: B023
            lambda: services.approve(case, actor=supervisor, reason="paid", seen=seen),  # noqa: B023
        )

        assert len(won(found)) == 1
        with scope(client=[acme.pk]):
            assert factories.fresh(absorbed).status == "active"
            assert not StatusChange.objects.filter(account=absorbed, to_status="merged").exists()
    holds(acme)
