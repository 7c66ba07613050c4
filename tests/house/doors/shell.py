"""Doors that whoever has a database shell has."""

from django.db import connection

from accounts.ledger import sql
from accounts.models import Membership
from tests.house.doors import door
from tests.house.doors.forging import entry_of, execute, forge, move, write

UNKNOWN = "does not know this change"
STANDS = "stands in the way|no opening entry"
TABLES = (
    *("accounts_account", "accounts_membership", "accounts_statuschange", "accounts_disclosure"),
    *("accounts_subjectkey", "accounts_accessrecord", "accounts_restriction", "reinstatements_reinstatementrequest"),
    *("reinstatements_approval", "reinstatements_participation"),
)


def met(rows):
    assert rows, "the statement met no row"


@door(UNKNOWN)
def update_of_a_status(desk):
    met(execute("UPDATE accounts_account SET status = 'active' WHERE id = %s", desk.suspended.pk))


@door(UNKNOWN)
def update_of_a_status_number(desk):
    met(execute("UPDATE accounts_account SET status_number = 99 WHERE id = %s", desk.suspended.pk))


@door(UNKNOWN)
def update_of_a_case(desk):
    met(execute("UPDATE reinstatements_reinstatementrequest SET status = 'approved' WHERE id = %s", desk.case.pk))


@door("change of membership status")
def update_of_a_membership(desk):
    met(execute("UPDATE accounts_membership SET status = 'suspended' WHERE account_id = %s", desk.active.pk))


@door("never deleted")
def delete_of_a_membership(desk):
    met(execute("DELETE FROM accounts_membership WHERE account_id = %s", desk.active.pk))


@door("never deleted")
def delete_of_a_case(desk):
    met(execute("DELETE FROM reinstatements_reinstatementrequest WHERE id = %s", desk.case.pk))


@door("keeps its key")
def client_with_another_key(desk):
    execute("UPDATE accounts_client SET id = %s WHERE id = %s", desk.agent.pk, desk.acme.pk)


NAMES = ", ".join(
    field.column for field in Membership._meta.concrete_fields if field.name not in ("id", "status", "status_number")
)
COPY = f"""INSERT {{how}} INTO accounts_membership (id, status, status_number, {NAMES})
    SELECT {{id}}, 'suspended', status_number, {NAMES} FROM accounts_membership
    WHERE account_id = %s {{conflict}}"""


@door("no opening entry")
def insert(desk):
    met(execute(COPY.format(how="", id="account_id", conflict=""), desk.suspended.pk))


@door(f"{STANDS}|change of membership status")
def upsert(desk):
    conflict = "ON CONFLICT (id) DO UPDATE SET status = 'active'"
    met(execute(COPY.format(how="", id="id", conflict=conflict), desk.suspended.pk))


@door("never deleted|foreign key")
def delete(desk):
    met(execute("DELETE FROM accounts_account WHERE id = %s", desk.suspended.pk))


@door("stays where it was opened")
def account_of_another_client(desk):
    execute("UPDATE accounts_account SET client_id = %s WHERE id = %s", desk.globex.pk, desk.active.pk)


@door("stays where it was opened")
def membership_of_another_account(desk):
    execute("UPDATE accounts_membership SET account_id = %s WHERE account_id = %s", desk.active.pk, desk.other.pk)


@door("stays where it was opened")
def case_of_another_account(desk):
    execute("UPDATE reinstatements_reinstatementrequest SET account_id = %s", desk.active.pk)


@door("head of a chain")
def head_set_back(desk):
    execute("UPDATE accounts_account SET head_number = 1 WHERE id = %s", desk.suspended.pk)


@door("head of a chain")
def head_with_another_hash(desk):
    execute("UPDATE accounts_account SET head_hash = %s WHERE id = %s", b"", desk.suspended.pk)


@door("head of a chain")
def head_of_a_client(desk):
    execute("UPDATE accounts_client SET head_number = 0, head_hash = %s", b"")


@door("never deleted|foreign key")
def client_with_its_record(desk):
    execute("DELETE FROM accounts_client WHERE id = %s", desk.acme.pk)


@door("one person for good")
def key_of_somebody_else(desk):
    fresh = desk.acme.pk
    met(execute("UPDATE accounts_subjectkey SET account_id = %s WHERE account_id = %s", fresh, desk.other.pk))


@door("after their data was erased")
def new_key_for_an_erased_person(desk):
    """The key goes by the rules, and another comes."""
    forge(desk.other, desk.agent, "suspended", "suspended", action="subject.erased")
    met(execute("DELETE FROM accounts_subjectkey WHERE account_id = %s", desk.other.pk))
    text = "INSERT INTO accounts_subjectkey (account_id, wrapped, created_at) VALUES (%s, %s, '2026-01-01')"
    execute(text, desk.other.pk, b"x")


def replacing(statement):
    """Return an attempt with SQLite's REPLACE, which fires no delete trigger on a connection like this."""

    def attempt(desk):
        execute("PRAGMA recursive_triggers = OFF")
        met(execute(statement, desk.suspended.pk))

    return attempt


for how in ("OR REPLACE", "OR IGNORE", "OR FAIL", "OR ROLLBACK"):
    if how != "OR ROLLBACK":  # it ends the test's own transaction
        copy = replacing(COPY.format(how=how, id="id", conflict=""))
        copy.__name__ = f"insert_{how.lower().replace(' ', '_')}"
        door(STANDS, vendor="sqlite")(copy)
        change = replacing(f"UPDATE {how} accounts_account SET status = 'active' WHERE id = %s")
        change.__name__ = f"update_{how.lower().replace(' ', '_')}"
        door(UNKNOWN, vendor="sqlite")(change)


@door("stands in the way", vendor="sqlite")
def replacing_a_row_by_its_row_number(desk):
    execute("PRAGMA recursive_triggers = OFF")
    victim = "(SELECT rowid FROM reinstatements_participation LIMIT 1)"
    execute(
        f"""INSERT OR REPLACE INTO reinstatements_participation
        (rowid, id, client_id, case_id, person_id, user_id, part, created_at)
        SELECT {victim}, %s, %s, %s, %s, %s, 'worked', '2026-01-01'""",
        *(desk.acme.pk, desk.acme.pk, desk.case.pk, desk.supervisor.person_id, desk.supervisor.pk),
    )


@door("stands in the way", vendor="sqlite")
def moving_a_row_onto_another(desk):
    execute("PRAGMA recursive_triggers = OFF")
    execute(
        """UPDATE OR REPLACE accounts_account SET rowid = (SELECT rowid FROM accounts_account WHERE id = %s)
        WHERE id = %s""",
        *(desk.suspended.pk, desk.other.pk),
    )


@door("stands in the way", vendor="sqlite")
def replacing_by_another_unique_column(desk):
    execute("PRAGMA recursive_triggers = OFF")
    execute("UPDATE OR REPLACE accounts_account SET number = 'A-2' WHERE number = 'A-1'")


@door("stands in the way", vendor="sqlite")
def replacing_an_entry(desk):
    execute("PRAGMA recursive_triggers = OFF")
    execute(
        "REPLACE INTO accounts_statuschange SELECT * FROM accounts_statuschange WHERE account_id = %s", desk.other.pk
    )


@door("stands in the way", vendor="sqlite")
def replacing_a_key(desk):
    execute("PRAGMA recursive_triggers = OFF")
    execute("REPLACE INTO accounts_subjectkey SELECT account_id, %s, created_at FROM accounts_subjectkey", b"x")


@door(UNKNOWN)
def temporary_ledger_in_front_of_the_real_one(desk):
    """The entry that the guard looks for stands in a table of the same name that only this session sees."""
    execute("CREATE TEMPORARY TABLE shadow AS SELECT * FROM accounts_statuschange WHERE account_id IS NULL")
    entry = entry_of(desk.suspended, desk.agent, "suspended", "active")
    execute("ALTER TABLE shadow RENAME TO accounts_statuschange")
    write(entry) if connection.vendor == "sqlite" else execute_into_shadow(entry)
    table = "main.accounts_account" if connection.vendor == "sqlite" else "accounts_account"
    text = f"UPDATE {table} SET status = 'active', status_number = %s WHERE id = %s"
    met(execute(text, entry.number, desk.suspended.pk))


def execute_into_shadow(entry):
    entry.id = 1
    columns = entry._meta.concrete_fields
    execute(
        f"INSERT INTO pg_temp.accounts_statuschange ({', '.join(field.column for field in columns)})"
        f" VALUES ({', '.join(['%s'] * len(columns))})",
        *(field.get_db_prep_save(getattr(entry, field.attname), connection) for field in columns),
    )


@door("never emptied", vendor="postgresql")
def truncate(desk):
    execute("TRUNCATE accounts_client CASCADE")


def truncating(table):
    def attempt(desk):
        execute(f"TRUNCATE {table} CASCADE")

    attempt.__name__ = f"truncate_{table}"
    return attempt


for table in TABLES:
    door("never emptied", vendor="postgresql")(truncating(table))


@door(UNKNOWN, vendor="postgresql")
def replication_role(desk):
    execute("SET LOCAL session_replication_role = replica")
    execute("UPDATE accounts_account SET status = 'active' WHERE id = %s", desk.suspended.pk)


@door("never changed", vendor="postgresql")
def replication_role_on_an_entry(desk):
    execute("SET LOCAL session_replication_role = replica")
    execute("UPDATE accounts_statuschange SET to_status = 'active' WHERE account_id = %s", desk.suspended.pk)


@door("no opening entry", vendor="postgresql")
def copy_from(desk):
    membership = Membership(client=desk.acme, account=desk.other, plan=desk.acme.plans.get(), status_number=1)
    membership.__dict__["status"] = "active"
    row = sql.insert(membership).params
    columns = ", ".join(field.column for field in sql.insert_fields(Membership))
    statement = f"COPY accounts_membership ({columns}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write_row(row)


@door(UNKNOWN, vendor="postgresql")
def operator_that_calls_everything_equal(desk):
    execute("CREATE SCHEMA evil")
    execute("CREATE FUNCTION evil.yes(varchar, varchar) RETURNS boolean LANGUAGE sql AS 'SELECT true'")
    execute("CREATE FUNCTION evil.no(varchar, varchar) RETURNS boolean LANGUAGE sql AS 'SELECT false'")
    execute("CREATE OPERATOR evil.= (FUNCTION = evil.yes, LEFTARG = varchar, RIGHTARG = varchar)")
    execute("CREATE OPERATOR evil.<> (FUNCTION = evil.no, LEFTARG = varchar, RIGHTARG = varchar)")
    execute("SET LOCAL search_path = evil, public, pg_catalog")
    execute("UPDATE accounts_account SET status = 'active' WHERE id = %s", desk.suspended.pk)


@door(UNKNOWN, vendor="postgresql")
def table_that_inherits_from_the_ledger(desk):
    entry = entry_of(desk.suspended, desk.agent, "suspended", "active")
    execute("CREATE TABLE child () INHERITS (accounts_statuschange)")
    execute(
        "CREATE TEMPORARY TABLE words AS SELECT * FROM accounts_statuschange WHERE account_id = %s LIMIT 1",
        desk.other.pk,
    )
    execute(
        "UPDATE words SET account_id = %s, number = %s, subject_id = %s, from_status = 'suspended',"
        " to_status = 'active', caused_by = %s",
        *(desk.suspended.pk, entry.number, desk.suspended.pk, desk.approved.uid),
    )
    execute("INSERT INTO child SELECT * FROM words")
    move(desk.suspended, entry)
