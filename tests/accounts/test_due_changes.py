"""The job that writes what time has brought to memberships: for every client, once, whatever another worker does."""

from datetime import UTC, datetime

import pytest
from django_scopes import scope, scopes_disabled

from accounts import tasks
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, Membership, Plan, StatusChange
from accounts.services import accounts, memberships
from config.celery import app
from tests import factories

START = {"reason": "agreed", "initiator": "member"}


@pytest.fixture
def begin(time_machine):
    time_machine.move_to(datetime(2027, 1, 31, 9, tzinfo=UTC), tick=False)
    return time_machine


def member(client, actor, number="M-1"):
    with scope(client=[client.pk]):
        fields = {"name": "Gym", "price_minor": 3100, "currency": "EUR"}
        plan, _new = Plan.objects.get_or_create(client=client, code="gym", defaults=fields)
        account = factories.make_account(client, number, time_zone="Europe/Berlin")
        return memberships.add(account, plan, actor=actor, begins="active", **START)


def renewals():
    with scopes_disabled():
        return StatusChange.objects.filter(action="renew").count()


def test_beat_has_due_changes_written_for_every_client_and_once(begin, acme, globex, agent, outsider):
    task = app.conf.beat_schedule["memberships"]["task"]
    rows = [member(acme, agent), member(globex, outsider)]
    begin.move_to(datetime(2027, 2, 27, 22, 59, tzinfo=UTC), tick=False)
    app.tasks[task]()
    assert renewals() == 0

    begin.move_to(datetime(2027, 3, 1, tzinfo=UTC), tick=False)
    app.tasks[task]()
    app.tasks[task]()

    with scopes_disabled():
        found = Membership.objects.filter(pk__in=[row.pk for row in rows])
        assert [str(row.ends_on) for row in found] == ["2027-03-30", "2027-03-30"]
        assert renewals() == 2
        assert list(verify(Totals())) == []


def test_a_suspension_that_is_over_ends_before_its_memberships_go_on(begin, acme, agent):
    """The term ends while the account is out of service; the row is written once the account is back."""
    row = member(acme, agent)
    begin.move_to(datetime(2027, 2, 10, tzinfo=UTC), tick=False)
    with scope(client=[acme.pk]):
        account = Account.objects.get(pk=row.account_id)
        end = datetime(2027, 2, 20, tzinfo=UTC)
        accounts.suspend(account, actor=agent, kind="policy", reason="policy_breach", ends_at=end)
    begin.move_to(datetime(2027, 3, 1, tzinfo=UTC), tick=False)

    tasks.change_memberships()
    tasks.end_suspensions()
    tasks.change_memberships()

    with scope(client=[acme.pk]):
        told = StatusChange.objects.filter(subject_id=row.pk).order_by("number").values_list("action", "occurred_at")
        assert [(action, f"{at:%d %b %H:%M}") for action, at in told][-3:] == [
            ("suspend", "10 Feb 00:00"),
            ("reinstate", "20 Feb 00:00"),
            ("renew", "27 Feb 23:00"),
        ]
        assert list(verify(Totals())) == []
