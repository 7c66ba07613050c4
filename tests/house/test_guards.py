"""A guard that was dropped, switched off or altered is missed, and the next ``migrate`` puts it back."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.checks import Tags, run_checks
from django.core.management import CommandError, call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import DatabaseError, connection, models, transaction

from accounts.ledger import guards, triggers
from accounts.models import Account
from tests.house.doors.forging import execute

pytestmark = pytest.mark.django_db
POSTGRESQL = connection.vendor == "postgresql"
TABLE = "accounts_statuschange"
GUARD = f"guard_{TABLE}_update" if POSTGRESQL else "guard_statuschange_update"
on_postgresql = pytest.mark.skipif(not POSTGRESQL, reason="PostgreSQL only")


def drop():
    execute(f"DROP TRIGGER {GUARD}" + (f" ON {TABLE}" if POSTGRESQL else ""))


def function(body, path="pg_catalog, pg_temp"):
    execute(
        f"CREATE OR REPLACE FUNCTION {GUARD}() RETURNS trigger LANGUAGE plpgsql SET search_path = {path} AS %s", body
    )


def body():
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [GUARD])
        return cursor.fetchone()[0]


def again(what):
    drop()
    execute(f"CREATE TRIGGER {GUARD} {what}")
    if POSTGRESQL:
        table = TABLE if f"ON {TABLE}" in what else "accounts_plan"
        execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {GUARD}")


SQLITE_BODY = "BEGIN SELECT RAISE(ABORT, 'A status change is never changed.'); END"
CALL = f"EXECUTE FUNCTION {GUARD}()"
ALTERED = {
    "dropped": drop,
    **(
        {
            "disabled": lambda: execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER {GUARD}"),
            "off while replicating": lambda: execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER {GUARD}"),
            "another function": lambda: function("BEGIN RETURN NEW; END"),
            "another search path": lambda: function(body(), "public"),
            "a condition": lambda: again(f"BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN (FALSE) {CALL}"),
            "another table": lambda: again(f"BEFORE UPDATE ON accounts_plan FOR EACH ROW {CALL}"),
            "once a statement": lambda: again(f"BEFORE UPDATE ON {TABLE} {CALL}"),
            "too late": lambda: again(f"AFTER UPDATE ON {TABLE} FOR EACH ROW {CALL}"),
        }
        if POSTGRESQL
        else {
            "a condition": lambda: again(f'BEFORE UPDATE ON "{TABLE}" FOR EACH ROW WHEN FALSE {SQLITE_BODY}'),
            "another table": lambda: again(f'BEFORE UPDATE ON "accounts_plan" FOR EACH ROW WHEN TRUE {SQLITE_BODY}'),
            "another answer": lambda: again(f'BEFORE UPDATE ON "{TABLE}" FOR EACH ROW WHEN TRUE BEGIN SELECT 1; END'),
        }
    ),
}


def warnings():
    return [message.msg for message in run_checks(tags=[Tags.database], databases=["default"]) if "W002" in message.id]


@pytest.mark.parametrize("how", ALTERED)
def test_a_guard_that_was_altered_is_missed_and_put_back(how):
    assert (guards.missing(connection), warnings()) == ([], [])

    ALTERED[how]()

    assert guards.missing(connection) == [GUARD]
    assert warnings() == [f"The database 'default' lacks the guard {GUARD}."]
    guards.install(connection)
    assert (guards.missing(connection), warnings()) == ([], [])


def test_a_guard_of_an_older_version_goes(db):
    if POSTGRESQL:
        execute("CREATE FUNCTION guard_old() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
        execute("CREATE TRIGGER guard_old BEFORE UPDATE ON accounts_plan FOR EACH ROW EXECUTE FUNCTION guard_old()")
    else:
        execute("CREATE TRIGGER guard_old BEFORE UPDATE ON accounts_plan BEGIN SELECT 1; END")
    drop()

    guards.install(connection)

    assert guards.catalogue(connection) == guards.wanted(connection)


def test_somebody_elses_trigger_on_a_guarded_table_is_named():
    assert guards.strangers(connection) == []
    if POSTGRESQL:
        execute("CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        execute(f"CREATE TRIGGER later BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION later()")
        execute("CREATE RULE nothing AS ON UPDATE TO accounts_account DO INSTEAD NOTHING")
        assert guards.strangers(connection) == ["later", "nothing"]
    else:
        execute(f"CREATE TRIGGER later BEFORE INSERT ON {TABLE} BEGIN SELECT RAISE(IGNORE); END")
        assert guards.strangers(connection) == ["later"]


def test_every_table_with_a_status_is_guarded():
    from accounts.models.base import StatusModel

    tables = {model._meta.db_table for model in apps.get_models() if issubclass(model, StatusModel)}
    guarded = {(guard.table, guard.event) for guard in guards.expected(connection.vendor)}
    assert {(table, event) for table in tables for event in triggers.EVENTS} <= guarded
    assert tables == {
        *("accounts_account", "accounts_membership"),
        "reinstatements_reinstatementrequest",
    }


def test_installing_again_touches_nothing(django_assert_num_queries):
    with django_assert_num_queries(2 if POSTGRESQL else 1):
        guards.install(connection)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_migrate_puts_the_guards_back():
    drop()

    call_command("migrate", verbosity=0)

    assert guards.missing(connection) == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_migration_that_rebuilds_a_table_leaves_it_guarded():
    """SQLite copies the table and drops the old one, with its triggers. ``migrate`` sends a signal before and after."""
    told = {"verbosity": 0, "interactive": False, "db": connection.alias}
    before = Account._meta.get_field("number")
    after = models.CharField(max_length=before.max_length + 1)
    after.set_attributes_from_name("number")
    emit_pre_migrate_signal(**told)
    with connection.schema_editor() as editor:
        editor.alter_field(Account, before, after)
        editor.alter_field(Account, after, before)
    assert (guards.missing(connection) == []) == POSTGRESQL
    emit_post_migrate_signal(**told)

    assert guards.missing(connection) == []


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_postgresql_is_guarded_while_it_migrates(acme):
    """What is asked between the two signals is refused: the desk goes on working during a deployment."""
    from django.db.models.signals import post_migrate, pre_migrate

    refused = []

    def attempt(**kwargs):
        try:
            with transaction.atomic():
                execute("UPDATE accounts_client SET head_number = 99")
        except DatabaseError:
            refused.append(True)

    for signal in (pre_migrate, post_migrate):
        signal.connect(attempt)
    try:
        call_command("migrate", verbosity=0)
    finally:
        for signal in (pre_migrate, post_migrate):
            signal.disconnect(attempt)

    assert set(refused) == {True}
    assert len(refused) >= 2


class TestDatabaseRoles:
    """``database_roles`` grants no more than the services use."""

    def test_sqlite_has_none(self):
        if not POSTGRESQL:
            with pytest.raises(CommandError, match="PostgreSQL"):
                call_command("database_roles", "desk")

    @on_postgresql
    def test_it_prints_what_it_would_do(self):
        execute("CREATE ROLE desk_printed")
        said = StringIO()

        call_command("database_roles", "desk_printed", stdout=said)

        lines = said.getvalue()
        for table in ("accounts_statuschange", "accounts_accessrecord", "reinstatements_approval"):
            assert f'GRANT SELECT, INSERT ON "public"."{table}" TO "desk_printed";' in lines
        assert 'GRANT SELECT, INSERT, UPDATE ON "public"."accounts_account" TO "desk_printed";' in lines
        assert 'GRANT SELECT ON "public"."django_migrations" TO "desk_printed";' in lines
        assert "TRUNCATE" not in lines
        assert not has_right("desk_printed", "accounts_account", "SELECT")

    @on_postgresql
    def test_it_takes_away_what_was_granted_before(self):
        execute("CREATE ROLE desk_granted")
        execute("GRANT ALL ON accounts_statuschange TO desk_granted")

        call_command("database_roles", "desk_granted", apply=True, stdout=StringIO(), stderr=StringIO())

        rights = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")
        found = [right for right in rights if has_right("desk_granted", "accounts_statuschange", right)]
        assert found == ["SELECT", "INSERT"]

    @on_postgresql
    @pytest.mark.parametrize("role", ["postgres", "nobody_at_all", 'x"; DROP TABLE accounts_plan; --'])
    def test_it_refuses_a_role_that_no_grant_binds(self, role):
        with pytest.raises(CommandError, match=r"no role|no GRANT binds"):
            call_command("database_roles", role, apply=True)


def has_right(role, table, right):
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [role, table, right])
        return cursor.fetchone()[0]
