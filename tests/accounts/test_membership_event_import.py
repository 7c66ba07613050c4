"""Events of a billing system: what each says of a membership becomes entries, and a provider's own examples import."""

import json
from datetime import date

import pytest

from accounts.imports.layouts import Layout
from accounts.ledger.verify import Totals, verify
from accounts.models import Membership, OutboxEvent, Plan, StatusChange
from accounts.services import column_mappings, event_imports, import_runs
from accounts.tasks import run_imports
from tests import factories
from tests.accounts.importing import prepared, started
from tests.accounts.membership_files import bring, events_of
from tests.accounts.membership_past import PADDLE, SHARED, customer_, membership, told  # noqa: F401

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("scoped")]


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
