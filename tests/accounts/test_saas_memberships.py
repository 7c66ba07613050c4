"""Five thousand subscriptions of five hundred customers, against counts made of the file with nothing but ``csv``.

The data is read where it lies and is no part of the project: ``SHARED_DATA`` names the folder.
"""

import csv
import json
import os
import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from accounts.imports.layouts import Layout
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, Client, ImportRun, Membership, OutboxEvent, Plan, StatusChange
from accounts.services import column_mappings, import_runs
from accounts.tasks import run_imports
from tests.accounts.importing import prepared, started
from tests.accounts.membership_files import bring

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("scoped")]

SHARED = Path(os.environ.get("SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
SAAS = SHARED / "ravenstack-saas"
ACCOUNTS, SUBSCRIPTIONS, CHURN = (
    SAAS / f"ravenstack_{name}.csv" for name in ("accounts", "subscriptions", "churn_events")
)
AS_OF = "2024-12-31"
DATES = ("2023-06-30", "2024-02-29", "2024-06-30", "2024-12-30")
UNSAID = {"time_zone": "", "decimal": ""}
CLOSED = "account_id is closed here, yet the line says that this runs: taken to have ended with the file's day"


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def lines_where(rows, condition):
    """Return the numbers of the lines, the header being the first, that a condition holds for."""
    return [number for number, row in enumerate(rows, 2) if condition(row)]


def counted_on(rows, day):
    """Count the file's rows by what each was when a day was over, both of its days being its own."""
    found = Counter()
    for row in rows:
        if row["start_date"] <= day:
            running = "trial" if row["is_trial"] == "True" else "active"
            found["cancelled" if row["end_date"] and row["end_date"] < day else running] += 1
    return dict(found)


def statuses_on(day):
    """Count the memberships by what the record says of them when a day was over."""
    over = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)
    latest = {}
    entries = StatusChange.objects.filter(subject_type="membership", occurred_at__lte=over).order_by("number")
    for subject, status in entries.values_list("subject_id", "to_status"):
        latest[subject] = status
    return dict(Counter(latest.values()))


def plans_of(client):
    for name, price in (("Basic", 1900), ("Pro", 4900), ("Enterprise", 19900)):
        for cycle, months in (("month", 1), ("year", 12)):
            code, rest = f"{name.lower()}-{cycle}", {"cycle": cycle, "currency": "USD", "grace_days": 0}
            Plan.objects.update_or_create(
                client=client, code=code, defaults={"name": f"{name}", "price_minor": price * months, **rest}
            )


@pytest.fixture
def customers(acme, administrator, capsys):
    """The file's 500 accounts, opened as active or closed as it flags them, by the service of the page."""
    if not SUBSCRIPTIONS.exists():
        with capsys.disabled():
            print(f"\nskipped: {SUBSCRIPTIONS.name} is not in {SAAS}")
        pytest.skip(f"{SUBSCRIPTIONS} is not there")
    Client.objects.filter(pk=acme.pk).update(time_zone="UTC")
    acme.refresh_from_db()
    Plan.objects.filter(client=acme).delete()
    plans_of(acme)
    run = prepared(acme, administrator, ACCOUNTS.read_bytes())
    columns = {"number": "account_id", "opened_on": "signup_date", "has_left": "churn_flag"}
    started(run, administrator, columns, date_format="YYYY-MM-DD")
    run_imports()
    return {row["account_id"]: row["churn_flag"] == "True" for row in rows_of(ACCOUNTS)}


def said(capsys, words):
    with capsys.disabled():
        print(f"\n{words}")


@pytest.mark.requirement("R1")
@pytest.mark.requirement("R4")
def test_five_thousand_subscriptions_stand_as_their_file_says_on_every_date(acme, customers, capsys):
    rows = rows_of(SUBSCRIPTIONS)
    still_running = lambda row: not row["end_date"] and customers[row["account_id"]]  # noqa: E731
    contradictions = lines_where(rows, still_running)

    out, told, error = bring(
        SUBSCRIPTIONS, as_of=date.fromisoformat(AS_OF), currency="USD", source="saas", dry_run=True
    )
    assert out[0] == "5000 lines read: 5000 memberships would be put on record, 0 known already, 0 refused"
    assert Membership.objects.count() == 0
    assert told == [f"line {line}: {CLOSED}" for line in contradictions]

    out, told, error = bring(SUBSCRIPTIONS, as_of=date.fromisoformat(AS_OF), currency="USD", source="saas")
    assert out[0] == "5000 lines read: 5000 memberships put on record, 0 known already, 0 refused"
    assert (told, error) == ([f"line {line}: {CLOSED}" for line in contradictions], "")
    said(capsys, f"subscriptions that run in closed accounts, told by line: {len(contradictions)}")

    for day in DATES:
        expected, found = counted_on(rows, day), statuses_on(day)
        said(capsys, f"memberships on {day}: {found}")
        assert found == expected
    # With the file's day the contradictions have ended too.
    after = statuses_on("2025-01-01")
    expected = counted_on(rows, AS_OF)
    assert after["trial"] == sum(
        row["is_trial"] == "True" and not row["end_date"] and not still_running(row) for row in rows
    )
    assert sum(after.values()) == 5000 == sum(expected.values())

    changes = StatusChange.objects.filter(subject_type="membership", action="change_plan")
    ways = Counter(json.loads(bytes(body))["data"]["direction"] for body in changes.values_list("body", flat=True))
    assert ways == {
        "upgrade": sum(row["upgrade_flag"] == "True" for row in rows),
        "downgrade": sum(row["downgrade_flag"] == "True" for row in rows),
    }
    cancelled = StatusChange.objects.filter(action="cancel", from_status="active").count()
    gone = StatusChange.objects.filter(action="cancel", from_status="trial").count()
    assert cancelled + gone == sum(row["churn_flag"] == "True" for row in rows) + len(contradictions)
    assert not StatusChange.objects.filter(action="convert").exists()  # No line of the file says that a trial was.
    said(capsys, f"{ways}; {cancelled} cancelled, {gone} trials cancelled, 0 converted")
    prices = Membership.objects.filter(trial_starts_on=None).values_list("agreed__price_minor", flat=True)
    assert sum(prices) == 100 * sum(
        int(row["arr_amount" if row["billing_frequency"] == "annual" else "mrr_amount"]) for row in rows
    )

    # Nobody is told of what happened years ago, and nobody is billed for it again.
    assert not OutboxEvent.objects.filter(name__startswith="membership.").exists()
    assert not OutboxEvent.objects.filter(name="billing.instruction").exists()
    totals = Totals()
    assert list(verify(totals)) == []
    out, told, error = bring(SUBSCRIPTIONS, as_of=date.fromisoformat(AS_OF), currency="USD", source="saas")
    assert out[0] == "5000 lines read: 0 memberships put on record, 5000 known already, 0 refused"
    assert StatusChange.objects.exclude(account=None).count() == StatusChange.objects.count() - clients_own()
    assert Membership.objects.count() == 5000


def clients_own():
    return StatusChange.objects.filter(account=None).count()


@pytest.mark.requirement("R48")
def test_customers_who_left_and_are_active_all_the_same_are_told_line_by_line(acme, customers, capsys):
    bring(SUBSCRIPTIONS, as_of=date.fromisoformat(AS_OF), currency="USD", source="saas")
    rows = rows_of(CHURN)
    subscriptions = rows_of(SUBSCRIPTIONS)

    def ran_on(account, day):
        """How many of the file's subscriptions had begun by a day and did not end with it."""
        own = [row for row in subscriptions if row["account_id"] == account and row["start_date"] <= day]
        return sum(not row["end_date"] or row["end_date"] > day for row in own)

    out, told, error = bring(CHURN, kind="departures", as_of=date.fromisoformat(AS_OF), source="saas")

    assert (out[0], error) == ("600 lines read: 600 departures put on record, 0 known already, 0 refused", "")
    expected, never_left = [], {row["account_id"] for row in rows}
    never_left -= {row["account_id"] for row in rows if row["is_reactivation"] == "False"}
    for line, row in enumerate(rows, 2):
        has_left, came_back = customers[row["account_id"]], row["is_reactivation"] == "True"
        if came_back and has_left:
            expected.append(
                f"line {line}: is_reactivation says that the customer came back, yet the account is closed here"
            )
        elif came_back and row["account_id"] in never_left:
            expected.append(
                f"line {line}: is_reactivation says that the customer came back, yet nothing says that they had left"
            )
        if not came_back and not has_left:
            number = ran_on(row["account_id"], row["churn_date"])
            expected.append(
                f"line {line}: churn_date says that the customer left, yet the account is active here, and {number}"
                f" membership{'s' if number != 1 else ''} ran on after it"
            )
    assert told == expected
    active = {row["account_id"] for row in rows if not customers[row["account_id"]]}
    assert len(active) == 277  # What the file's own description says of it.
    told_of = {row["account_id"] for row in rows if row["is_reactivation"] == "False"} & active
    # Every active account with an event is told of by at least one line.
    assert len(active - told_of) == 12 == sum("nothing says" in line for line in told)
    said(
        capsys,
        f"departures: {len(expected)} contradictions by line; of {len(active)} active accounts with an event"
        f" {len(told_of)} have left and {len(active - told_of)} have come back only",
    )
    reasons = StatusChange.objects.filter(action="told_departure").values_list("reason", flat=True)
    assert Counter(reasons) == Counter(row["reason_code"] for row in rows if row["is_reactivation"] == "False")
    assert StatusChange.objects.filter(action="told_return").count() == sum(
        row["is_reactivation"] == "True" for row in rows
    )
    # What a file tells changes no status: accounts leave and return by events and by cases.
    assert Counter(Account.objects.values_list("status", flat=True)) == Counter(
        "closed" if has_left else "active" for has_left in customers.values()
    )
    again, _told, _error = bring(CHURN, kind="departures", as_of=date.fromisoformat(AS_OF), source="saas")
    assert again[0] == "600 lines read: 0 departures put on record, 600 known already, 0 refused"


def test_the_page_takes_the_same_file_in_turns_and_finds_its_columns_by_their_names(
    acme, administrator, customers, monkeypatch
):
    run = prepared(acme, administrator, SUBSCRIPTIONS.read_bytes(), "subscriptions.csv", "subscriptions")
    at = column_mappings.sample(run, Layout.load(run.layout))
    kind = import_runs.kind_of(run)
    columns = column_mappings.suggested(kind, at.header)
    settings = column_mappings.declared(kind, at, columns, {"date_format": "YYYY-MM-DD", "currency": "USD"} | UNSAID)
    monkeypatch.setattr(import_runs, "TURN", -1)
    import_runs.start(
        run,
        actor=administrator,
        settings=settings,
        layout=Layout.load(run.layout),
        is_dry_run=False,
        as_of=date.fromisoformat(AS_OF),
    )
    while ImportRun.objects.filter(finished_at=None).exists():
        run_imports()

    run.refresh_from_db()
    assert (run.failure, run.done, run.taken, run.known, run.refused) == ("", 5000, 5000, 0, 0)
    assert statuses_on("2024-06-30") == counted_on(rows_of(SUBSCRIPTIONS), "2024-06-30")


def test_dates_in_another_format_are_refused_and_never_guessed(acme, customers, tmp_path):
    text = SUBSCRIPTIONS.read_text()
    american = re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\2/\3/\1", "".join(text.splitlines(keepends=True)[:4]))
    path = tmp_path / "subscriptions.csv"
    path.write_text(american)

    out, told, _error = bring(path, as_of=date.fromisoformat(AS_OF), currency="USD")
    assert out[0] == "3 lines read: 0 memberships put on record, 0 known already, 3 refused"
    assert told[0] == "line 2: start_date is not a date written YYYY-MM-DD"

    out, told, _error = bring(path, as_of=date.fromisoformat(AS_OF), currency="USD", date_format="MM/DD/YYYY")
    assert out[0] == "3 lines read: 3 memberships put on record, 0 known already, 0 refused"
    assert told == [f"line 4: {CLOSED}"]
