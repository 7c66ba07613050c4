"""Another plan: one entry with both, what it costs to the minor unit, now or when the term is over."""

import json
from datetime import date, timedelta

import pytest

from accounts import proration
from accounts.models import OutboxEvent, Plan, StatusChange
from accounts.services import memberships
from tests.accounts.joining import CHANGE, account_, at_, joined_, last, plan, write_due  # noqa: F401

pytestmark = pytest.mark.usefixtures("scoped")


@pytest.mark.requirement("R6", "R26", "R74")
def test_an_upgrade_now_is_one_entry_with_both_plans_and_what_it_costs(joined, at, agent, acme):
    """28 days at 31.00, changed on the 14th of them to 59.99: 15 days are left.

    Given back: 3100 * 15 / 28 = 1660.7, so 16.61. Owed: 5999 * 15 / 28 = 3213.75, so 32.14. Due: 15.53.
    """
    membership = joined()
    gold = plan(acme, "gold", price_minor=5999, entitlements=["Gym", "Pool"])
    at("2027-02-13T12:00")

    memberships.change_plan(membership, gold, actor=agent, **CHANGE)

    membership.refresh_from_db()
    entry, body = last(membership)
    data = body["data"]
    assert (entry.action, entry.from_status, entry.to_status) == ("change_plan", "active", "active")
    assert (data["plan_before"]["code"], data["plan"]["code"], data["direction"]) == ("gym", "gold", "upgrade")
    assert (data["price_delta_minor"], data["gained"], data["lost"]) == (2899, ["Pool"], ["Sauna"])
    assert data["effective_on"] == "2027-02-13"
    assert data["proration"] == {
        "credit_minor": 1661,
        "charge_minor": 3214,
        "due_minor": 1553,
        "currency": "EUR",
        "days_left": 15,
        "days_in_term": 28,
    }
    assert (membership.plan, membership.snapshot["price_minor"], membership.ends_on) == (gold, 5999, date(2027, 2, 27))
    bill = OutboxEvent.objects.filter(name="billing.instruction").order_by("created_at", "id").last()
    assert bill.entry == entry.uid
    assert {
        name: bill.payload[name] for name in ("instruction", "plan", "price_minor", "due_minor", "effective_on")
    } == {
        "instruction": "change_plan",
        "plan": "gold",
        "price_minor": 5999,
        "due_minor": 1553,
        "effective_on": "2027-02-13",
    }
    assert bill.payload["entitlements"] == ["Gym", "Pool"]


@pytest.mark.requirement("R6")
def test_a_downgrade_at_the_end_of_the_term_waits_and_costs_nothing(joined, at, agent, acme):
    """It began on a 31st: the year begins on February 28 and ends the day before February 29, a month's last day."""
    membership = joined(price_minor=5999)
    basic = plan(acme, "small", price_minor=1500, cycle="year")
    memberships.change_plan(membership, basic, actor=agent, when="term_end", **CHANGE)
    membership.refresh_from_db()
    assert membership.plan.code == "gym"
    Plan.objects.filter(pk=basic.pk).update(price_minor=9)

    assert write_due(at, "2027-03-01T12:00") == 2

    membership.refresh_from_db()
    changed, renewed = StatusChange.objects.filter(subject_id=membership.pk).order_by("number")[3:]
    data = json.loads(bytes(changed.body))["data"]
    assert (changed.action, renewed.action, data["direction"]) == ("change_plan", "renew", "downgrade")
    assert (data["proration"]["due_minor"], data["plan"]["price_minor"]) == (0, 1500)
    assert (membership.plan, membership.ends_on) == (basic, date(2028, 2, 28))


@pytest.mark.parametrize(
    ("old", "new", "left", "days", "credit", "charge"),
    [
        (1000, 2000, 15, 30, 500, 1000),
        (999, 1001, 1, 2, 500, 501),  # 499.5 and 500.5: halves up
        (1, 2, 1, 3, 0, 1),  # 0.33 and 0.67
        (2985, 0, 31, 31, 2985, 0),
        (10**15, 10**15 + 1, 1, 366, 2732240437158, 2732240437158),
    ],
)
def test_shares_of_a_price_are_whole_minor_units(old, new, left, days, credit, charge):
    first = date(2027, 1, 1)
    snapshots = [{"price_minor": price, "cycle": "month", "currency": "EUR"} for price in (old, new)]
    ends_on = first + timedelta(days=days - 1)
    found = proration.of_change(*snapshots, ends_on - timedelta(days=left - 1), first, ends_on)
    assert (found.credit_minor, found.charge_minor, found.days_left, found.days_in_term) == (credit, charge, left, days)


def test_another_cycle_begins_a_term_of_its_own(joined, at, agent, acme):
    """15 of 28 days of 31.00 are given back: 16.61. The year costs 300.00."""
    membership = joined()
    at("2027-02-13T12:00")
    memberships.change_plan(membership, plan(acme, "year", cycle="year", price_minor=30000), actor=agent, **CHANGE)

    membership.refresh_from_db()
    assert (membership.term_starts_on, membership.ends_on) == (date(2027, 2, 13), date(2028, 2, 12))
    assert last(membership)[1]["data"]["proration"]["due_minor"] == 30000 - 1661
    assert last(membership)[1]["data"]["direction"] == "downgrade"
