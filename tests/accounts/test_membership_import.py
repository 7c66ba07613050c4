"""Memberships that ran elsewhere: lines and events become entries, and what is not possible is told by line."""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from accounts.imports.layouts import Layout
from accounts.ledger import sets
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, ImportedRecord, Membership, OutboxEvent, Plan, ReasonCode, StatusChange
from accounts.services import column_mappings, event_imports, import_runs, memberships
from accounts.tasks import run_imports
from tests import factories
from tests.accounts.importing import prepared, started
from tests.accounts.membership_files import bring, events_of, lines_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("scoped")]

AS_OF = date(2024, 12, 31)
SHARED = Path(os.environ.get("SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
PADDLE = SHARED / "paddle-events"


@pytest.fixture
def customer(acme):
    """An account that was opened without a membership, in Berlin."""
    with_plan = factories.make_account(acme, "A-1", time_zone="Europe/Berlin")
    return Account.objects.get(pk=with_plan.pk)


def told(reference="S-1"):
    """Return the entries of an imported membership: action, status, local day, reason, rule."""
    record = ImportedRecord.objects.filter(reference=reference).first()
    entries = StatusChange.objects.filter(subject_id=record.membership_id).order_by("number")
    return [
        (entry.action, entry.to_status, f"{entry.occurred_at:%Y-%m-%d %H:%M}", entry.reason, entry.rule)
        for entry in entries
    ]


def membership(reference="S-1"):
    return ImportedRecord.objects.filter(reference=reference).first().membership


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
    monkeypatch.setattr(sets, "run", lambda works: [work.flush() for work in works])
    bring(lines_of(tmp_path, *(f"A-2,{line.format(2)}" for line in lines)), as_of=AS_OF)

    assert (told("S-11"), told("S-12")) == (told("S-21"), told("S-22"))
    assert list(verify(Totals())) == []


# Events


def event(number, kind, at, status, plan="basic", reference="sub_1", **more):
    data = {"id": reference, "customer_id": "A-1", "status": status} | more
    data["items"] = [{"price": {"id": plan}}]
    return f"evt_{number}", f"subscription.{kind}", at, data


LIFE = [
    event(1, "trialing", "2024-04-01T10:00:00.5Z", "trialing", items=[], current_billing_period=None),
    event(2, "activated", "2024-04-15T10:00:00Z", "active", current_billing_period={"ends_at": "2024-05-15T10:00:00Z"}),
    event(3, "updated", "2024-04-20T10:00:00Z", "active", plan="pro"),
    event(4, "updated", "2024-04-22T10:00:00Z", "active", plan="basic"),
    event(5, "paused", "2024-05-01T10:00:00Z", "paused"),
    event(6, "resumed", "2024-05-11T10:00:00Z", "active"),
    event(7, "past_due", "2024-05-20T10:00:00Z", "past_due"),
    event(8, "canceled", "2024-06-01T10:00:00Z", "canceled"),
]


@pytest.fixture
def pro(acme):
    return Plan.objects.create(client=acme, code="pro", name="Pro", price_minor=4985, currency="EUR")


def test_events_of_a_billing_system_lead_through_a_whole_life(acme, customer, pro, tmp_path):
    out, problems, error = bring(events_of(tmp_path, *LIFE), kind="membership_events")

    assert (out[0], problems, error) == ("8 lines read: 8 events put on record, 0 known already, 0 refused", [], "")
    assert [(action, status, at[:10]) for action, status, at, _reason, _rule in told("sub_1")] == [
        ("open", "trial", "2024-04-01"),
        ("convert", "active", "2024-04-15"),
        ("change_plan", "active", "2024-04-20"),
        ("change_plan", "active", "2024-04-22"),
        ("pause", "paused", "2024-05-01"),
        ("resume", "active", "2024-05-11"),
        # Money owed is the account's: the membership goes on.
        ("cancel", "cancelled", "2024-06-01"),
    ]
    entries = StatusChange.objects.filter(subject_id=membership("sub_1").pk)
    bodies = {entry.action: json.loads(bytes(entry.body))["data"] for entry in entries.order_by("-number")}
    assert bodies["convert"]["trial"]["id"] == str(entries.get(action="open").uid)
    assert bodies["change_plan"]["direction"] == "upgrade"
    # The end moved by the ten days of the pause, as the plan says: May 14 and ten days.
    assert membership("sub_1").ends_on == date(2024, 5, 24)
    assert not OutboxEvent.objects.filter(name__startswith="membership.").exists()
    assert list(verify(Totals())) == []


def test_a_life_may_stretch_over_several_sets_and_the_same_file_changes_nothing(
    acme, customer, pro, tmp_path, monkeypatch
):
    bring(events_of(tmp_path, *LIFE), kind="membership_events", source="at_once")
    at_once = told("sub_1")
    monkeypatch.setattr(event_imports, "SET", 1)
    parts = [(*one[:3], one[3] | {"id": "sub_2"}) for one in LIFE]

    bring(events_of(tmp_path, *parts), kind="membership_events", source="in_parts")

    assert told("sub_2") == at_once
    assert list(verify(Totals())) == []
    out, problems, _error = bring(events_of(tmp_path, *parts), kind="membership_events", source="in_parts")
    assert (out[0], problems) == ("8 lines read: 0 events put on record, 8 known already, 0 refused", [])


def test_what_is_handed_in_after_time_has_gone_on_is_told(acme, customer, pro, tmp_path):
    bring(events_of(tmp_path, *LIFE[:2]), kind="membership_events")

    _out, problems, _error = bring(events_of(tmp_path, *LIFE[:3]), kind="membership_events")

    why = "lies before what is on record of the membership; hand its past in at once"
    assert problems == [f"line 3: occurred_at {why}"]


@pytest.mark.requirement("R61")
def test_nothing_that_is_over_comes_back_by_an_event(acme, customer, pro, tmp_path):
    later = event(9, "activated", "2024-06-02T10:00:00Z", "active")

    _out, problems, _error = bring(events_of(tmp_path, *LIFE, later), kind="membership_events")

    why = "is not possible: the membership is cancelled by then, and comes back by a reinstatement only"
    assert problems == [f"line 9: data.status {why}"]
    assert membership("sub_1").status == "cancelled"


AT = "2024-01-01T00:00:00Z"
BEGUN = event(1, "created", AT, "active")
PAID = "evt_1", "transaction.paid", AT, {"id": "txn_1", "customer_id": "A-1", "status": "paid", "items": []}


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([event(1, "created", "2999-01-01T00:00:00Z", "active")], "occurred_at lies in the future"),
        (
            [event(1, "created", "2024-01-01T00:00:00", "active")],
            "occurred_at does not say its time zone, and none was declared for the file",
        ),
        (
            [event(1, "created", "01/02/2024 10:00", "active")],
            "occurred_at is not a date written YYYY-MM-DD",
        ),
        (
            [event(1, "created", AT, "deleted")],
            "data.status is not one of: trial, trialing, active, past_due, paused, cancelled, canceled, expired",
        ),
        (
            [event(1, "created", AT, "active", plan="gold")],
            "data.items.0.price.id is not the code or the name of one plan of this client",
        ),
        (
            [BEGUN, event(2, "trialing", "2024-01-02T00:00:00Z", "trialing")],
            "data.status is not possible: no trial follows a paid membership",
        ),
        ([BEGUN, PAID], "event_type is no event of a membership; it is left out"),
    ],
)
def test_an_event_that_is_not_possible_is_told(acme, customer, tmp_path, events, problem):
    _out, problems, _error = bring(events_of(tmp_path, *events), kind="membership_events")

    assert problems == [f"line {len(events)}: {problem}"]


def test_what_time_has_brought_since_the_last_event_is_written_without_a_word(acme, customer, pro, tmp_path):
    Plan.objects.filter(client=acme).update(auto_renew=False)
    event_ = event(1, "created", "2024-04-15T10:00:00Z", "active")

    bring(events_of(tmp_path, event_), kind="membership_events")

    assert told("sub_1")[-1] == ("expire", "expired", "2024-05-14 22:00", "non_renewal", "membership_terms")
    assert not OutboxEvent.objects.filter(name__startswith="membership.").exists()


# What a billing provider really sends


def real(name, **changes):
    """One of the provider's own examples, as an event of the kind that its file is named after."""
    data = json.loads((PADDLE / f"{name}.json").read_text()) | changes
    return f"evt_{name}_{data['id']}"[-60:], name, data["updated_at"], data


@pytest.fixture
def paddle(acme, capsys):
    if not PADDLE.exists():
        with capsys.disabled():
            print(f"\nskipped: {PADDLE.name} is not in {SHARED}")
        pytest.skip(f"{PADDLE} is not there")
    for name in PADDLE.glob("subscription.*.json"):
        price = json.loads(name.read_text())["items"][0]["price"]
        Plan.objects.get_or_create(
            client=acme,
            code=price["id"],
            defaults={
                "name": price["name"] or price["description"],
                "price_minor": int(price["unit_price"]["amount"]),
                "currency": "USD",
                "grace_days": 0,
            },
        )
    factories.make_account(acme, "ctm_01hv6y1jedq4p1n0yqn5ba3ky4")


@pytest.mark.requirement("R4")
def test_a_billing_providers_own_examples_import(acme, paddle, tmp_path, capsys):
    lives = {
        "sub_paid": ["subscription.created", "subscription.activated", "subscription.updated", "subscription.canceled"],
        "sub_paused": ["subscription.imported", "subscription.paused", "subscription.resumed", "subscription.past_due"],
        "sub_trial": ["subscription.trialing"],
    }
    events = [real(name, id=reference) for reference, names in lives.items() for name in names]

    out, problems, error = bring(events_of(tmp_path, *events), kind="membership_events")

    assert (out[0], problems, error) == ("9 lines read: 9 events put on record, 0 known already, 0 refused", [], "")
    found = {reference: [(action, status) for action, status, *_rest in told(reference)] for reference in lives}
    by_itself = [step for step in found["sub_paused"] if step[0] == "renew"]
    with capsys.disabled():
        print(f"\nprovider's events: {sum(map(len, lives.values()))}, entries: {found}")
    assert found["sub_paid"][0] == ("open", "active")
    assert found["sub_paid"][-1] == ("cancel", "cancelled")
    assert [step for step in found["sub_paused"] if step not in by_itself] == [
        ("open", "active"),
        ("pause", "paused"),
        ("resume", "active"),
    ]
    assert found["sub_trial"][0] == ("open", "trial")
    row = membership("sub_trial")
    assert row.trial_starts_on == date(2024, 4, 12)
    assert row.trial_ends_on == date(2024, 4, 25)  # What follows begins on the 26th, at 11:30.
    again, problems, _error = bring(events_of(tmp_path, *events), kind="membership_events")
    assert (again[0], problems) == ("9 lines read: 0 events put on record, 9 known already, 0 refused", [])


def test_the_providers_list_of_events_is_read_as_it_comes(acme, paddle, capsys):
    """Newest first, most of it about payments, and about customers of others: each line says what became of it."""
    path = PADDLE / "events_list_default.json"
    listed = json.loads(path.read_text())["data"]

    out, problems, _error = bring(path, kind="membership_events")

    about = [number for number, one in enumerate(listed, 1) if one["event_type"].startswith("subscription.")]
    left_out = [
        f"line {number}: event_type is no event of a membership; it is left out"
        for number in range(1, len(listed) + 1)
        if number not in about
    ]
    unknown = [f"line {number}: data.customer_id is not the number of an account of this client" for number in about]
    assert problems == sorted(left_out + unknown, key=lambda line: int(line.split(":")[0].removeprefix("line ")))
    assert out[0] == f"{len(listed)} lines read: 0 events put on record, 0 known already, {len(about)} refused"
    assert Membership.objects.count() == 1


def test_the_page_reads_a_list_of_events_too(acme, administrator, customer, pro, tmp_path):
    path = events_of(tmp_path, *LIFE)
    run = prepared(acme, administrator, path.read_bytes(), "events.json", "membership_events")
    layout = Layout.load(run.layout)
    assert (layout.format, run.total) == ("json", 8)
    at = column_mappings.sample(run, layout)
    columns = column_mappings.suggested(import_runs.kind_of(run), at.header)
    assert columns | {"reason": ""} == {
        "account": "data.customer_id",
        "reference": "data.id",
        "event": "event_id",
        "type": "event_type",
        "occurred_at": "occurred_at",
        "status": "data.status",
        "plan": "data.items.0.price.id",
        "ends_at": "data.current_billing_period.ends_at",
        "reason": "",
    }
    started(run, administrator, columns, date_format="YYYY-MM-DD", time_zone="UTC")
    run_imports()
    run.refresh_from_db()
    assert (run.failure, run.taken, run.refused) == ("", 8, 0)
