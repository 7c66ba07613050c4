"""A ledger whose guards were taken away, to be tampered with; what is done in one test is rolled back."""

from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django_scopes import scope, scopes_disabled

from accounts.ledger import guards
from accounts.ledger.verify import Totals, verify
from accounts.models import StatusChange
from reinstatements import services
from tests import factories

LEDGER = "accounts_statuschange"


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """An approved case and an account of another client, without guards: what an owner of the tables can do."""
    with django_db_blocker.unblock(), transaction.atomic(), scopes_disabled():
        acme, globex = factories.make_client("acme"), factories.make_client("globex")
        agent = factories.make_user("agent", (acme, "agent"))
        supervisor = factories.make_user("supervisor", (acme, "supervisor"))
        account = factories.suspend(factories.make_account(acme, "A-1", balance_minor=8420))
        case = factories.bring_to(account, "awaiting_approval", agent)
        services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
        factories.make_account(globex, "B-1")
        connection.check_constraints()
        guards.remove(connection)
        yield SimpleNamespace(acme=acme, globex=globex, agent=agent, supervisor=supervisor, case=case)
        transaction.set_rollback(True)


@pytest.fixture
def tampered(built, db):
    with scope(client=[built.acme.pk, built.globex.pk]):
        yield built


def found():
    """Put the guards back and return the problems as (kind, table, number of the entry)."""
    put_back()
    with scopes_disabled():
        return [(problem.kind, problem.table, problem.number) for problem in verify(Totals())]


def put_back():
    connection.check_constraints()
    guards.install(connection)


def entry(tampered, number):
    return StatusChange.objects.get(account=tampered.case.account_id, number=number)
