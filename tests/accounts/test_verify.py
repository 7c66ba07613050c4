"""Whoever passes the guards, with the rights of an owner, is found by ``verify_ledger``, and the row is named."""

import hashlib
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_scopes import scopes_disabled

from accounts.ledger import guards
from accounts.ledger.verify import Totals, verify
from accounts.models import Membership, StatusChange
from tests import factories
from tests.accounts.tampering import LEDGER, entry, found, put_back
from tests.house.doors.forging import entry_of, execute, move, move_head, rewrite, write

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("R130")
def test_a_sound_ledger_holds(tampered):
    guards.install(connection)
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
        ("recorded_at", "2030-01-01 00:00:00+00"),
        ("caused_by", "01930000000070008000000000000001"),
        ("on_behalf_id", None),
    ],
)
def test_an_edited_column_is_found(tampered, column, value):
    execute(f"UPDATE {LEDGER} SET {column} = %s WHERE id = %s", value or tampered.agent.pk, entry(tampered, 4).pk)

    assert found() == [("column", LEDGER, 4)]


def test_a_kind_of_cause_beside_no_cause_is_found(tampered):
    execute(f"UPDATE {LEDGER} SET caused_by_type = 'case' WHERE id = %s", entry(tampered, 3).pk)

    assert found() == [("column", LEDGER, 3)]


def test_a_word_that_brings_a_part_of_its_own_along_is_found(tampered):
    row = entry(tampered, 4)
    data = bytes(row.body).replace(b'"reason":"', b'"reason":"other","reason":"')
    words = f'other","reason":"{row.reason}'
    changed = f"UPDATE {LEDGER} SET body = %s, hash = %s, reason = %s WHERE id = %s"
    execute(changed, data, hashlib.sha256(data).digest(), words, row.pk)

    assert ("format", LEDGER, 4) in found()


def test_edited_bytes_are_found(tampered):
    body = bytes(entry(tampered, 3).body).replace(b'"action":"suspend"', b'"action":"suspenD"')
    execute(f"UPDATE {LEDGER} SET body = %s WHERE id = %s", body, entry(tampered, 3).pk)

    assert found() == [("hash", LEDGER, 3), ("column", LEDGER, 3)]


def test_edited_bytes_with_a_fitting_hash_and_column_are_found_by_the_next_entry(tampered):
    rewrite(entry(tampered, 3), reason="other")
    execute(f"UPDATE {LEDGER} SET reason = 'other' WHERE id = %s", entry(tampered, 3).pk)

    assert found() == [("link", LEDGER, 4)]


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"\xff", b"null", b'{"v":1}', b'{"subject":3}', b"NaN", b"[" * 5000],
    ids=lambda data: repr(data[:12]),
)
def test_bytes_that_are_no_entry_are_found(tampered, data):
    row = entry(tampered, 4)
    execute(f"UPDATE {LEDGER} SET body = %s, hash = %s WHERE id = %s", data, hashlib.sha256(data).digest(), row.pk)

    assert ("format", LEDGER, 4) in found()


@pytest.mark.parametrize("change", [{"v": 2}, {"v": True}, {"more": 1}, {"id": "{0}"}, {"occurred_at": "2026-01-01"}])
def test_an_entry_in_another_form_is_found(tampered, change):
    rewrite(entry(tampered, 4), **change)

    assert ("format", LEDGER, 4) in found()


def test_a_chain_that_begins_with_something_else_is_found(tampered):
    rewrite(entry(tampered, 1), subject=["user", str(tampered.agent.pk)])

    assert ("begin", LEDGER, 1) in found()


def test_a_deleted_entry_is_found(tampered):
    execute("DELETE FROM accounts_disclosure WHERE entry_uid = %s", entry(tampered, 3).uid)
    execute(f"DELETE FROM {LEDGER} WHERE id = %s", entry(tampered, 3).pk)

    assert ("gap", LEDGER, 4) in found()


def test_the_last_entry_deleted_is_found(tampered):
    last = tampered.case.account.entries.order_by("-number")[0]
    execute(f"DELETE FROM {LEDGER} WHERE id = %s", last.pk)

    problems = found()
    assert ("head", "accounts_account", last.number - 1) in problems
    assert ("row", "reinstatements_reinstatementrequest", None) in problems


def test_swapped_entries_are_found(tampered):
    first, second = entry(tampered, 4), entry(tampered, 5)
    for number, row in ((99, first), (4, second), (5, first)):
        execute(f"UPDATE {LEDGER} SET number = %s WHERE id = %s", number, row.pk)

    assert [problem for problem in found() if problem[2] in (4, 5)][:2] == [("column", LEDGER, 4), ("link", LEDGER, 4)]


def test_an_entry_inserted_behind_the_head_is_found(tampered):
    account = tampered.case.account
    account.refresh_from_db()
    row = write(entry_of(account, tampered.agent, "active", "active"))

    assert found() == [("head", "accounts_account", row.number)]


def test_an_entry_of_an_account_that_is_not_there_is_found(tampered):
    row = entry_of(
        tampered.case.account,
        tampered.agent,
        "",
        "pending",
        account_id=tampered.acme.pk,
        number=1,
        subject=("account", tampered.acme.pk),
    )
    with connection.constraint_checks_disabled():
        write(row)
        if connection.vendor == "postgresql":
            execute("SET CONSTRAINTS ALL DEFERRED")
    with scopes_disabled():
        problems = {(problem.kind, problem.account_id) for problem in verify(Totals()) if problem.kind != "guard"}
    execute(f"DELETE FROM {LEDGER} WHERE uid = %s", row.uid)

    assert {kind for kind, _account in problems} == {"head", "link", "lost"}


def test_a_status_without_an_entry_is_found(tampered):
    execute("UPDATE accounts_account SET status = 'closed' WHERE id = %s", tampered.case.account_id)

    assert found() == [("row", "accounts_account", None)]


def test_a_status_of_another_entry_is_found(tampered):
    execute("UPDATE reinstatements_reinstatementrequest SET status_number = 4 WHERE id = %s", tampered.case.pk)

    assert found() == [("row", "reinstatements_reinstatementrequest", None)]


def test_a_deleted_row_is_found(tampered):
    execute("DELETE FROM accounts_membership WHERE account_id = %s", tampered.case.account_id)

    # The last entry that names the membership: it came back right after its account.
    assert found() == [("lost", LEDGER, 14)]


def test_a_row_that_nobody_opened_is_found(tampered):
    others = ", ".join(field.column for field in Membership._meta.concrete_fields if not field.primary_key)
    execute(f"INSERT INTO accounts_membership (id, {others}) SELECT account_id, {others} FROM accounts_membership")

    assert ("row", "accounts_membership", None) in found()


def test_an_account_moved_to_another_client_is_found(tampered):
    execute("UPDATE accounts_account SET client_id = %s WHERE id = %s", tampered.globex.pk, tampered.case.account_id)

    assert ("client", LEDGER, 1) in found()


@pytest.mark.parametrize("column", ["head_number", "head_hash"])
def test_another_head_is_found(tampered, column):
    value = 3 if column == "head_number" else b"x"
    execute(f"UPDATE accounts_account SET {column} = %s WHERE id = %s", value, tampered.case.account_id)
    execute(f"UPDATE accounts_client SET {column} = %s WHERE code = 'acme'", value)

    assert [kind for kind, table, _number in found()] == ["head", "head"]


def test_a_return_to_service_without_a_case_is_found(tampered):
    account = factories.suspend(tampered.case.account)
    cause = {"caused_by": ("entry", account.entries.get(to_status="approved").uid)}
    execute("DROP INDEX approval_reinstates_a_subject_once")
    move(account, move_head(write(entry_of(account, tampered.supervisor, "suspended", "active", **cause))))

    assert [kind for kind, _table, _number in found()] == ["cause"]


def test_a_status_that_the_machine_does_not_know_is_found(tampered):
    account = tampered.case.account
    account.refresh_from_db()
    move(account, move_head(write(entry_of(account, tampered.supervisor, "active", "pending"))))

    assert [kind for kind, _table, _number in found()] == ["pair"]


def test_guards_that_are_missing_are_found(tampered):
    with scopes_disabled():
        kinds = {problem.kind for problem in verify(Totals())}

    assert kinds == {"guard"}


def test_the_command_names_the_row_and_fails(tampered):
    execute("UPDATE accounts_account SET status = 'closed' WHERE id = %s", tampered.case.account_id)
    execute(f"UPDATE {LEDGER} SET reason = 'other' WHERE id = %s", entry(tampered, 5).pk)
    put_back()
    said = StringIO()

    with pytest.raises(CommandError, match="2 problems"):
        call_command("verify_ledger", client="acme", stdout=said, no_color=True)

    place = f"client acme, account {tampered.case.account_id}"
    assert said.getvalue().splitlines()[:2] == [
        f"accounts_statuschange, {place}, entry 5: The column reason is other, the bytes say paid.",
        f"accounts_account, {place}: The account is closed, the ledger says active (entry 13).",
    ]


def test_the_command_looks_at_one_client_when_it_is_told_to(tampered):
    execute("UPDATE accounts_account SET status = 'closed' WHERE id = %s", tampered.case.account_id)
    put_back()
    said = StringIO()

    call_command("verify_ledger", client="globex", stdout=said)

    assert "2 chains" in said.getvalue()
    assert "checkpoint" in said.getvalue()
    with pytest.raises(CommandError, match="No client has the code 'nobody'"):
        call_command("verify_ledger", client="nobody")
