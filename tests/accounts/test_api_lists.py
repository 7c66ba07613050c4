"""Lists, accounts and the record as programs read them: what the files and the pages say, in parts."""

import csv
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from django_scopes import scope

from accounts import registries
from accounts.models import AccessRecord, StatusChange
from accounts.services import accounts as account_services
from notifications import tasks
from reinstatements import services
from reinstatements.models import ReinstatementRequest
from tests import factories
from tests.accounts.exporting import download, records
from tests.programs import Program

Kind = AccessRecord.Kind
FILTERS = {
    "cases": {"queue": "open"},
    "cancellations": {"client": "acme"},
    "trials": {"client": "acme"},
    "separation": {"what": "steps"},
}


@pytest.fixture
def busy(awaiting_approval, supervisor, agent, administrator, acme):
    """A client at which something stands in most lists, much of it more than once."""
    with scope(client=[acme.pk]):
        services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval))
        for number in ("A-2", "=A-3", "A-4"):
            account = factories.suspend(factories.make_account(acme, number, balance_minor=900))
            factories.bring_to(account, "in_verification" if number == "A-2" else "awaiting_approval", agent)
        for step in range(3):
            factories.past_step(acme, f"R-{step}", agent=f"user-{step}")
        system = factories.linked_system(acme, administrator)
        for number in ("B-1", "B-2"):
            factories.webhook(system, factories.make_account(acme, number).memberships.get())
    tasks.relay()
    return acme


def in_parts(program, code, limit, filters):
    """Ask for a list part by part, to its end."""
    rows, cursor = [], None
    while True:
        status, part = program.get(f"/lists/{code}", limit=limit, **filters, **({"cursor": cursor} if cursor else {}))
        assert status == 200, part
        assert len(part["rows"]) <= limit
        rows += part["rows"]
        cursor = part["next"]
        if cursor is None:
            return rows
        assert len(part["rows"]) == limit


def as_in_file(value):
    """Return what a cell of the file says; a number stays one, a formula is guarded there."""
    if value is None:
        return ""
    return value["label"] if isinstance(value, dict) else str(value)


@pytest.mark.slow
@pytest.mark.requirement("R79")
def test_every_list_in_parts_says_what_its_file_says(client, busy, auditor):
    program, filled = Program(auditor, busy), set()
    for code, export in registries.exports.items():
        filters = FILTERS.get(code, {})
        rows = in_parts(program, code, 2, filters)

        file = download(client, auditor, filters, code=code).decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(file, newline="")))[1:]
        told = [[as_in_file(row[column.code]) for column in export.columns] for row in rows]
        whole = [[cell.removeprefix("'") for cell in line] for line in lines]
        # Reading a list is put on record, so that the access records have grown since the first part.
        assert told == (whole[-len(told) :] if code == "access" else whole), code
        if rows:
            filled.add(code)

    # Those that hold nothing here are read part by part on rows of their own below, or have no row at this client.
    assert filled >= {"status_log", "reactivation", "access", "accounts_as_of", "memberships", "cases", "separation"}
    assert filled >= {"step_times", "decisions", "linked_messages", "messages"}


@pytest.mark.requirement("R79")
@pytest.mark.parametrize("sort", ["due", "newest", ""])
def test_parts_follow_the_order_that_was_asked_for_where_a_value_is_missing(busy, auditor, agent, sort):
    """Cases whose clock does not run have no due time: they stand at one end, and none is lost between two parts."""
    with scope(client=[busy.pk]):
        some = ReinstatementRequest.objects.filter(account__number__in=["A-2", "=A-3"])
        some.update(due_at=None)
    program = Program(auditor, busy)

    filters = {"queue": "open", "sort": sort}
    whole = program.get("/lists/cases", limit=1000, **filters)[1]["rows"]

    assert len(whole) == 3
    assert [row["case"] for row in in_parts(program, "cases", 1, filters)] == [row["case"] for row in whole]


def test_each_part_is_an_export_on_record_with_the_hash_of_the_answer(busy, auditor):
    program = Program(auditor, busy)

    response = program.browser.get("/api/v1/lists/status_log", {"account": "A-2", "limit": 5})

    (start,), (end,) = records(Kind.EXPORT_STARTED), records(Kind.EXPORT_ENDED)
    assert start.details["export"] == "status_log"
    assert start.details["filters"] == {"account": "A-2"}
    assert start.details["form"] == "json"
    assert end.related == start.pk
    assert end.details == {"rows": 5, "sha256": hashlib.sha256(response.content).hexdigest(), "complete": True}


def test_a_cursor_belongs_to_its_list_and_filter(busy, auditor):
    program = Program(auditor, busy)
    cursor = program.get("/lists/status_log", limit=1)[1]["next"]

    for code, filters in (("adjustments", {}), ("status_log", {"account": "A-2"})):
        status, said = program.get(f"/lists/{code}", cursor=cursor, **filters)
        assert (status, set(said["fields"])) == (400, {"cursor"})


def test_what_comes_in_meanwhile_moves_no_row_to_another_part(busy, auditor, agent):
    program = Program(auditor, busy)
    first = program.get("/lists/status_log", limit=3)[1]
    known = [row["entry"] for row in program.get("/lists/status_log", limit=1000)[1]["rows"]]

    with scope(client=[busy.pk]):
        factories.make_account(busy, "C-1")

    following = program.get("/lists/status_log", limit=1000, cursor=first["next"])[1]["rows"]
    assert [row["entry"] for row in first["rows"] + following] == known


DAY = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.mark.requirement("R54")
def test_who_set_a_status_on_a_day_is_one_question(acme):
    with time_machine.travel(DAY, tick=False), scope(client=[acme.pk]):
        agent, supervisor = (factories.make_user(role, (acme, role)) for role in ("agent", "supervisor"))
        account = factories.make_account(acme, "A-7")
    with time_machine.travel(DAY + timedelta(days=3), tick=False), scope(client=[acme.pk]):
        account_services.suspend(
            account, actor=agent, reason="suspicious_activity", kind="security", note="Two cards in an hour."
        )
    program = Program(supervisor, acme)

    asked = {
        "account": "A-7",
        "subject": "account",
        "to_status": "suspended",
        "since": "2026-03-05",
        "until": "2026-03-05",
    }
    status, said = program.get("/entries", **asked)

    assert status == 200
    (entry,) = said["entries"]
    assert {name: entry[name] for name in ("account", "subject", "from_status", "to_status", "by", "origin")} == {
        "account": "A-7",
        "subject": "account",
        "from_status": "active",
        "to_status": "suspended",
        "by": "agent",
        "origin": "agent",
    }
    assert entry["occurred_at"] == entry["recorded_at"] == "2026-03-05T15:00:00Z"
    assert program.get("/entries", **asked | {"since": "2026-03-06", "until": "2026-03-06"})[1]["entries"] == []


@pytest.mark.requirement("R54")
def test_an_account_as_of_a_moment_names_the_entry_that_proves_it(agent, acme):
    with time_machine.travel(DAY, tick=False), scope(client=[acme.pk]):
        account = factories.make_account(acme, "A-7")
    with time_machine.travel(DAY + timedelta(days=3), tick=False), scope(client=[acme.pk]):
        factories.suspend(account)
    program = Program(agent, acme)
    with scope(client=[acme.pk]):
        entries = StatusChange.objects.filter(account=account, subject_type="account")
        by_action = dict(entries.values_list("action", "uid"))

    def as_of(**later):
        return program.get(f"/accounts/{account.pk}/as-of", at=(DAY + timedelta(**later)).isoformat())[1]

    before, running, stopped = as_of(hours=-1), as_of(days=2), as_of(days=3, hours=1)
    assert (before["status"], before["entry"]) == (None, None)
    assert (running["status"], running["restrictions"]) == ("active", [])
    assert (stopped["status"], stopped["entry"]) == ("suspended", str(by_action["suspend"]))
    assert [row["kind"] for row in stopped["restrictions"]] == ["payment"]


def test_the_text_of_an_entry_is_the_one_its_hash_is_of(supervisor, suspended, acme):
    with scope(client=[acme.pk]):
        entry = StatusChange.objects.filter(account=suspended).latest("number")

    said = Program(supervisor, acme).get(f"/entries/{entry.uid}")[1]

    assert hashlib.sha256(said["text"].encode()).hexdigest() == said["sha256"]
    assert json.loads(said["text"])["to"] == "suspended"


def test_an_account_is_told_masked_and_that_it_was_opened_is_on_record(agent, suspended, acme):
    program = Program(agent, acme)

    status, said = program.get("/accounts", number="a-1001")

    assert status == 200
    assert (said["id"], said["status"], said["owed_minor"], said["currency"]) == (
        str(suspended.pk),
        "suspended",
        8420,
        "EUR",
    )
    assert "Köhler" not in json.dumps(said, ensure_ascii=False)
    assert [membership["plan"] for membership in said["memberships"]] == ["basic"]
    (opened,) = records(Kind.OPENED)
    assert (opened.user, opened.account_id) == (agent, suspended.pk)
    assert program.get(f"/accounts/{suspended.pk}")[1] == said
    assert len(records(Kind.OPENED)) == 1
    assert opened.created_at <= timezone.now()
