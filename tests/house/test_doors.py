import copy
import secrets
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django_scopes import scope, scopes_disabled

from accounts.ledger import guards
from accounts.ledger.verify import Totals, verify
from accounts.models import User
from accounts.services import staff
from reinstatements import services
from tests import factories
from tests.house.doors import (  # noqa: F401
    DOORS,
    appeals,
    approvals,
    automatic,
    confirmations,
    endings,
    ends,
    entries,
    furnish,
    memberships,
    merges,
    pieces,
    places,
    policies,
    python,
    returns,
    shell,
    waivers,
    webhooks,
)
from tests.house.doors.forging import RECORD, approve, execute, fingerprint, forge, move

pytestmark = pytest.mark.django_db
ROLES = connection.vendor == "postgresql"
needs_roles = pytest.mark.skipif(not ROLES, reason="SQLite has no roles")


@pytest.fixture(scope="module")
def furnished(django_db_setup, django_db_blocker):
    """One desk for all doors: what is tried at each is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic(), scopes_disabled():
        desk = furnish()
        connection.check_constraints()
        desk.application = application() if ROLES else ""
        yield desk, fingerprint()
        transaction.set_rollback(True)


@pytest.fixture
def desk(furnished, db):
    with scope(client=[furnished[0].acme.pk, furnished[0].globex.pk]):
        yield copy.deepcopy(furnished[0])
        if connection.vendor == "sqlite":
            execute("PRAGMA recursive_triggers = ON")


def walk_through(door, desk):
    with transaction.atomic():
        door.attempt(desk)
        connection.check_constraints()


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
@pytest.mark.requirement("R47", "R61", "R127")
def test_a_door_is_shut(furnished, desk, door):
    with pytest.raises(DatabaseError, match=door.message):
        walk_through(door, desk)

    assert fingerprint() == furnished[1]


@pytest.mark.parametrize("door", DOORS if ROLES else [], ids=lambda door: door.name)
def test_a_door_is_shut_for_the_application(furnished, desk, door):
    """The same as a role that does not own the tables: refused by its rights, or by the guards like everybody."""
    become_application(desk)

    with pytest.raises(DatabaseError, match=f"{door.message}|permission denied|must be (owner|superuser)"):
        walk_through(door, desk)

    execute("RESET ROLE")
    assert fingerprint() == furnished[1]


def test_every_guard_has_a_door(desk):
    """A guard that nobody runs into may as well not stand there."""
    answers = []
    for door in DOORS:
        try:
            walk_through(door, copy.deepcopy(desk))
        except DatabaseError as error:
            answers.append(str(error))
    kept = {model._meta.db_table for model in (*RECORD, User)}
    guarding = [guard for guard in guards.expected(connection.vendor) if guard.table in kept]

    assert [guard.name for guard in guarding if not any(guard.message in answer for answer in answers)] == []


def application():
    """Make the role as which the application connects in production, and return its name."""
    role = f"desk_{secrets.token_hex(4)}"
    execute(f"CREATE ROLE {role}")
    call_command("database_roles", role, apply=True, stdout=StringIO(), stderr=StringIO())
    return role


def become_application(desk):
    connection.check_constraints()
    execute(f"SET LOCAL ROLE {desk.application}")


@needs_roles
def test_the_application_can_do_all_that_it_should(desk):
    become_application(desk)

    account = factories.suspend(factories.make_account(desk.acme, "A-9", balance_minor=8420))
    case = factories.bring_to(account, "awaiting_approval", desk.agent)
    services.approve(case, actor=desk.supervisor, reason="paid", seen=factories.seen(case))

    account.refresh_from_db()
    assert account.status == "active"
    assert list(verify(Totals(), desk.acme.pk)) == []


def test_the_forgeries_are_good(desk):
    """Where nothing is wrong the same statements pass, so what is refused is refused for what is wrong."""
    move(desk.active, forge(desk.active, desk.agent, "active", "on_hold"))
    approved = approve(desk.case, desk.supervisor)
    cause = {"caused_by": ("entry", approved.uid)}
    move(desk.suspended, forge(desk.suspended, desk.supervisor, "suspended", "active", **cause))
    second = factories.bring_to(desk.other, "awaiting_approval", desk.agent)
    approve(second, desk.supervisor)
    connection.check_constraints()

    assert [row.status for row in map(fresh, (desk.active, desk.suspended, desk.case, second))] == [
        "on_hold",
        "active",
        "approved",
        "approved",
    ]
    assert list(verify(Totals(), desk.acme.pk)) == []


def test_a_rule_decides_what_it_has_opened(desk):
    system = staff.ensure_system_user()
    case = automatic.opened(desk, system, "paid_in_full")
    automatic.decided(case, system, "paid_in_full")
    connection.check_constraints()

    assert fresh(case).status == "approved"


def test_a_history_comes_in_one_piece(desk):
    pieces.put_good(desk)
    connection.check_constraints()

    assert fresh(desk.other).status == "active"
    assert list(verify(Totals(), desk.acme.pk)) == []


def fresh(row):
    return type(row).objects.get(pk=row.pk)
