"""What pages say about exports: that a file is ready, what each export on record was, how far one is."""

import pytest
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts import exports, registries, statuslog
from accounts.exporting import xlsxfile
from accounts.exporting.columns import Telling
from accounts.models import ExportRun
from accounts.services import export_runs
from accounts.services import exports as services
from accounts.zones import zone
from tests.accounts.exporting import ask, log_of, write

pytestmark = pytest.mark.django_db(transaction=True)
READY = "Your export is ready: Status log, Acme Mobile."


@pytest.fixture
def ready(client, auditor, acme, monkeypatch):
    """A file that a worker has made for the auditor, who has not taken it yet."""
    monkeypatch.setattr(export_runs, "LARGE", {"csv": 10, "xlsx": 5})
    write(acme, 20)
    client.force_login(auditor)
    ask(client)
    export_runs.work_one()
    with scopes_disabled():
        return ExportRun.objects.get()


def home(browser):
    return browser.get(reverse("home")).content.decode()


@pytest.mark.requirement("R111")
def test_the_next_page_says_that_a_file_is_ready_until_it_is_taken(client, auditor, ready):
    said = [READY in home(client)]
    answer = client.post(reverse("export_run_file", args=[ready.pk]))
    b"".join(answer.streaming_content)
    said.append(READY in home(client))

    assert said == [True, False]


def test_nobody_else_hears_of_a_file(client, ready, compliance, acme):
    client.force_login(compliance)
    others = home(client)
    with scope(client=[acme.pk]):
        ExportRun.objects.filter(pk=ready.pk).update(expires_at=ready.created_at)
    client.force_login(ready.user)

    assert (READY in others, READY in home(client)) == (False, False)


def test_the_list_of_ones_own_files_has_their_buttons(client, ready):
    page = client.get(reverse("exports")).content.decode()

    assert f'action="{reverse("export_run_file", args=[ready.pk])}"' in page
    assert READY not in page


def test_the_evidence_of_a_case_is_named_on_the_page_of_exports(client, auditor, acme, awaiting_approval):
    with scope(client=[acme.pk]):
        given = {"export": "case_evidence", "filters": {"case": awaiting_approval.code}, "columns": ["case"]}
        services.end(
            auditor,
            services.start(auditor, [acme.pk], form="pdf", **given),
            rows={acme.pk: 7},
            sha256="ab" * 32,
            is_complete=True,
        )
    client.force_login(auditor)

    (line,) = client.get(reverse("exports")).context["lines"]

    assert (str(line["list"]), line["filters"]) == ("Evidence of a case", [("Case", awaiting_approval.code)])
    assert (line["record"].details["form"], line["end"]["rows"]) == ("pdf", 7)


def test_the_rows_of_a_workbook_are_counted_while_it_is_made_and_nothing_is_sent(auditor, acme, monkeypatch):
    monkeypatch.setattr(xlsxfile, "COUNTED", 10)
    write(acme, 25)
    with scope(client=[acme.pk]):
        pieces = services.workbook(exports.STATUS_LOG, log_of(auditor, acme), Telling((acme.pk,), zone("UTC")))
        counted = [(len(owners), bool(data)) for data, owners in pieces]

    assert counted[:3] == [(10, False), (10, False), (6, False)]
    assert {data for _rows, data in counted[3:]} == {True}


def test_what_a_workbook_is_put_together_in_is_private_and_goes_when_it_breaks_off(auditor, acme, monkeypatch):
    monkeypatch.setattr(xlsxfile, "COUNTED", 10)
    write(acme, 25)
    before = set(services.folder().iterdir())
    with scope(client=[acme.pk]):
        pieces = services.workbook(exports.STATUS_LOG, log_of(auditor, acme), Telling((acme.pk,), zone("UTC")))
        next(pieces)
        (made,) = set(services.folder().iterdir()) - before
        modes = {made.stat().st_mode & 0o777, services.folder().stat().st_mode & 0o777}
        pieces.close()

    assert modes == {0o700}
    assert set(services.folder().iterdir()) == before


def test_an_action_of_several_subjects_has_one_word_for_all_of_them():
    """A filter by it finds them all, and must not name one."""
    told = [action for wordings in registries.wording.values() for action in wordings]

    shared = {action for action in told if told.count(action) > 1}

    assert shared - set(statuslog.SHARED_ACTIONS) == set()
