"""An import that a worker does: kept sealed, tried, taken exactly once whoever is killed, on record, and removed."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.errors import Invalid, Moved, Refused
from accounts.imports import store
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, ImportProblem, ImportRun, StatusChange
from accounts.services import background, import_records, import_runs, imports
from accounts.tasks import run_imports, tidy_imports
from tests import factories, parts
from tests.accounts.importing import prepared, started, uploaded

FILE = b"number,name,since\n1,Maria Koehler,03/04/2024\n,Nobody,03/04/2024\n3,,13/13/2024\n4,,\n"


@pytest.fixture
def run(acme, administrator):
    return prepared(acme, administrator, FILE)


def fresh(run):
    with scopes_disabled():
        return ImportRun.objects.get(pk=run.pk)


def counts(run):
    row = fresh(run)
    return str(row.stage), row.done, row.taken, row.known, row.refused


def numbers(client):
    with scope(client=[client.pk]):
        return sorted(Account.objects.values_list("number", flat=True))


def entries(client):
    with scope(client=[client.pk]):
        rows = StatusChange.objects.filter(account=None, action__startswith="import").order_by("number")
        return [(row.action, row.actor.username, json.loads(bytes(row.body))["data"]) for row in rows]


def problems(run):
    with scopes_disabled():
        return list(ImportProblem.objects.filter(run=run.pk).order_by("id").values_list("line", "column", "reason"))


EVERYTHING = {"number": "number", "name": "name", "opened_on": "since"}
WRONG = [(3, "number", "is missing"), (4, "since", "is not a date written DD/MM/YYYY")]


def test_good_lines_are_taken_and_the_others_told(acme, administrator, run):
    started(run, administrator, EVERYTHING, date_format="DD/MM/YYYY")
    run_imports()

    assert counts(run) == ("done", 4, 2, 0, 2)
    assert problems(run) == WRONG
    assert numbers(acme) == ["1", "4"]
    with scope(client=[acme.pk]):
        assert str(Account.objects.get(number="1").opened_on) == "2024-04-03"
        assert list(verify(Totals())) == []
    (upload, taken) = entries(acme)
    assert (upload[:2], upload[2]["bytes"]) == (("import_upload", "administrator"), len(FILE))
    assert taken[:2] == ("import", "administrator")
    told = {name: taken[2][name] for name in ("file_sha256", "read", "opened", "known", "refused", "end")}
    assert told == {"file_sha256": run.sha256, "read": 4, "opened": 2, "known": 0, "refused": 2, "end": "done"}


def test_a_date_that_could_be_read_two_ways_is_refused_line_by_line(acme, administrator, run):
    started(run, administrator, EVERYTHING)
    run_imports()

    assert [problem for problem in problems(run) if problem[1] == "since"] == [
        (2, "since", "can be read in more than one way; say how dates are written in this file"),
        (3, "since", "can be read in more than one way; say how dates are written in this file"),
        (4, "since", "is not a date written YYYY-MM-DD"),
    ]
    assert numbers(acme) == ["4"]


def test_a_trial_says_the_same_and_writes_nothing_and_the_file_stays_until_it_is_taken(acme, administrator, run):
    started(run, administrator, EVERYTHING, date_format="DD/MM/YYYY", is_dry_run=True)
    run_imports()

    assert (counts(run), problems(run), numbers(acme)) == (("done", 4, 2, 0, 2), WRONG, [])
    assert store.path_of(run.pk).exists()

    started(fresh(run), administrator, EVERYTHING, date_format="DD/MM/YYYY")
    run_imports()

    assert (counts(run), problems(run), numbers(acme)) == (("done", 4, 2, 0, 2), WRONG, ["1", "4"])
    assert not store.path_of(run.pk).exists()
    with pytest.raises(Moved):
        started(fresh(run), administrator)


def test_the_same_file_again_changes_nothing(acme, administrator, run):
    started(run, administrator)
    run_imports()
    with scope(client=[acme.pk]):
        before = list(StatusChange.objects.exclude(account=None).values_list("hash", flat=True))
    again = started(prepared(acme, administrator, FILE), administrator)
    run_imports()

    assert counts(again) == ("done", 4, 0, 3, 1)
    with scope(client=[acme.pk]):
        assert list(StatusChange.objects.exclude(account=None).values_list("hash", flat=True)) == before


def test_the_file_lies_sealed_and_goes_after_success_failure_and_cancelling(acme, administrator):
    ways = []
    for end in ("done", "failed", "cancelled"):
        run = prepared(acme, administrator, FILE)
        assert b"Maria" not in store.path_of(run.pk).read_bytes()
        if end == "cancelled":
            with scope(client=[acme.pk]):
                import_runs.cancel(run, actor=administrator)
        else:
            started(run, administrator, {"number": "number" if end == "done" else "no such column"})
            run_imports()
        ways.append((end, counts(run)[0], store.path_of(run.pk).exists(), fresh(run).file_key))

    assert ways == [(end, end, False, None) for end in ("done", "failed", "cancelled")]
    assert fresh(run).failure == ""
    with scopes_disabled():
        failed = [run.failure for run in ImportRun.objects.all() if run.failure]
    assert failed == ["The file lacks these columns: no such column."]


def test_a_run_that_was_cancelled_between_two_sets_keeps_what_it_has(acme, administrator, monkeypatch):
    monkeypatch.setattr(imports, "SET", 2)
    run = started(prepared(acme, administrator, b"number\n" + b"\n".join(b"%d" % n for n in range(10))), administrator)
    whole, take = import_runs.take, []

    def cancelled_after_two(run, importing, lines):
        whole(run, importing, lines)
        take.append(run.done)
        if len(take) == 2:
            import_runs.cancel(run, actor=administrator)

    monkeypatch.setattr(import_runs, "take", cancelled_after_two)
    run_imports()

    assert counts(run) == ("cancelled", 4, 4, 0, 0)
    assert numbers(acme) == ["0", "1", "2", "3"]
    assert [entry[0] for entry in entries(acme)] == ["import_upload", "import_cancel", "import"]


def test_an_import_lets_others_have_the_worker_and_goes_on(acme, administrator, monkeypatch):
    monkeypatch.setattr(imports, "SET", 2)
    monkeypatch.setattr(import_runs, "TURN", -1)
    run = started(prepared(acme, administrator, b"number\n1\n2\n3\n4\n5"), administrator)
    seen = []
    for _turn in range(4):
        run_imports()
        seen.append(counts(run)[:3])

    assert seen == [("running", 2, 2), ("running", 4, 4), ("running", 5, 5), ("done", 5, 5)]


def test_a_run_that_kills_its_workers_is_given_up_and_says_so(acme, administrator, run):
    started(run, administrator)
    for _attempt in range(background.MAX_ATTEMPTS):
        assert background.claim(ImportRun).pk == run.pk
        assert background.claim(ImportRun) is None
        pass_lease(run)
    run_imports()

    assert fresh(run).failure == "It could not be finished: the work on it ended 5 times without a result."
    assert not store.path_of(run.pk).exists()


def pass_lease(run):
    with scopes_disabled():
        ImportRun.objects.filter(pk=run.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))


def test_a_worker_whose_lease_ran_out_commits_nothing_more(acme, administrator, run):
    started(run, administrator)
    slow = background.claim(ImportRun)
    pass_lease(run)
    quick = background.claim(ImportRun)

    with scope(client=[acme.pk]):
        with pytest.raises(background.Lost):
            import_runs.do(slow)
        assert (counts(run), numbers(acme)) == (("running", 0, 0, 0, 0), [])
        assert import_runs.do(quick)
    assert counts(run) == ("running", 4, 3, 0, 1)


def test_what_nobody_starts_within_a_week_is_removed_and_so_are_files_of_nothing(acme, administrator, run):
    stray = store.folder() / "0.part"
    stray.write_bytes(b"x")
    os.utime(stray, (0, 0))
    tidy_imports()
    assert (store.path_of(run.pk).exists(), stray.exists()) == (True, False)

    with scopes_disabled():
        ImportRun.objects.update(created_at=timezone.now() - timedelta(days=8))
    tidy_imports()

    assert (counts(run)[0], fresh(run).failure) == ("failed", "It was not imported within a week.")
    assert not store.path_of(run.pk).exists()


def test_only_administrators_of_the_client_hand_in_start_and_cancel(acme, globex, agent, run):
    others = factories.make_user("other", (globex, "administrator"))
    for user in (agent, others):
        upload = uploaded(FILE)
        with pytest.raises(Refused), scope(client=[acme.pk]):
            import_runs.upload(acme, "accounts", upload, actor=user)
        upload.close()
        with pytest.raises(Refused):
            started(run, user)
        with pytest.raises(Refused), scope(client=[acme.pk]):
            import_runs.cancel(run, actor=user)


def test_an_administrator_who_is_none_any_more_imports_nothing(acme, administrator, run):
    started(run, administrator)
    administrator.client_roles.all().delete()
    run_imports()

    assert (counts(run)[:2], numbers(acme)) == (("failed", 0), [])


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\files\\Kunden 2024.csv", "Kunden 2024.csv"),
        ("a\r\nSet-Cookie: x\u202egpj.csv", "a__Set-Cookie_ x_gpj.csv"),
        ("..", "file"),
        ("x" * 300 + ".csv", "x" * 116 + ".csv"),
    ],
)
def test_a_file_keeps_a_name_that_can_be_shown(name, kept):
    assert import_records.safe_name(name) == kept


def test_a_file_that_is_too_large_or_no_table_leaves_nothing(acme, administrator):
    before = {*store.folder().glob("*.part")}
    large = uploaded(FILE)
    large.is_too_large = True
    with scope(client=[acme.pk]):
        for upload in (large, uploaded(b"%PDF-1.7")):
            with pytest.raises(Invalid):
                import_runs.upload(acme, "accounts", upload, actor=administrator)
            upload.close()
    assert {*store.folder().glob("*.part")} == before
    assert entries(acme) == []


WORKER = """
import django; django.setup()
from accounts.services import imports
from accounts.tasks import run_imports
imports.SET = 20
while True: run_imports()
"""


@pytest.fixture
def worker(tmp_path, settings):
    """Return a function that starts a process that imports, on the tests' database and folder."""
    processes = []

    def begin():
        environment = os.environ | parts.product(settings.VAR_DIR)
        processes.append(subprocess.Popen([sys.executable, "-c", WORKER], cwd=parts.ROOT, env=environment))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def many(transactional_db):
    acme = factories.make_client("acme")
    administrator = factories.make_user("administrator", (acme, "administrator"))
    content = b"number\n" + b"\n".join(b"A-%04d" % number for number in range(1500))
    return started(prepared(acme, administrator, content), administrator)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_in_the_middle_is_followed_by_another_that_does_the_rest_once(many, worker):
    first = worker()
    parts.until(lambda: fresh(many).done >= 200, "the first sets")
    first.send_signal(signal.SIGKILL)
    first.wait()
    killed_at = fresh(many)
    assert (killed_at.stage, 0 < killed_at.done < 1500) == ("running", True)
    pass_lease(many)
    worker()
    parts.until(lambda: fresh(many).closed_at, "the rest")

    assert counts(many) == ("done", 1500, 1500, 0, 0)
    assert numbers(many.client) == [f"A-{number:04}" for number in range(1500)]
    assert [entry[0] for entry in entries(many.client)] == ["import_upload", "import"]
    with scope(client=[many.client_id]):
        assert list(verify(Totals())) == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_take_each_run_once(many, worker):
    with scopes_disabled():
        again = started(prepared(many.client, many.user, b"number\nB-1\nA-0001"), many.user)
    for _worker in range(2):
        worker()
    started_at = time.monotonic()
    parts.until(lambda: fresh(many).closed_at and fresh(again).closed_at, "both imports")

    print(f"two workers on {connection.vendor}: {time.monotonic() - started_at:.1f} s")
    assert counts(many)[:2] == ("done", 1500)
    assert counts(many)[2] + counts(again)[2] == 1501
    assert len(numbers(many.client)) == len(set(numbers(many.client))) == 1501
