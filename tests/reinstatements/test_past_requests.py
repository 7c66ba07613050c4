"""Requests that were worked on before Reinstate: a real log of a bank, and who checked whose work in it.

The log is read where it lies and is no part of the project: ``SHARED_DATA`` names the folder. What is expected is
summed up from the file here, with nothing of the product.
"""

import csv
import gzip
import os
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import ClientRole, ImportRun, StatusChange
from reinstatements.models import PastStep
from tests import factories
from tests.accounts.exporting import download, records, rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]

SHARED = Path(os.environ.get("SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
LOG = SHARED / "ibm-client-onboarding" / "onboard_client.csv.gz"
ZONE = "Europe/London"
HEADER = "process,activity,start,end,resource,robot,role\n"
WORKED = 'R-1,"Enter Data",17-10-2022 08:00:00,17-10-2022 08:59:00,user-3,HUMAN,"Client Rep"'
CHECKED = 'R-1,"Four-eyes Check",18-10-2022 10:50:00,18-10-2022 12:51:00,user-8,HUMAN,"Client Rep"'


@pytest.fixture
def log(capsys):
    if not LOG.exists():
        with capsys.disabled():
            print(f"\nskipped: {LOG.name} is not in {LOG.parent}")
        pytest.skip(f"{LOG} is not there")
    with gzip.open(LOG, "rt", newline="") as file:
        return list(csv.DictReader(file))


def bring(path, **options):
    """Run the command for acme; return its first line, the lines it told of, and why it failed, if it did."""
    out, err, error = StringIO(), StringIO(), ""
    how = {"client": "acme", "source": "workflow", "time_zone": ZONE, "date_format": "DD-MM-YYYY"} | options
    try:
        call_command("import_requests", str(path), stdout=out, stderr=err, **how)
    except CommandError as failed:
        error = str(failed)
    return out.getvalue().splitlines(), err.getvalue().splitlines(), error


def written(folder, *lines, name="steps.csv"):
    path = folder / name
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return path


def moment(text):
    return datetime.strptime(text, "%d-%m-%Y %H:%M:%S").replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def sums_of(rows):
    """Return ``{(step, who): (how often, seconds in all, at most)}`` of the lines of a log."""
    found = defaultdict(list)
    for row in rows:
        took = moment(row["end"]) - moment(row["start"])
        found[row["activity"], row["resource"]].append(int(took.total_seconds()))
    return {key: (len(took), sum(took), max(took)) for key, took in found.items()}


def times_to_decision(rows):
    began, decided = {}, {}
    for row in rows:
        request, start = row["process"], moment(row["start"])
        began[request] = min(began.get(request, start), start)
        if row["activity"] == "Four-eyes Check":
            decided[request] = max(decided.get(request, start), moment(row["end"]))
    return [end - began[request] for request, end in decided.items()]


@pytest.mark.slow
@pytest.mark.requirement("R61", "R80")
def test_a_bank_s_log_is_kept_with_who_did_what_when_and_its_reports_are_sums_over_the_file(acme, auditor, client, log):
    out, told, error = bring(LOG)

    assert (out[0], told, error) == (
        "54224 lines read: 54224 steps put on record, 0 known already, 0 refused",
        [],
        "",
    )
    assert PastStep.objects.values("request").distinct().count() == 6838
    assert PastStep.objects.values("agent").distinct().count() == 11
    kept = PastStep.objects.values_list("request", "step", "agent", "role", "started_at", "ended_at")
    assert set(kept) == {
        (row["process"], row["activity"], row["resource"], row["role"], moment(row["start"]), moment(row["end"]))
        for row in log
    }
    run = ImportRun.objects.get()
    assert (run.kind, run.done, run.taken, run.refused) == ("past_steps", 54224, 54224, 0)
    assert StatusChange.objects.get(client=acme, action="import").account is None

    client.force_login(auditor)
    page = client.get(reverse("past_separation"))
    figures = page.context["figures"]
    assert (figures["checked"], figures["own"], page.context["page"].rows) == (5675, 0, [])
    times = client.get(reverse("past_times"))
    assert {
        (row["step"], row["agent"]): (row["times"], row["total"], row["longest"]) for row in times.context["rows"]
    } == sums_of(log)
    took = times_to_decision(log)
    found = times.context["figures"]
    assert (found["requests"], found["decided_requests"]) == (6838, len(took)) == (6838, 5675)
    assert abs(found["mean"] - sum(took, timedelta()) / len(took)) < timedelta(seconds=1)
    file = rows_of(download(client, auditor, code="step_times"))
    assert {
        (row["Step"], row["Who"]): tuple(int(row[name]) for name in ("How often", "Seconds in all", "Seconds at most"))
        for row in file
    } == sums_of(log)

    out, told, error = bring(LOG)
    assert (out[0], error) == ("54224 lines read: 0 steps put on record, 54224 known already, 0 refused", "")


@pytest.mark.slow
@pytest.mark.requirement("R61", "R80")
def test_one_swapped_resource_in_a_copy_of_the_log_is_found_and_nothing_else(acme, auditor, client, log, tmp_path):
    place = next(place for place, row in enumerate(log) if place > 30_000 and row["activity"] == "Four-eyes Check")
    request = log[place]["process"]
    log[place]["resource"] = next(
        row["resource"] for row in log if row["process"] == request and row["activity"] == "Enter Data"
    )
    copy = tmp_path / "copy.csv"
    with copy.open("w", newline="") as file:
        writer = csv.DictWriter(file, log[0])
        writer.writeheader()
        writer.writerows(log)
    bring(copy)
    client.force_login(auditor)

    page = client.get(reverse("past_separation"))

    assert [(row.request, row.agent) for row in page.context["page"].rows] == [(request, log[place]["resource"])]
    assert (page.context["figures"]["checked"], page.context["figures"]["own"]) == (5675, 1)
    (line,) = rows_of(download(client, auditor, code="separation"))
    assert (line["Request"], line["Step"], line["Own work checked"]) == (request, "Four-eyes Check", "yes")


def own_work():
    return list(PastStep.objects.own_work().values_list("request", flat=True))


def test_a_log_in_one_case_of_names_and_another_is_one_person(acme):
    before = datetime(2022, 10, 17, 8, tzinfo=UTC)
    factories.past_step(acme, "R-1", "Enter Data", "User-8", started_at=before)
    factories.past_step(acme, "R-1", agent="user-8", started_at=before + timedelta(days=1))
    # Whoever tells the customer afterwards has not checked their own work.
    factories.past_step(acme, "R-2", agent="user-8", started_at=before)
    factories.past_step(acme, "R-2", "Send Notifications", "user-8", started_at=before + timedelta(days=1))
    # The same name in another request, another source or at another client is no finding.
    factories.past_step(acme, "R-3", agent="user-8", started_at=before + timedelta(days=1))

    assert own_work() == ["R-1"]


def test_two_logins_of_one_person_are_one_person(acme, agent):
    second = factories.make_user("second-login", (acme, "agent"), person=agent.person)
    before = datetime(2022, 10, 17, 8, tzinfo=UTC)
    factories.past_step(acme, "R-1", "Enter Data", agent.username, user=agent, started_at=before)
    check = {"user": second, "started_at": before + timedelta(days=1)}
    factories.past_step(acme, "R-1", agent=second.username, **check)

    assert own_work() == ["R-1"]


def test_names_of_the_log_that_are_logins_of_the_client_s_staff_are_known(acme, globex, tmp_path):
    here = factories.make_user("user-3", (acme, "agent"))
    factories.make_user("user-8", (globex, "supervisor"))
    assert ClientRole.objects.filter(user=here).exists()

    bring(written(tmp_path, WORKED, CHECKED))

    assert list(PastStep.objects.order_by("id").values_list("agent", "user__username", "is_check")) == [
        ("user-3", "user-3", False),
        ("user-8", None, True),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (WORKED.replace("08:59:00", "07:59:00"), "line 2: end lies before the beginning of the step"),
        (WORKED.replace("user-3", ""), "line 2: resource is missing"),
        (WORKED.replace("17-10-2022 08:59:00", ""), "line 2: end is missing"),
        (WORKED.replace("17-10-2022 08:59:00", "17-10-2999 08:59:00"), "line 2: end makes the step longer"),
        (WORKED.replace("2022", "2999"), "line 2: end lies in the future"),
        (WORKED.replace("17-10-2022 08:00", "30-10-2022 01:30"), "line 2: start happens twice where the clock"),
    ],
)
def test_a_step_that_cannot_be_is_told_and_the_others_are_taken(acme, tmp_path, line, said):
    out, told, error = bring(written(tmp_path, line, CHECKED))

    assert out[0] == "2 lines read: 1 steps put on record, 0 known already, 1 refused"
    assert told[0].startswith(said)
    assert error == "1 lines were refused; the others stay."


def test_a_step_that_comes_again_with_somebody_else_is_told_and_not_changed(acme, tmp_path):
    bring(written(tmp_path, WORKED))
    _out, told, _error = bring(written(tmp_path, WORKED.replace("user-3", "user-4"), name="again.csv"))

    assert told == ["line 2: process is on record already, and says something else there"]
    assert list(PastStep.objects.values_list("agent", flat=True)) == ["user-3"]


def test_a_dry_run_writes_nothing(acme, tmp_path):
    out, _told, _error = bring(written(tmp_path, WORKED), dry_run=True)

    assert out[0] == "1 lines read: 1 steps would be put on record, 0 known already, 0 refused"
    assert not PastStep.objects.exists()


def test_a_log_without_a_step_that_checks_is_refused(acme, tmp_path):
    assert bring(written(tmp_path, WORKED), checks=" , ")[2].startswith("Name at least one step")


def test_what_the_log_told_is_neither_changed_nor_deleted(acme):
    step = factories.past_step(acme)
    for deed in (
        lambda: PastStep.objects.filter(pk=step.pk).update(agent="somebody-else"),
        lambda: PastStep.objects.filter(pk=step.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            deed()


def test_the_list_costs_the_same_whatever_stands_in_it(acme, auditor, client):
    client.force_login(auditor)
    factories.past_step(acme, "R-0")
    client.get(reverse("past_separation"), {"what": "steps"})
    counts = []
    for number in (1, 2, 3):
        factories.past_step(acme, f"R-{number}")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.get(reverse("past_separation"), {"what": "steps"})
        counts.append(len(queries))
    assert len(page.context["page"].rows) == 4
    assert len(set(counts)) == 1


def test_a_request_shows_its_steps_in_their_order_to_those_who_audit(acme, auditor, outsider, client):
    before = datetime(2022, 10, 17, 8, tzinfo=UTC)
    factories.past_step(acme, "R-1", agent="user-8", started_at=before + timedelta(days=1))
    first = factories.past_step(acme, "R-1", "Enter Data", "user-3", started_at=before)
    factories.past_step(acme, "R-2", "Enter Data", "user-3", started_at=before)
    client.force_login(auditor)

    page = client.get(reverse("past_request", args=[first.pk]))

    assert [(row.step, row.agent) for row, _took in page.context["rows"]] == [
        ("Enter Data", "user-3"),
        ("Four-eyes Check", "user-8"),
    ]
    client.force_login(outsider)
    assert client.get(reverse("past_request", args=[first.pk])).status_code == 404


def test_what_was_typed_and_finds_no_step_is_not_kept(acme, auditor, client):
    factories.past_step(acme)

    download(client, auditor, {"by": "Maria", "what": "steps"}, code="separation")
    assert records("export_started")[-1].details["filters"] == {"by": "?", "what": "steps"}
    download(client, auditor, {"by": "user-8", "what": "steps"}, code="separation")
    assert records("export_started")[-1].details["filters"] == {"by": "user-8", "what": "steps"}
