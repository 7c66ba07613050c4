"""Two readings of an account's record: adjustments field by field, and the steps of a reactivation; page and file."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import adjustments
from accounts.models import Membership, Plan, StatusChange
from accounts.models.staff import SYSTEM_USERNAME
from accounts.services import accounts, memberships
from reinstatements import services
from tests import factories

ADJUST = {"reason": "earned", "initiator": "business"}


@pytest.fixture
def lived(acme, scoped, agent, supervisor):
    """Owes 84.20 euro, is suspended, brought back by a case, earns points and moves."""
    account = factories.suspend(factories.make_account(acme, balance_minor=8420))
    case = factories.bring_to(account, "awaiting_approval", agent)
    services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
    memberships.change_points(Membership.objects.get(account=account), 70, actor=agent, **ADJUST)
    changes = {"phone": "+49 30 901821"}
    accounts.set_holder(factories.fresh(account), changes, actor=agent, reason="member_moved")
    return account


def read(account, narrow):
    return narrow(StatusChange.objects.filter(account=account)).order_by("number")


def adjusted(account):
    return [
        (entry.subject_type, each.field, each.before, each.after)
        for entry in read(account, adjustments.adjusting)
        for each in adjustments.of(entry.subject_type, entry.from_status, entry.to_status, entry.body)
    ]


@pytest.mark.requirement("R51")
def test_each_adjustment_has_its_field_and_both_values(lived):
    assert adjusted(lived) == [
        ("account", "Status", "Active", "Suspended"),
        ("membership", "Status", "Active", "Suspended"),
        ("account", "Status", "Suspended", "Active"),
        ("account", "Balance owed", "84.20 EUR", "0.00 EUR"),
        ("membership", "Status", "Suspended", "Active"),
        ("membership", "Points", "0", "70"),
        ("account", "phone number", "kept sealed", "kept sealed"),
    ]


@pytest.mark.requirement("R27")
def test_the_steps_of_a_reactivation_tell_why_it_stopped_each_check_and_the_return(lived):
    steps = read(lived, adjustments.reactivating).values_list("subject_type", "action", "actor__username")
    assert list(steps)[:3] == [
        ("account", "suspend", SYSTEM_USERNAME),
        ("reinstatement", "open", "agent"),
        ("reinstatement", "submit", "agent"),
    ]
    assert list(steps)[-4:] == [
        ("reinstatement", "approve", "supervisor"),
        ("account", "reinstate", "supervisor"),
        ("membership", "reinstate", "supervisor"),
        ("reinstatement", "complete", "supervisor"),
    ]
    paid = StatusChange.objects.get(account=lived, action="check_met", reason="payment_received")
    assert adjustments.facts_of(paid.body) == f"Amount: 8420, Received on: {timezone.localdate().isoformat()}"


@pytest.mark.requirement("R27", "R51")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("account_adjustments", ("84.20 EUR", "Points", "kept sealed")),
        ("account_reactivations", ("Check met", "Amount: 8420", "Case approved", "Active → Suspended")),
    ],
)
def test_whoever_sees_the_account_reads_its_record(client, lived, agent, outsider, name, said):
    url = reverse(name, args=[lived.pk])
    client.force_login(agent)
    page = client.get(url).content.decode()
    assert [words in page for words in said] == [True] * len(said)
    assert ("Export as CSV" in page, "901821" in page) == (False, False)
    client.force_login(outsider)
    assert client.get(url).status_code == 404


@pytest.mark.requirement("R27", "R51")
@pytest.mark.parametrize(
    ("name", "code", "headings"),
    [
        ("account_adjustments", "adjustments", ["Field", "Before", "After"]),
        ("account_reactivations", "reactivation", ["From", "To", "Result"]),
    ],
)
def test_those_who_export_take_it_away(client, acme, lived, compliance, name, code, headings):
    factories.suspend(factories.make_account(acme, "A-2"))
    client.force_login(compliance)
    offered = client.get(reverse(name, args=[lived.pk])).context["offer"].url
    assert offered == f"{reverse('export', args=[code])}?client=acme&account=A-1001"

    told = b"".join(client.post(offered, {"form": "csv"}).streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(told)))
    assert {row["Account"] for row in rows} == {"A-1001"}
    assert rows[0].keys() >= set(headings)
    assert (
        len(rows) == read(lived, adjustments.adjusting if code == "adjustments" else adjustments.reactivating).count()
    )
    if code == "adjustments":
        assert "84.20 EUR" in {value for row in rows for value in row["Before"].split("\n")}


@pytest.mark.requirement("R52", "R17")
def test_the_timeline_says_how_much_was_paid_which_tier_and_until_when(client, agent, acme, scoped):
    account = factories.make_account(acme, "A-9")
    factories.charge(account, "I-1", 4900, due_on=timezone.localdate())
    plan = Plan.objects.create(
        client=acme, code="gym", name="Gym", price_minor=3100, currency="EUR", tiers=["Gold"], entitlements=["Gym"]
    )
    membership = memberships.add(account, plan, actor=agent, begins="active", reason="agreed", initiator="member")
    memberships.change_points(membership, 120, actor=agent, **ADJUST)
    memberships.change_points(membership, -20, actor=agent, **ADJUST)
    last = timezone.localdate() + timedelta(days=30)
    memberships.set_tier(membership, "Gold", actor=agent, ends_on=last, **ADJUST)
    client.force_login(agent)

    lines = client.get(account.get_absolute_url()).context["timeline"].lines

    told = {line.detail for line in lines}
    assert {
        "49.00 EUR · I-1 · Charged by the client",
        "Gym · +120, 120 now · Earned",
        "Gym · -20, 100 now · Earned",
    } <= told
    assert f"Gym · Gold until {last.day} {last:%b %Y} · Earned" in told
