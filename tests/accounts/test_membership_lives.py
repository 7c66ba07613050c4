"""What a page computes and what the job writes are one: random lives, and 400 days of written ones."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Membership, Plan, PointsEntry, StatusChange
from accounts.services import memberships
from accounts.services.memberships import reading
from tests import factories

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("scoped")]
BEGIN = datetime(2027, 10, 31, 9, tzinfo=UTC)
ZONES = ("Europe/Berlin", "Australia/Lord_Howe")
# A rule of dates is the same whatever keeps the rows: the first are walked on both databases, these on one.
MORE = ("America/New_York", "Asia/Beirut", "America/Santiago")
START, PAUSE = {"reason": "agreed", "initiator": "member"}, {"reason": "away", "initiator": "member"}
CANCEL, ADJUST = {"reason": "too_expensive", "initiator": "member"}, {"reason": "earned", "initiator": "business"}


def plan(client, code, **fields):
    sold = {"name": code, "price_minor": 3100, "currency": "EUR", "tiers": ["Gold"]}
    return Plan.objects.create(client=client, code=code, **(sold | fields))


@pytest.mark.requirement("R2", "R4", "R7", "R16")
@pytest.mark.parametrize("zone", [*ZONES, *(pytest.param(zone, marks=pytest.mark.anywhere) for zone in MORE)])
def test_what_is_written_is_what_was_read_on_every_day_of_a_year(acme, agent, zone):
    """The job runs every day at another hour; before each run, what it will find is what the pages show."""
    with time_machine.travel(BEGIN, tick=False):
        account = factories.make_account(acme, time_zone=zone)
        rolling = memberships.add(account, plan(acme, "rolling"), actor=agent, begins="active", **START)
        short = plan(acme, "short", auto_renew=False, grace_days=7, cycle="quarter")
        ending = memberships.add(account, short, actor=agent, begins="active", **START)
        trial = memberships.add(account, plan(acme, "trial", trial_days=30), actor=agent, begins="trial", **START)
        memberships.set_tier(rolling, "Gold", actor=agent, ends_on=datetime(2028, 2, 29).date(), **ADJUST)
        days = [(BEGIN + timedelta(days=count)).date() for count in (20, 49)]
        memberships.pause(rolling, actor=agent, starts_on=days[0], ends_on=days[1], **PAUSE)
        memberships.cancel(trial, actor=agent, when="term_end", **CANCEL)
    seen = set()
    for count in range(1, 401):
        now = BEGIN + timedelta(days=count, hours=count % 24)
        with time_machine.travel(now, tick=False):
            read = {row.pk: standing for row, standing in reading.of_account(fresh(account))}
            memberships.apply_due_membership_changes(now)
            assert memberships.apply_due_membership_changes(now) == 0
        for row in Membership.objects.filter(pk__in=[rolling.pk, ending.pk, trial.pk]):
            standing = read[row.pk]
            assert (row.status, row.ends_on, row.tier) == (
                *(standing.status, standing.facts.ends_on),
                standing.facts.tier,
            ), now
            seen.add(row.status)
    assert seen == {"active", "paused", "trial", "expired", "cancelled"}
    assert list(verify(Totals())) == []


def fresh(account):
    return type(account).objects.get(pk=account.pk)


DEEDS = {
    "pause": lambda row, agent: memberships.pause(row, actor=agent, **PAUSE),
    "resume": lambda row, agent: memberships.resume(row, actor=agent, **PAUSE),
    "convert": lambda row, agent: memberships.convert(row, actor=agent, **START),
    "renew": lambda row, agent: memberships.renew(row, actor=agent, **START),
    "earn": lambda row, agent: memberships.change_points(row, 70, actor=agent, **ADJUST),
    "redeem": lambda row, agent: memberships.change_points(row, -30, actor=agent, **ADJUST),
    "suspend": lambda row, agent: memberships.suspend(row, actor=agent, kind="policy", reason="policy_breach"),
    "cancel": lambda row, agent: memberships.cancel(row, actor=agent, **CANCEL),
    "cancel later": lambda row, agent: memberships.cancel(row, actor=agent, when="term_end", **CANCEL),
    "write": lambda row, agent: memberships.apply_due_membership_changes(datetime.now(UTC)),
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 40)), max_size=8), trial=st.booleans())
def test_any_life_verifies_and_its_status_is_that_of_its_last_entry(acme, agent, steps, trial):
    with transaction.atomic():
        now = BEGIN
        with time_machine.travel(now, tick=False):
            account = factories.make_account(acme, "H-1")
            sold = plan(acme, "lives", auto_renew=False, grace_days=10, trial_days=20)
            begins = "trial" if trial else "active"
            row = memberships.add(account, sold, actor=agent, begins=begins, **START)
        for name, days in steps:
            now += timedelta(days=days)
            with time_machine.travel(now, tick=False):
                with suppress(Invalid, Moved, Refused):
                    DEEDS[name](row, agent)
                last = StatusChange.objects.filter(subject_id=row.pk).order_by("-number").first()
                row = Membership.objects.select_related("account").get(pk=row.pk)
                assert row.status == last.to_status
                log = PointsEntry.objects.filter(membership=row).order_by("number")
                assert sum(entry.change for entry in log) == (log.last().balance if log else 0)
                assert list(verify(Totals())) == []
        transaction.set_rollback(True)
