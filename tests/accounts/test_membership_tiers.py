"""Tiers and points: with days and a log of their own."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from accounts.errors import Invalid
from accounts.models import PointsEntry, StatusChange
from accounts.services import memberships
from tests.accounts.joining import ADJUST, account_, at_, joined_, last, write_due  # noqa: F401

pytestmark = pytest.mark.usefixtures("scoped")


@pytest.mark.requirement("R16")
def test_a_tier_lapses_with_its_own_last_day_and_says_so(joined, at, agent):
    membership = joined(tiers=["Silver", "Gold"])
    with pytest.raises(Invalid):
        memberships.set_tier(membership, "Platinum", actor=agent, **ADJUST)
    memberships.set_tier(membership, "Gold", ends_on=date(2027, 2, 10), actor=agent, **ADJUST)

    assert write_due(at, "2027-02-10T23:00") == 1

    entry, body = last(membership)
    membership.refresh_from_db()
    assert (membership.status, membership.tier, entry.action, entry.reason) == (
        "active",
        "",
        "lapse_tier",
        "tier_ended",
    )
    assert body["data"]["moved"] == {"tier": ["Gold", ""], "tier_ends_on": ["2027-02-10", None]}


@pytest.mark.requirement("R17")
def test_points_have_their_own_log_that_adds_up(joined, agent):
    membership = joined()
    for change in (500, 120, -300):
        memberships.change_points(membership, change, actor=agent, **ADJUST)
    for wrong in (0, -321, 2**63):
        with pytest.raises(Invalid):
            memberships.change_points(membership, wrong, actor=agent, **ADJUST)

    log = PointsEntry.objects.filter(membership=membership).order_by("number")
    assert [(row.number, row.change, row.balance) for row in log] == [(1, 500, 500), (2, 120, 620), (3, -300, 320)]
    assert [row.entry for row in log] == [
        entry.uid for entry in StatusChange.objects.filter(action="change_points").order_by("number")
    ]
    row = log.last()
    for bad in ({"balance": 1000}, {"number": 9}, {"entry": membership.pk}):
        forged = {"number": 4, "change": 80, "balance": 400, "entry": row.entry, "occurred_at": row.occurred_at}
        with pytest.raises(DatabaseError), transaction.atomic():
            PointsEntry.objects.create(
                client_id=row.client_id,
                account=row.account,
                membership=membership,
                reason="earned",
                **(forged | bad),
            )
    with pytest.raises(DatabaseError), transaction.atomic():
        PointsEntry.objects.update(change=1)


@pytest.mark.requirement("R17")
@pytest.mark.parametrize(("survive", "balance"), [(True, 500), (False, 0)])
def test_points_survive_a_suspension_by_the_clients_rule(joined, agent, acme, survive, balance):
    type(acme).objects.filter(pk=acme.pk).update(points_survive=survive)
    membership = joined()
    memberships.change_points(membership, 500, actor=agent, **ADJUST)

    memberships.suspend(membership, actor=agent, kind="policy", reason="policy_breach")

    assert PointsEntry.objects.filter(membership=membership).order_by("number").last().balance == balance
