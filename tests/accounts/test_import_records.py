"""What a command imports is on record like what was handed in on the page."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import ImportRun, StatusChange
from accounts.services import imports
from accounts.tasks import run_imports
from tests import factories
from tests.accounts.events import bring, history_of
from tests.accounts.importing import row, said, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]

GOOD = "A-1,1,2019-03-01T10:00:00Z,suspend,,fraud suspected"
BAD = "A-1,2,2019-02-01T10:00:00Z,reinstate,,"


def imported(path, **options):
    out = StringIO()
    try:
        call_command("import_accounts", str(path), client="acme", stdout=out, stderr=out, **options)
    except CommandError as error:
        return str(error)
    return ""


def runs():
    columns = ("kind", "file_name", "is_dry_run", "done", "taken", "known", "refused", "failure")
    return list(ImportRun.objects.order_by("created_at").values_list(*columns))


def test_a_command_leaves_its_lines_problems_and_end_on_the_page_of_imports(acme, administrator, tmp_path):
    factories.make_account(acme, "A-1")
    path = history_of(tmp_path, GOOD, BAD)

    bring(path, dry_run=True)
    bring(path, actor="administrator", source="crm")

    tried, taken = runs()
    assert tried == ("events", "events.csv", True, 2, 1, 0, 1, "")
    assert taken == ("events", "events.csv", False, 2, 1, 0, 1, "")
    run = ImportRun.objects.get(is_dry_run=False)
    assert (run.user, run.settings["source"], str(run.stage)) == (administrator, "crm", "done")
    assert [(row.line, row.column) for row in run.problems.all()] == [(3, "occurred_at")]
    entry = StatusChange.objects.get(action="import", account=None)
    assert str(run.pk).encode() in bytes(entry.body)
    browser = Browser()
    browser.force_login(administrator)
    page = browser.get(reverse("import", args=[run.pk]))
    for shown in ("lies before the event that comes before it", "Not kept: a command read it where it lies."):
        assert shown in page.text
    assert "Hand it in again" not in page.text


def test_accounts_too_and_sets_that_are_complete_stay_when_it_breaks_off(acme, tmp_path, monkeypatch):
    path = tmp_path / "customers.csv"
    path.write_text("number,name\nK-1,One\nK-2,Two\nK-3,Three\n")
    monkeypatch.setattr(imports, "SET", 2)
    write = imports.AccountsTaker.write

    def write_once(taker, openings):
        monkeypatch.setattr(imports.AccountsTaker, "write", lambda *_given: 1 / 0)
        write(taker, openings)

    monkeypatch.setattr(imports.AccountsTaker, "write", write_once)
    with pytest.raises(ZeroDivisionError):
        imported(path)
    monkeypatch.setattr(imports.AccountsTaker, "write", write)

    assert imported(path) == ""
    assert runs() == [
        ("accounts", "customers.csv", False, 2, 2, 0, 0, "The command broke off."),
        ("accounts", "customers.csv", False, 3, 1, 2, 0, ""),
    ]


def test_a_command_that_was_killed_is_ended_by_a_worker(acme, tmp_path):
    factories.make_account(acme, "A-1")
    bring(history_of(tmp_path, GOOD))
    # What stands there once the command was killed and half an hour has passed.
    ImportRun.objects.update(finished_at=None, closed_at=None, claimed_until=timezone.now(), total=None)

    run_imports()

    run = ImportRun.objects.get()
    assert (str(run.stage), run.failure) == (
        "failed",
        "The command that read this file came to no end. Run it again: what was taken stays.",
    )
    assert (run.taken, run.closed_at is not None) == (1, True)


def test_a_file_of_which_no_line_can_be_read_leaves_nothing_behind(acme, tmp_path):
    path = tmp_path / "history.xlsx"
    path.write_bytes(b"PK no workbook")

    assert bring(path)[2] == "The file is not a workbook that can be read: it is damaged or not XLSX."
    assert runs() == []


def test_a_history_in_a_workbook_or_in_another_encoding_is_read_by_the_command_too(acme, tmp_path):
    factories.make_account(acme, "Ä-1")
    line = "Ä-1;1;2019-03-01T10:00:00Z;suspend"
    text = tmp_path / "history.csv"
    text.write_bytes(f"account;seq;occurred_at;action\n{line}\n".encode("cp1252"))
    book = tmp_path / "history.xlsx"
    header = row(1, *map(said, ("account", "seq", "occurred_at", "action")))
    book.write_bytes(workbook(header + row(2, *map(said, line.split(";")))))

    assert bring(text, encoding="cp1252")[0][0] == "1 lines read: 1 events put on record, 0 known already, 0 refused"
    assert bring(book)[0][0] == "1 lines read: 0 events put on record, 1 known already, 0 refused"
