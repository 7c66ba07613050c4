"""Memberships that ran elsewhere: lines and events become entries, and what is not possible is told by line."""

import json
from datetime import date

import pytest

from accounts.ledger import Change, sets
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, OutboxEvent, Plan, ReasonCode, StatusChange
from accounts.services import memberships
from accounts.tasks import run_imports
from tests import factories
from tests.accounts.importing import prepared, started
from tests.accounts.membership_files import bring, lines_of
from tests.accounts.membership_past import AS_OF, customer_, membership, told  # noqa: F401

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("scoped")]


# Lines


def test_a_line_of_a_merged_number_is_told_the_account_that_stands_for_it(acme, customer, agent, supervisor, tmp_path):
    factories.merge(customer, factories.make_account(acme, "A-2"), agent, supervisor)

    _out, problems, _error = bring(lines_of(tmp_path, "A-1,S-1,basic,monthly,2024-01-15,,no,no,yes"), as_of=AS_OF)

    assert problems == ["line 2: account was merged into account A-2, which stands for it"]


def test_a_line_becomes_a_membership_with_its_beginning_and_its_end(acme, customer, tmp_path):
    path = lines_of(tmp_path, "A-1,S-1,basic,monthly,2024-01-15,2024-03-14,no,yes,yes")

    out, problems, error = bring(path, as_of=AS_OF)

    assert (out[0], problems, error) == (
        "1 lines read: 1 memberships put on record, 0 known already, 0 refused",
        [],
        "",
    )
    # Both days are its own, and days begin where the customer is: Berlin is an hour ahead of UTC in winter.
    assert told() == [
        ("open", "active", "2024-01-14 23:00", "imported", ""),
        ("cancel", "cancelled", "2024-03-14 23:00", "imported", ""),
    ]
    row = membership()
    assert (row.starts_on, row.status, row.next_change_at) == (date(2024, 1, 15), "cancelled", None)
    assert set(StatusChange.objects.filter(subject_id=row.pk).values_list("origin", flat=True)) == {"import"}
    assert not OutboxEvent.objects.filter(name__in=["membership.cancel", "billing.instruction"]).exists()
    assert list(verify(Totals())) == []


@pytest.mark.parametrize(
    ("line", "entries"),
    [
        # It renews by itself: today's term, and nothing is invented about the renewals before.
        ("2024-01-15,,no,no,yes", [("open", "active", "2024-01-14 23:00", "imported", "")]),
        # It does not: it stands in the term of the file's day, and has expired since by the rule of dates.
        (
            "2024-12-15,,no,no,no",
            [
                ("open", "active", "2024-12-14 23:00", "imported", ""),
                ("expire", "expired", "2025-01-14 23:00", "non_renewal", "membership_terms"),
            ],
        ),
        # A trial that names no last day lasts.
        ("2024-01-15,,yes,no,", [("open", "trial", "2024-01-14 23:00", "imported", "")]),
        # It has a last day and was not cancelled.
        (
            "2024-01-15,2024-02-14,no,,",
            [
                ("open", "active", "2024-01-14 23:00", "imported", ""),
                ("expire", "expired", "2024-02-14 23:00", "imported", ""),
            ],
        ),
    ],
)
def test_what_still_ran_goes_on_by_the_rules_of_dates(acme, customer, tmp_path, line, entries):
    bring(lines_of(tmp_path, f"A-1,S-1,basic,monthly,{line}"), as_of=AS_OF)

    assert told() == entries
    assert not OutboxEvent.objects.filter(name__startswith="membership.").exists()


def test_a_trial_whose_last_day_is_over_has_expired(acme, customer, tmp_path):
    header = "account,reference,plan,starts_on,is_trial,trial_ends_on\n"
    bring(lines_of(tmp_path, "A-1,S-1,basic,2024-05-01,yes,2024-05-14", header=header), as_of=AS_OF)

    assert told() == [
        ("open", "trial", "2024-04-30 22:00", "imported", ""),
        ("expire", "expired", "2024-05-14 22:00", "trial_ended", "membership_terms"),
    ]


NO_PLAN = "plan is not the code or the name of one plan of this client with this cycle"
CYCLES = "month, monthly, quarter, quarterly, year, yearly, annual, annually, two_years, two years, biennial"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("A-2,S-1,basic,,2024-01-15,,,,", "account is not the number of an account of this client"),
        ("A-1,S-1,gold,,2024-01-15,,,,", NO_PLAN),
        ("A-1,S-1,basic,annual,2024-01-15,,,,", NO_PLAN),
        ("A-1,S-1,basic,sometimes,2024-01-15,,,,", f"cycle is not one of: {CYCLES}"),
        ("A-1,S-1,basic,,15/01/2024,,,,", "starts_on is not a date written YYYY-MM-DD"),
        ("A-1,S-1,basic,,2025-01-01,,,,", "starts_on lies behind the day that the file speaks of"),
        ("A-1,S-1,basic,,2024-01-15,2024-01-14,,,", "ends_on lies before the first day"),
        ("A-1,S-1,basic,,2024-01-15,,,yes,", "is_cancelled says that it was cancelled, but the line has no last day"),
        ("A-1,S-1,basic,,2024-01-15,,perhaps,,", "is_trial is neither yes nor no"),
        ("A-1,,basic,,2024-01-15,,,,", "reference is missing"),
    ],
)
def test_a_line_that_is_not_possible_is_told_and_leaves_nothing(acme, customer, tmp_path, line, problem):
    before = StatusChange.objects.count()

    _out, problems, error = bring(lines_of(tmp_path, line), as_of=AS_OF)

    assert (problems, error) == ([f"line 2: {problem}"], "1 lines were refused; the others stay.")
    assert StatusChange.objects.count() == before


def test_the_same_file_again_changes_nothing_and_another_content_is_told(acme, customer, tmp_path):
    bring(lines_of(tmp_path, "A-1,S-1,basic,,2024-01-15,,,,"), as_of=AS_OF)
    before = StatusChange.objects.count()

    path = lines_of(tmp_path, "A-1,S-1,basic,,2024-01-15,,,,", "A-1,S-1,basic,,2024-01-16,,,,")
    out, problems, _error = bring(path, as_of=AS_OF)

    assert out[0] == "2 lines read: 0 memberships put on record, 1 known already, 1 refused"
    assert problems == ["line 3: reference is on record already, and says something else there"]
    # The one that is new says that a file was handed in; it is refused, so there is none.
    assert StatusChange.objects.count() == before


def test_an_account_in_which_people_have_worked_takes_no_past_any_more(acme, customer, agent, tmp_path):
    own = customer.memberships.get()
    memberships.cancel(own, actor=agent, reason="too_expensive", initiator="member")

    _out, problems, _error = bring(lines_of(tmp_path, "A-1,S-1,basic,,2024-01-15,,,,"), as_of=AS_OF)

    assert problems == ["line 2: account has a history here already, which this file did not bring"]


def test_what_runs_in_a_closed_account_ends_with_the_day_of_the_file_and_is_told(acme, tmp_path):
    factories.make_account(acme, "A-1", status="closed", time_zone="Europe/Berlin")

    _out, problems, error = bring(lines_of(tmp_path, "A-1,S-1,basic,,2024-01-15,,,,"), as_of=AS_OF)

    assert (problems, error) == (
        ["line 2: account is closed here, yet the line says that this runs: taken to have ended with the file's day"],
        "",
    )
    assert told()[-1] == ("cancel", "cancelled", "2024-12-31 23:00", "imported", "")


def test_price_seats_reason_and_changes_of_plan_are_kept(acme, customer, tmp_path):
    Plan.objects.create(client=acme, code="pro-year", name="Pro", price_minor=90_000, currency="EUR", cycle="year")
    header = "account,reference,plan,cycle,starts_on,ends_on,is_cancelled,is_upgraded,is_downgraded,mrr,seats,reason\n"
    line = "A-1,S-1,Pro,annual,2024-01-15,2024-06-30,yes,yes,yes,70.50,7,Too Expensive"
    bring(lines_of(tmp_path, line, header=header), as_of=AS_OF)

    row = membership()
    bodies = StatusChange.objects.filter(subject_id=row.pk).order_by("number").values_list("body", flat=True)
    said = [json.loads(bytes(body))["data"] for body in bodies]
    assert said[0]["terms"] == {"seats": 7}
    assert said[0]["plan"]["price_minor"] == 12 * 7050 == row.agreed["price_minor"]
    assert [entry.get("direction") for entry in said] == [None, "upgrade", "downgrade", None]
    # The client's own code for it; none is made.
    assert told()[-1][3] == "too_expensive"
    assert ReasonCode.objects.filter(client=acme, use="cancel").count() == 1


def test_accounts_are_opened_as_closed_where_their_customer_has_left(acme, administrator, scoped):
    content = b"number,status,churn\nA-1,,True\nA-2,,False\nA-3,active,yes\nA-4,,\n"
    run = prepared(acme, administrator, content)
    started(run, administrator, {"number": "number", "status": "status", "has_left": "churn"})
    run_imports()
    run.refresh_from_db()

    assert dict(Account.objects.values_list("number", "status")) == {"A-1": "closed", "A-2": "active", "A-4": "active"}
    assert list(run.problems.values_list("line", "column", "reason")) == [
        (4, "churn", "contradicts the status in the same line")
    ]


def test_many_accounts_at_once_write_what_one_writes(acme, tmp_path, monkeypatch):
    for number in ("A-1", "A-2"):
        factories.make_account(acme, number)
    lines = ["S-{0}1,basic,,2024-01-15,2024-03-14,no,yes,", "S-{0}2,basic,,2024-02-01,,yes,,"]
    bring(lines_of(tmp_path, *(f"A-1,{line.format(1)}" for line in lines)), as_of=AS_OF)
    monkeypatch.setattr(sets, "SetChange", Change)
    monkeypatch.setattr(sets, "run", lambda works: [work.flush() for work in works])
    bring(lines_of(tmp_path, *(f"A-2,{line.format(2)}" for line in lines)), as_of=AS_OF)

    assert (told("S-11"), told("S-12")) == (told("S-21"), told("S-22"))
    assert list(verify(Totals())) == []
