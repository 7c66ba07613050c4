"""Whoever passes the guards, with the rights of an owner, is found by ``verify_ledger``, and the row is named."""

import hashlib
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_scopes import scopes_disabled

from accounts.ledger import guards
from accounts.ledger.verify import Totals, verify
from accounts.models import Disclosure, StatusChange
from reinstatements import services
from tests import factories
from tests.house.doors.forging import entry_of, execute, move, move_head, rewrite, write

pytestmark = pytest.mark.usefixtures("scoped")


@pytest.fixture
def case(awaiting_approval, supervisor):
    services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval))
    return awaiting_approval


@pytest.fixture
def unguarded(case, globex):
    """What an owner of the tables can do: take the guards away, and put them back afterwards."""
    factories.make_account(globex, "B-1")
    connection.check_constraints()
    guards.remove(connection)
    return case


def found():
    """Put the guards back and return the problems as (kind, table, number of the entry)."""
    connection.check_constraints()
    guards.install(connection)
    with scopes_disabled():
        return [(problem.kind, problem.table, problem.number) for problem in verify(Totals())]


def entry(case, number):
    return StatusChange.objects.get(account=case.account_id, number=number)


LEDGER = "accounts_statuschange"


@pytest.mark.requirement("R130")
def test_a_sound_ledger_holds(case, globex):
    factories.make_account(globex)
    totals = Totals()
    with scopes_disabled():
        assert list(verify(totals)) == []
        entries = StatusChange.objects.count()

    # Two clients and two accounts; the texts: a note, a statement and three pieces of evidence.
    assert totals == Totals(chains=4, entries=entries, opened=5, erased=0)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("from_status", "pending"),
        ("to_status", "closed"),
        ("action", "other"),
        ("reason", "other"),
        ("origin", "import"),
        ("rule", "other"),
        ("case_hash", "0" * 64),
        ("occurred_at", "2020-01-01 00:00:00+00"),
        ("recorded_at", "2020-01-01 00:00:00+00"),
        ("caused_by", "01930000000070008000000000000001"),
        ("on_behalf_id", None),
    ],
)
def test_an_edited_column_is_found(unguarded, agent, column, value):
    execute(f"UPDATE {LEDGER} SET {column} = %s WHERE id = %s", value or agent.pk, entry(unguarded, 4).pk)

    assert found() == [("column", LEDGER, 4)]


def test_edited_bytes_are_found(unguarded):
    body = bytes(entry(unguarded, 3).body).replace(b'"action":"suspend"', b'"action":"suspenD"')
    execute(f"UPDATE {LEDGER} SET body = %s WHERE id = %s", body, entry(unguarded, 3).pk)

    assert found() == [("hash", LEDGER, 3), ("column", LEDGER, 3)]


def test_edited_bytes_with_a_fitting_hash_and_column_are_found_by_the_next_entry(unguarded):
    rewrite(entry(unguarded, 3), reason="other")
    execute(f"UPDATE {LEDGER} SET reason = 'other' WHERE id = %s", entry(unguarded, 3).pk)

    assert found() == [("link", LEDGER, 4)]


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", b"null", b'{"v":1}', b'{"subject":3}', b"NaN", b"[" * 5000], ids=repr
)
def test_bytes_that_are_no_entry_are_found(unguarded, data):
    row = entry(unguarded, 4)
    execute(f"UPDATE {LEDGER} SET body = %s, hash = %s WHERE id = %s", data, hashlib.sha256(data).digest(), row.pk)

    assert ("format", LEDGER, 4) in found()


@pytest.mark.parametrize("change", [{"v": 2}, {"v": True}, {"more": 1}, {"id": "{0}"}, {"occurred_at": "2026-01-01"}])
def test_an_entry_in_another_form_is_found(unguarded, change):
    rewrite(entry(unguarded, 4), **change)

    assert ("format", LEDGER, 4) in found()


def test_a_deleted_entry_is_found(unguarded):
    execute("DELETE FROM accounts_disclosure WHERE entry_uid = %s", entry(unguarded, 3).uid)
    execute(f"DELETE FROM {LEDGER} WHERE id = %s", entry(unguarded, 3).pk)

    assert ("gap", LEDGER, 4) in found()


def test_the_last_entry_deleted_is_found(unguarded):
    last = unguarded.account.entries.order_by("-number")[0]
    execute(f"DELETE FROM {LEDGER} WHERE id = %s", last.pk)

    problems = found()
    assert ("head", "accounts_account", last.number - 1) in problems
    assert ("row", "reinstatements_reinstatementrequest", None) in problems


def test_swapped_entries_are_found(unguarded):
    first, second = entry(unguarded, 4), entry(unguarded, 5)
    for number, row in ((99, first), (4, second), (5, first)):
        execute(f"UPDATE {LEDGER} SET number = %s WHERE id = %s", number, row.pk)

    assert [problem for problem in found() if problem[2] in (4, 5)][:2] == [("column", LEDGER, 4), ("link", LEDGER, 4)]


def test_an_entry_inserted_behind_the_head_is_found(unguarded, agent):
    account = unguarded.account
    account.refresh_from_db()
    row = write(entry_of(account, agent, "active", "active"))

    assert found() == [("head", "accounts_account", row.number)]


def test_an_entry_of_an_account_that_is_not_there_is_found(unguarded, agent, acme):
    row = entry_of(unguarded.account, agent, "", "pending", account_id=acme.pk, number=1, subject=("account", acme.pk))
    with connection.constraint_checks_disabled():
        write(row)
        if connection.vendor == "postgresql":
            execute("SET CONSTRAINTS ALL DEFERRED")
    with scopes_disabled():
        problems = {(problem.kind, problem.account_id) for problem in verify(Totals()) if problem.kind != "guard"}
    execute(f"DELETE FROM {LEDGER} WHERE uid = %s", row.uid)

    assert {kind for kind, _account in problems} == {"head", "link", "lost"}


def test_a_status_without_an_entry_is_found(unguarded):
    execute("UPDATE accounts_account SET status = 'closed' WHERE id = %s", unguarded.account_id)

    assert found() == [("row", "accounts_account", None)]


def test_a_status_of_another_entry_is_found(unguarded):
    execute("UPDATE reinstatements_reinstatementrequest SET status_number = 4 WHERE id = %s", unguarded.pk)

    assert found() == [("row", "reinstatements_reinstatementrequest", None)]


def test_a_deleted_row_is_found(unguarded):
    execute("DELETE FROM accounts_membership WHERE account_id = %s", unguarded.account_id)

    assert found() == [("lost", LEDGER, 2)]


def test_a_row_that_nobody_opened_is_found(unguarded):
    execute(
        """INSERT INTO accounts_membership (id, client_id, account_id, plan_id, status, status_number)
        SELECT account_id, client_id, account_id, plan_id, status, status_number FROM accounts_membership"""
    )

    assert ("row", "accounts_membership", None) in found()


def test_an_account_moved_to_another_client_is_found(unguarded, globex):
    execute("UPDATE accounts_account SET client_id = %s WHERE id = %s", globex.pk, unguarded.account_id)

    assert ("client", LEDGER, 1) in found()


@pytest.mark.parametrize("column", ["head_number", "head_hash"])
def test_another_head_is_found(unguarded, column):
    value = 3 if column == "head_number" else b"x"
    execute(f"UPDATE accounts_account SET {column} = %s WHERE id = %s", value, unguarded.account_id)
    execute(f"UPDATE accounts_client SET {column} = %s WHERE code = 'acme'", value)

    assert [kind for kind, table, _number in found()] == ["head", "head"]


def test_a_return_to_service_without_a_case_is_found(unguarded, supervisor):
    account = factories.suspend(unguarded.account)
    cause = {"caused_by": ("entry", account.entries.get(to_status="approved").uid)}
    execute("DROP INDEX approval_reinstates_a_subject_once")
    move(account, move_head(write(entry_of(account, supervisor, "suspended", "active", **cause))))

    assert [kind for kind, _table, _number in found()] == ["cause"]


def test_a_status_that_the_machine_does_not_know_is_found(unguarded, supervisor):
    account = unguarded.account
    account.refresh_from_db()
    move(account, move_head(write(entry_of(account, supervisor, "active", "merged"))))

    assert [kind for kind, _table, _number in found()] == ["pair"]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE accounts_disclosure SET ciphertext = salt", "words"),
        ("UPDATE accounts_disclosure SET salt = hash FROM accounts_statuschange", "words"),
        ("UPDATE accounts_disclosure SET field = 'other' WHERE field = 'note'", "unbound"),
        ("DELETE FROM accounts_disclosure WHERE field = 'note'", "missing"),
        ("DELETE FROM accounts_subjectkey", "key"),
        ("UPDATE accounts_subjectkey SET wrapped = %s", "key"),
        ("UPDATE accounts_account SET erased_at = '2026-01-01 00:00:00+00'", "erased"),
    ],
)
def test_words_that_were_tampered_with_are_found(unguarded, statement, kind):
    execute(statement, *([b"x"] if "%s" in statement else []))

    assert found()[0][0] == kind


def test_a_text_that_moved_to_another_entry_is_found(unguarded):
    texts = list(Disclosure.objects.filter(account=unguarded.account_id, field="evidence")[:2])
    execute("UPDATE accounts_disclosure SET ciphertext = %s, salt = %s WHERE id = %s", bytes(texts[0].ciphertext),
            bytes(texts[0].salt), texts[1].pk)  # fmt: skip

    assert [kind for kind, _table, _number in found()] == ["words"]


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE reinstatements_approval SET facts = '{}'", "reinstatements_approval"),
        ("UPDATE reinstatements_approval SET case_hash = 'x'", "reinstatements_approval"),
        ("UPDATE reinstatements_approval SET entry = case_id", "reinstatements_approval"),
        ("DELETE FROM reinstatements_approval", LEDGER),
        ("UPDATE reinstatements_approval SET level = 1", LEDGER),
        ("DELETE FROM reinstatements_participation", "reinstatements_participation"),
        (
            "UPDATE reinstatements_participation SET person_id = (SELECT person_id FROM reinstatements_approval)",
            "reinstatements_approval",
        ),
        ("UPDATE reinstatements_check SET outcome = 'failed'", "reinstatements_check"),
        ("UPDATE reinstatements_check SET evidence_digest = ''", "reinstatements_check"),
        ("UPDATE reinstatements_check SET facts = '{}'", "reinstatements_check"),
        ("UPDATE reinstatements_check SET entry = case_id", "reinstatements_check"),
    ],
)
def test_a_decision_that_was_tampered_with_is_found(unguarded, statement, table):
    execute(statement)

    assert table in [table for _kind, table, _number in found()]


def test_guards_that_are_missing_are_found(unguarded):
    with scopes_disabled():
        kinds = {problem.kind for problem in verify(Totals())}

    assert kinds == {"guard"}


def test_the_command_names_the_row_and_fails(unguarded):
    execute("UPDATE accounts_account SET status = 'closed' WHERE id = %s", unguarded.account_id)
    execute(f"UPDATE {LEDGER} SET reason = 'other' WHERE id = %s", entry(unguarded, 4).pk)
    guards.install(connection)
    said = StringIO()

    with pytest.raises(CommandError, match="2 problems"):
        call_command("verify_ledger", client="acme", stdout=said, no_color=True)

    assert said.getvalue().splitlines()[:2] == [
        f"{LEDGER}, client acme, account {unguarded.account_id}, entry 4: "
        f"The column reason is other, the bytes say paid.",
        f"accounts_account, client acme, account {unguarded.account_id}: "
        f"The account is closed, the ledger says active (entry 12).",
    ]


def test_the_command_looks_at_one_client_when_it_is_told_to(unguarded):
    execute("UPDATE accounts_account SET status = 'closed' WHERE id = %s", unguarded.account_id)
    guards.install(connection)
    said = StringIO()

    call_command("verify_ledger", client="globex", stdout=said)

    assert "2 chains" in said.getvalue()
    assert "checkpoint" in said.getvalue()
    with pytest.raises(CommandError, match="No client has the code 'nobody'"):
        call_command("verify_ledger", client="nobody")
