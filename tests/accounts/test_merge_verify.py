"""A link between two merged accounts that somebody has cut or bent is found, on whichever side."""

import json

import pytest
from django.db import connection, transaction
from django_scopes import scope, scopes_disabled

from accounts.ledger import guards
from accounts.ledger.verify import Totals, verify
from accounts.models import MergeDecision, StatusChange
from tests import factories
from tests.house.doors.forging import execute, rewrite

LEDGER, MERGES = "accounts_statuschange", "accounts_accountmerge"
pytestmark = pytest.mark.django_db


@pytest.fixture
def merged(acme, agent, supervisor):
    absorbed, survivor = factories.make_account(acme, "A-2", balance_minor=100), factories.make_account(acme, "A-1")
    factories.merge(absorbed, survivor, agent, supervisor)
    with scope(client=acme.pk), transaction.atomic():
        connection.check_constraints()
        guards.remove(connection)
        yield absorbed, survivor
        guards.install(connection)


def entry(account, action):
    return StatusChange.objects.get(account=account, action=action)


def found(client):
    connection.check_constraints()
    guards.install(connection)
    with scopes_disabled():
        return {(problem.table, problem.what) for problem in verify(Totals(), client.pk) if problem.kind == "merge"}


def bend(row, **changes):
    said = json.loads(bytes(row.body))["data"]
    rewrite(row, data=said | changes)


def test_sound_links_hold(acme, merged):
    assert found(acme) == set()


def test_a_survivor_that_does_not_answer_is_found(acme, merged):
    _absorbed, survivor = merged
    row = entry(survivor, "absorb")
    execute(f"UPDATE {LEDGER} SET caused_by = NULL, caused_by_type = '' WHERE id = %s", row.pk)

    assert found(acme) == {
        (LEDGER, "No entry of the survivor answers it."),
        (LEDGER, "It says that another account was absorbed or released, and no entry of that account does."),
    }


@pytest.mark.parametrize(
    ("side", "action", "changes", "what"),
    [
        (0, "merge", {"survivor_head": {"number": 1, "hash": "0" * 64}}, "do not name each other's entries"),
        (1, "absorb", {"absorbed_head": {"number": 1, "hash": "0" * 64}}, "do not name each other's entries"),
        (1, "absorb", {"absorbed": "01930000-0000-7000-8000-000000000001"}, "name other accounts"),
        (0, "merge", {"survivor": "01930000-0000-7000-8000-000000000001"}, "name other accounts"),
        (1, "absorb", {"amount_minor": 5}, "What one account gave"),
        (1, "absorb", {"absorbed": 5}, "name other accounts"),
    ],
)
@pytest.mark.requirement("R15", "R130")
def test_a_bent_link_is_found(acme, merged, side, action, changes, what):
    bend(entry(merged[side], action), **changes)

    # Where the bytes of the first side change, so does its hash, which the other side names.
    assert any(what in told for _table, told in found(acme))


def test_a_decision_that_is_gone_or_the_makers_own_is_found(acme, agent, merged):
    with scope(client=acme.pk):
        given = MergeDecision.objects.get()
    execute("UPDATE accounts_mergedecision SET user_id = %s, person_id = %s", agent.pk, agent.person_id)
    assert (LEDGER, "No second person confirmed it.") in found(acme)

    guards.remove(connection)
    execute("DELETE FROM accounts_mergedecision WHERE id = %s", given.pk)
    assert found(acme) == {(LEDGER, "No second person confirmed it.")}


def test_facts_that_were_changed_are_found(acme, merged):
    execute(f"UPDATE {MERGES} SET facts = %s", "{}")

    assert found(acme) == {(MERGES, "The stored facts do not have the hash proposed.")}
