"""When a suspension ends by itself stands in two rows beside the ledger; ``verify_ledger`` compares both with it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.ledger import guards
from accounts.models import Account, Restriction
from accounts.services import accounts
from tests import factories
from tests.accounts.tampering import found
from tests.house.doors.forging import execute

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R130")]
ACCOUNTS, RESTRICTIONS = Account._meta.db_table, Restriction._meta.db_table
IN_A_WEEK = timezone.now().replace(microsecond=0) + timedelta(days=7)


@pytest.fixture
def suspended(tampered):
    """An account that is suspended for a week."""
    account = factories.make_account(tampered.acme, "A-7")
    accounts.suspend(account, actor=tampered.agent, kind="policy", reason="policy_breach", ends_at=IN_A_WEEK)
    return account


def later(account, days):
    actor = account.entries.first().actor
    ends_at = days and IN_A_WEEK + timedelta(days=days)
    accounts.change_suspension(account, actor=actor, reason="policy_breach", ends_at=ends_at)


def set_in(table, column, value, account):
    key = "id" if table == ACCOUNTS else "account_id"
    execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", value, account.pk)


def numbers(account):
    """Return the numbers of what was said about the suspension, in order."""
    said = account.entries.filter(subject_type="account", action__in=("suspend", "change_suspension"))
    return list(said.order_by("number").values_list("number", flat=True))


def test_suspensions_with_and_without_an_end_hold(suspended, tampered):
    factories.suspend(factories.make_account(tampered.acme, "A-8"))
    later(suspended, 3)
    assert found() == []


def test_an_end_that_was_taken_away_by_an_entry_holds(suspended):
    later(suspended, None)
    assert found() == []


@pytest.mark.parametrize("shift", [timedelta(days=1), timedelta(microseconds=-1), None])
def test_another_end_of_the_restriction_is_found(suspended, shift):
    set_in(RESTRICTIONS, "ends_at", shift and IN_A_WEEK + shift, suspended)

    assert found() == [("end", RESTRICTIONS, numbers(suspended)[-1])]


@pytest.mark.parametrize("shift", [timedelta(days=-7), timedelta(microseconds=1), None])
def test_another_time_at_which_the_account_changes_by_itself_is_found(suspended, shift):
    set_in(ACCOUNTS, "next_change_at", shift and IN_A_WEEK + shift, suspended)

    assert found() == [("end", ACCOUNTS, numbers(suspended)[-1])]


def test_the_end_before_the_last_change_is_found_in_both_rows(suspended):
    later(suspended, 3)
    set_in(RESTRICTIONS, "ends_at", IN_A_WEEK, suspended)
    set_in(ACCOUNTS, "next_change_at", IN_A_WEEK, suspended)

    last, stopped = numbers(suspended)[-1], numbers(suspended)[-2]
    assert found() == [("end", RESTRICTIONS, last), ("end", ACCOUNTS, stopped)]


def test_an_account_in_service_that_would_change_by_itself_is_found(tampered):
    account = factories.make_account(tampered.acme, "A-8")
    set_in(ACCOUNTS, "next_change_at", IN_A_WEEK, account)

    assert found() == [("end", ACCOUNTS, account.status_number)]


def test_an_account_that_something_else_keeps_out_of_service_does_not_change_by_itself(suspended, tampered):
    """Held, then suspended for a week: no end is written, and none is missed."""
    account = factories.make_account(tampered.acme, "A-8")
    accounts.hold(account, actor=tampered.agent, reason="non_payment")
    account.refresh_from_db()
    accounts.suspend(account, actor=tampered.agent, kind="policy", reason="policy_breach", ends_at=IN_A_WEEK)
    account.refresh_from_db()
    assert account.next_change_at is None
    assert found() == []

    guards.remove(connection)
    set_in(ACCOUNTS, "next_change_at", IN_A_WEEK, suspended)
    set_in(RESTRICTIONS, "opened_entry", tampered.case.pk, account)
    assert ("end", RESTRICTIONS, None) in found()
