"""The guards themselves: what is taken away or altered is named, and a migration puts it back."""

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection

from accounts.ledger import guards

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ENTRY_TABLE = "accounts_statuschange"


@pytest.fixture(autouse=True)
def put_back():
    yield
    guards.remove(connection)
    guards.install(connection)


def execute(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def a_guard():
    """A guard of the ledger's own table, as this database names it."""
    return "guard_statuschange_update" if connection.vendor == "sqlite" else f"guard_{ENTRY_TABLE}_update"


def drop():
    on = "" if connection.vendor == "sqlite" else f' ON "{ENTRY_TABLE}"'
    execute(f'DROP TRIGGER "{a_guard()}"{on}')


def test_all_guards_stand_after_a_migration():
    assert guards.missing(connection) == []
    assert [found for found in run_checks(databases=["default"]) if found.id == "reinstate.W002"] == []


def test_a_guard_that_was_dropped_is_named_and_put_back_by_migrate():
    drop()
    assert guards.missing(connection) == [a_guard()]
    assert [found.id for found in run_checks(databases=["default"]) if a_guard() in found.msg] == ["reinstate.W002"]

    call_command("migrate", verbosity=0)
    assert guards.missing(connection) == []


def test_a_guard_that_was_altered_is_named():
    drop()
    if connection.vendor == "sqlite":
        execute(
            f'CREATE TRIGGER "{a_guard()}" BEFORE UPDATE ON "{ENTRY_TABLE}" FOR EACH ROW WHEN FALSE'
            " BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    else:
        execute(
            f"CREATE OR REPLACE FUNCTION {a_guard()}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
            f'CREATE TRIGGER "{a_guard()}" BEFORE UPDATE ON "{ENTRY_TABLE}"'
            f" FOR EACH ROW EXECUTE FUNCTION {a_guard()}()",
            f'ALTER TABLE "{ENTRY_TABLE}" ENABLE ALWAYS TRIGGER "{a_guard()}"',
        )
    assert guards.missing(connection) == [a_guard()]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite cannot disable a trigger")
def test_a_guard_that_was_disabled_is_named():
    execute(f'ALTER TABLE "{ENTRY_TABLE}" DISABLE TRIGGER "{a_guard()}"')
    assert guards.missing(connection) == [a_guard()]
    execute(f'ALTER TABLE "{ENTRY_TABLE}" ENABLE TRIGGER "{a_guard()}"')
    assert guards.missing(connection) == [a_guard()]
