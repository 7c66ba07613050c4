"""Lists that are too long to wait for: made by a worker, offered whole or not at all, to one person, for two days."""

import errno
import hashlib
import os
import resource
import signal
import time
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import exports
from accounts.models import ExportRun
from accounts.services import export_runs, roles, staff
from accounts.services import exports as services
from tests import factories
from tests.accounts.exporting import ask, download, records, rows_of, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Ten rows are many here. Files of other tests are gone."""
    monkeypatch.setattr(export_runs, "LARGE", {"csv": 10, "xlsx": 5})
    for path in services.folder().iterdir():
        path.unlink()


@pytest.fixture
def asked(client, auditor, acme):
    """A run that waits, of a log with forty entries."""
    write(acme, 40)
    client.force_login(auditor)
    answer = ask(client)
    run = the_run()
    assert (answer.status_code, answer["Location"]) == (302, reverse("export_run", args=[run.pk]))
    return run


def the_run():
    with scopes_disabled():
        return ExportRun.objects.select_related("client", "user").get()


def files():
    return sorted(path.suffix for path in services.folder().iterdir())


def take(browser, run, user=None):
    """Press the button of a file that is ready; sessions last for half a day."""
    browser.force_login(user or run.user)
    answer = browser.post(reverse("export_run_file", args=[run.pk]))
    return b"".join(answer.streaming_content) if answer.status_code == 200 else answer.status_code


def ends():
    return [(end.details["complete"], end.details["rows"]) for end in records("export_ended")]


@pytest.mark.requirement("R111", "R114")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_long_list_is_made_in_the_background_and_is_the_file_that_one_would_have_waited_for(
    client, auditor, acme, monkeypatch, form
):
    write(acme, 40)
    client.force_login(auditor)
    ask(client, form=form)
    run = the_run()
    page = reverse("export_run", args=[run.pk])
    assert "waits for its turn" in client.get(page).content.decode()
    assert (take(client, run), records()) == (404, [])

    assert export_runs.work_one()
    run = the_run()
    data = take(client, run)

    assert (run.stage, run.done, run.total) == ("done", 41, 41)
    assert (run.sha256, run.file_size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert "It is ready" in client.get(page).content.decode()
    if form == "csv":
        monkeypatch.setattr(export_runs, "LARGE", {"csv": 100})
        assert data == download(client, auditor)
        assert len(rows_of(data)) == 41
    sealed = next(services.folder().iterdir()).read_bytes()
    assert b"Acme" not in sealed
    assert sealed[:2] != b"PK"


def test_the_making_and_each_taking_are_on_record(client, asked):
    export_runs.work_one()
    take(client, asked)
    take(client, asked)

    assert ends() == [(True, 41)] * 3
    assert {start.details["run"] for start in records("export_started")} == {str(asked.pk)}
    assert len({end.details["sha256"] for end in records("export_ended")}) == 1


def test_whoever_asked_is_told_by_mail_which_names_nobody_and_in_the_menu(client, auditor, asked):
    export_runs.work_one()

    (sent,) = mail.outbox
    assert sent.to == ["auditor@example.com"]
    assert sent.subject == "Your export is ready: Status log, Acme Mobile"
    assert reverse("export_run", args=[asked.pk]) in sent.body
    assert waiting_in_menu(client) == [1]
    take(client, asked)
    assert waiting_in_menu(client) == [None]


def waiting_in_menu(browser):
    page = browser.get("/")
    with scopes_disabled():
        items = [item for group in page.context["navigation"] for item in group["items"]]
    return [item["count"] for item in items if item["label"] == "Exports"]


@pytest.mark.requirement("R116")
def test_only_the_one_who_asked_gets_the_file(client, asked, acme, compliance, outsider):
    export_runs.work_one()
    other = factories.make_user("second_auditor", (acme, "auditor"))

    for user in (other, compliance, outsider):
        assert take(client, asked, user) == 404
        assert client.get(reverse("export_run", args=[asked.pk])).status_code == 404
    assert len(ends()) == 1


def test_a_file_is_kept_for_two_days_and_then_gone_with_its_key(client, asked):
    export_runs.work_one()
    with time_machine.travel(timezone.now() + timedelta(hours=47)):
        export_runs.sweep()
        assert isinstance(take(client, asked), bytes)

    with time_machine.travel(timezone.now() + timedelta(hours=49)):
        assert take(client, asked) == 404
        export_runs.sweep()
        page = client.get(reverse("export_run", args=[asked.pk])).content.decode()

    assert "the file was removed" in page
    assert files() == []
    assert the_run().file_key is None


@pytest.mark.requirement("R116")
def test_whose_role_ended_gets_neither_the_file_nor_one_that_is_being_made(client, auditor, asked, acme):
    export_runs.work_one()
    end_role(auditor, acme)

    assert take(client, asked) == 404

    with scopes_disabled():
        factories.ask_export(acme, auditor)
        export_runs.work_one()
        refused = ExportRun.objects.order_by("created_at").last()
    assert refused.failure == "You may not take this list away any more."
    assert mail.outbox[-1].subject == "Your export was not made: Status log, Acme Mobile"


def end_role(user, client):
    with scope(client=[client.pk]):
        roles.end(user, client, "auditor", actor=staff.ensure_system_user())


def test_a_role_that_ends_while_the_file_is_made_stops_it(auditor, asked, acme, monkeypatch):
    pieces = services.csvfile.chunks

    def ends_meanwhile(*given):
        yield from pieces(*given)
        end_role(auditor, acme)

    monkeypatch.setattr(export_runs.csvfile, "chunks", ends_meanwhile)
    export_runs.work_one()

    run = the_run()
    assert (run.published_at, run.failure) == (None, "You may not take this list away any more.")
    assert (files(), ends()) == ([], [(False, 0)])


def test_a_disk_that_is_full_leaves_no_file_and_says_so(client, auditor, asked):
    """The limit on the size of a file is the kernel's, so the write that fails is a real one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    connections.close_all()
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    child = os.fork()
    if not child:
        # The database's own files may grow; nothing but the export is written to here on PostgreSQL.
        limit = 1024 if connection.vendor == "postgresql" else 0
        status = in_little_room(limit)
        os._exit(status)
    _pid, status = os.waitpid(child, 0)
    signal.signal(signal.SIGXFSZ, before)
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == (soft, hard)
    assert os.waitstatus_to_exitcode(status) == 0

    run = the_run()
    assert run.failure == "There was no room on the disk for it. Ask again later, or for fewer rows."
    assert (run.published_at, files(), ends()) == (None, [], [(False, 0)])
    assert take(client, run) == 404


def in_little_room(limit):
    """Make the file where none may be longer than ``limit``; on SQLite its own writes are let through by turns."""
    write_out = export_runs.store.Writer._seal

    def seal(self, piece, is_last):
        old = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, old[1]))
        try:
            write_out(self, piece, is_last)
            self._file.flush()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)

    export_runs.store.Writer._seal = seal
    try:
        export_runs.work_one()
    except OSError as error:
        return error.errno or errno.EIO
    finally:
        connections.close_all()
    return 0


@pytest.mark.slow
def test_a_worker_that_is_killed_leaves_no_file_and_the_next_one_makes_it(client, asked):
    connections.close_all()
    child = os.fork()
    if not child:
        pieces = export_runs.csvfile.chunks

        def hangs(*given):
            for number, piece in enumerate(pieces(*given)):
                yield piece
                if number:
                    time.sleep(60)

        export_runs.csvfile.chunks = hangs
        export_runs.work_one()
        os._exit(0)
    while files() != [".part"] or records("export_started") == []:
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    export_runs.sweep()
    assert files() == [".part"]
    assert not export_runs.work_one()
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        export_runs.sweep()
        assert files() == []
        assert export_runs.work_one()
        assert len(rows_of(take(client, asked))) == 41
    assert ends()[:2] == [(False, 0), (True, 41)]


def test_what_broke_off_twice_is_given_up(asked, monkeypatch):
    def breaks(*given):
        raise ValueError("this list cannot be told")
        yield

    monkeypatch.setattr(export_runs.csvfile, "chunks", breaks)
    for hours in range(4):
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            export_runs.work_one()

    assert the_run().failure == "It was broken off 2 times. Ask for it again, or for fewer rows."
    assert (files(), ends()) == ([], [(False, 0)] * 2)


def test_what_was_stopped_is_not_made(client, asked):
    client.post(reverse("export_run_cancel", args=[asked.pk]))

    assert not export_runs.work_one()
    assert "It was stopped" in client.get(reverse("export_run", args=[asked.pk])).content.decode()


def test_a_list_of_several_clients_is_a_file_for_each(client, acme, globex):
    both = factories.make_user("both", (acme, "auditor"), (globex, "auditor"))
    write(acme, 20)
    write(globex, 20)
    client.force_login(both)

    ask(client, {"action": "change"})
    while export_runs.work_one():
        pass

    with scopes_disabled():
        made = list(ExportRun.objects.select_related("client").order_by("client__code"))
    files = [rows_of(take(client, run)) for run in made]
    assert [run.client.code for run in made] == ["acme", "globex"]
    assert [{row["Client"] for row in rows} for rows in files] == [{"Acme Mobile"}, {"Globex Bank"}]
    assert [len(rows) for rows in files] == [20, 20]


def test_the_exports_page_lists_what_was_made_for_one(client, asked, compliance):
    export_runs.work_one()

    page = client.get(reverse("exports"))
    part = client.get(reverse("exports"), headers={"HX-Request": "true"}).content.decode()
    client.force_login(compliance)
    others = client.get(reverse("exports"))

    assert [line["status"] for line in page.context["runs"]] == ["ready"]
    assert reverse("export_run", args=[asked.pk]) in part
    assert "<html" not in part
    assert others.context["runs"] == []
    assert [line["status"] for line in others.context["lines"]] == ["complete"]


def test_a_file_that_no_row_names_is_removed(asked):
    stray = services.folder() / f"{asked.pk}.sealed"
    stray.write_bytes(b"half")

    export_runs.sweep()

    assert files() == []
    assert exports.STATUS_LOG.code == asked.export
