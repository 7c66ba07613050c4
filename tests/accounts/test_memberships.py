"""The life of a membership through its services: every change an entry, and time brings about what was agreed."""

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, transaction

from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Membership, OutboxEvent, Plan, Restriction, ScheduledChange, StatusChange
from accounts.services import memberships
from reinstatements import services
from tests import factories
from tests.accounts.joining import CANCEL, PAUSE, START, account_, at_, entries, joined_, last, write_due  # noqa: F401
from tests.house.doors.forging import forge

pytestmark = pytest.mark.usefixtures("scoped")


def test_a_membership_keeps_the_plan_as_it_was_agreed(joined, acme):
    membership = joined(grace_days=3)

    entry, body = last(membership)
    Plan.objects.filter(code="gym").update(price_minor=9900, entitlements=["Gym"])
    membership.refresh_from_db()
    assert (membership.status, membership.starts_on, membership.ends_on) == (
        *("active", date(2027, 1, 31)),
        date(2027, 2, 27),
    )
    agreed = {
        "code": "gym",
        "name": "Gym",
        "price_minor": 3100,
        "currency": "EUR",
        "cycle": "month",
        "entitlements": ["Gym", "Sauna"],
        "terms": {
            "basis": "rolling",
            "auto_renew": True,
            "grace_days": 3,
            "trial_days": 0,
            "trial_converts": True,
            "pause_extends": True,
        },
    }
    assert body["data"]["plan"] == membership.snapshot == agreed
    assert body["data"]["initiator"] == "member"
    assert (entry.action, entry.from_status, entry.to_status) == ("activate", "pending", "active")


def test_a_rolling_term_renews_by_itself_at_midnight_of_the_member(joined, at):
    """February 27 is the last day in Berlin, and 23:00 of that day in UTC its end."""
    membership = joined()

    assert write_due(at, "2027-02-27T22:59") == 0
    assert write_due(at, "2027-04-29T22:00") == 3
    assert write_due(at, "2027-04-29T22:00") == 0

    membership.refresh_from_db()
    assert (membership.status, membership.ends_on) == ("active", date(2027, 5, 30))
    renewed = StatusChange.objects.filter(subject_id=membership.pk, action="renew").order_by("number")
    assert [str(entry.occurred_at) for entry in renewed] == [
        "2027-02-27 23:00:00+00:00",
        "2027-03-30 22:00:00+00:00",
        "2027-04-29 22:00:00+00:00",
    ]
    assert {(entry.reason, entry.origin, entry.rule) for entry in renewed} == {
        ("auto_renewal", "rule", "membership_terms")
    }
    bills = OutboxEvent.objects.filter(name="billing.instruction").order_by("created_at", "id")
    assert [bill.payload["instruction"] for bill in bills] == ["begin", "renew", "renew", "renew"]


@pytest.mark.requirement("R2")
def test_a_term_that_is_not_renewed_expires_the_day_after_its_grace(joined, at, agent):
    membership = joined(auto_renew=False, grace_days=5)

    assert write_due(at, "2027-03-04T22:59") == 0
    assert write_due(at, "2027-03-04T23:00") == 1

    entry, body = last(membership)
    assert (entry.action, entry.to_status, entry.reason, body["data"]["cause"]) == (
        *("expire", "expired", "non_renewal"),
        "non_renewal",
    )
    assert (entry.actor.is_system, entry.origin) == (True, "rule")
    with pytest.raises(Moved):
        memberships.renew(membership, actor=agent, **START)


def test_a_term_is_renewed_in_its_grace_without_a_gap(joined, at, agent):
    membership = joined(auto_renew=False, grace_days=5)
    with pytest.raises(Refused, match="still runs"):
        memberships.renew(membership, actor=agent, **START)

    at("2027-03-02T12:00")
    memberships.renew(membership, actor=agent, **START)

    membership.refresh_from_db()
    assert (membership.term_starts_on, membership.ends_on) == (date(2027, 2, 28), date(2027, 3, 30))


@pytest.mark.requirement("R7", "R49")
def test_a_trial_becomes_a_paid_term_and_the_entry_names_the_trial_and_the_plan(joined, at):
    membership = joined("trial", trial_days=14)
    trial, _body = last(membership)

    assert (membership.trial_ends_on, write_due(at, "2027-02-13T23:00")) == (date(2027, 2, 13), 1)

    entry, body = last(membership)
    membership.refresh_from_db()
    assert (entry.action, entry.from_status, entry.to_status) == ("convert", "trial", "active")
    assert body["data"]["trial"] == {"id": str(trial.uid), "ends_on": "2027-02-13"}
    assert body["data"]["plan"]["code"] == "gym"
    assert (membership.converted_on, membership.ends_on) == (date(2027, 2, 14), date(2027, 3, 13))


@pytest.mark.requirement("R7")
def test_a_trial_that_nobody_converts_ends_by_itself(joined, at):
    membership = joined("trial", trial_days=14, trial_converts=False)

    write_due(at, "2027-02-13T23:00")

    entry, body = last(membership)
    membership.refresh_from_db()
    assert (entry.action, entry.to_status, body["data"]["cause"]) == ("expire", "expired", "trial_ended")
    assert membership.converted_on is None


@pytest.mark.requirement("R4")
@pytest.mark.parametrize(("extends", "ends_on"), [(True, date(2027, 3, 9)), (False, date(2027, 2, 27))])
def test_a_pause_ends_by_itself_and_moves_the_end_by_the_clients_rule(joined, at, agent, extends, ends_on):
    """Ten days from February 5 to 14, both paused."""
    membership = joined(pause_extends=extends)
    at("2027-02-05T12:00")
    memberships.pause(membership, actor=agent, ends_on=date(2027, 2, 14), **PAUSE)

    assert write_due(at, "2027-02-14T22:59") == 0
    assert write_due(at, "2027-02-14T23:00") == 1

    membership.refresh_from_db()
    assert (membership.status, membership.ends_on) == ("active", ends_on)
    assert entries(membership)[-2:] == [
        ("pause", "active", "paused", "away"),
        ("resume", "paused", "active", "pause_ended"),
    ]


@pytest.mark.requirement("R4")
def test_a_pause_may_be_decided_ahead_and_ended_early(joined, at, agent):
    membership = joined()
    memberships.pause(membership, actor=agent, starts_on=date(2027, 2, 5), **PAUSE)
    change = ScheduledChange.objects.get()

    assert write_due(at, "2027-02-05T08:00") == 1
    at("2027-02-09T12:00")
    memberships.resume(membership, actor=agent, **PAUSE)

    membership.refresh_from_db()
    change.refresh_from_db()
    paused = StatusChange.objects.get(action="pause")
    assert (paused.occurred_at, paused.caused_by) == (datetime(2027, 2, 4, 23, tzinfo=UTC), change.entry)
    assert change.settled_entry == paused.uid
    # Paused on the 5th, 6th, 7th and 8th.
    assert (membership.status, membership.ends_on) == ("active", date(2027, 3, 3))


@pytest.mark.requirement("R5", "R48", "R72")
def test_a_cancellation_names_who_wanted_it_and_why(joined, agent):
    membership = joined()

    for wrong in ({"initiator": ""}, {"initiator": "nobody"}, {"reason": ""}, {"reason": "no_such_reason"}):
        with pytest.raises(Invalid):
            memberships.cancel(membership, actor=agent, **(CANCEL | wrong))
    memberships.cancel(membership, actor=agent, note="Moves to Rome.", **CANCEL)

    entry, body = last(membership)
    assert (entry.action, entry.to_status, entry.reason) == ("cancel", "cancelled", "too_expensive")
    assert body["data"]["initiator"] == "member"
    assert body["data"]["effective_on"] == "2027-01-31"
    assert body["data"]["consequences"] == {"entitlements_lost": ["Gym", "Sauna"], "days_left": 27, "points": 0}
    assert set(body["commit"]) == {"note"}


@pytest.mark.requirement("R72")
def test_a_cancellation_at_the_end_of_the_term_takes_effect_by_itself_unless_it_is_withdrawn(joined, at, agent):
    membership = joined()
    memberships.cancel(membership, actor=agent, when="term_end", **CANCEL)
    with pytest.raises(Moved, match="scheduled already"):
        memberships.cancel(membership, actor=agent, when="term_end", **CANCEL)
    assert last(membership)[1]["data"]["effective_on"] == "2027-02-28"
    memberships.withdraw_scheduled(ScheduledChange.objects.get(), actor=agent, **CANCEL)
    memberships.cancel(membership, actor=agent, when="term_end", **CANCEL)

    assert write_due(at, "2027-03-15T12:00") == 1

    assert entries(membership)[2:] == [
        ("schedule_cancel", "active", "active", "too_expensive"),
        ("unschedule_cancel", "active", "active", "too_expensive"),
        ("schedule_cancel", "active", "active", "too_expensive"),
        ("cancel", "active", "cancelled", "too_expensive"),
    ]
    entry, body = last(membership)
    assert (entry.occurred_at, body["data"]["initiator"]) == (datetime(2027, 2, 27, 23, tzinfo=UTC), "member")


def test_a_membership_stops_alone_and_nothing_but_a_case_brings_it_back(joined, agent):
    membership = joined()
    memberships.suspend(membership, actor=agent, kind="policy", reason="policy_breach")

    membership.refresh_from_db()
    assert (membership.status, membership.account.status) == ("suspended", "active")
    assert Restriction.objects.of_membership(membership).get().kind == "policy"
    assert not Restriction.objects.of_account(membership.account).exists()
    for attempt in (memberships.resume, memberships.activate):
        with pytest.raises((Moved, Refused)):
            attempt(membership, actor=agent, **(PAUSE if attempt is memberships.resume else START))
    with pytest.raises(DatabaseError), transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(status="active")


def test_a_paused_membership_cannot_come_back_as_something_else(joined, agent, at):
    membership = joined("trial", trial_days=14)
    memberships.pause(membership, actor=agent, **PAUSE)
    membership.refresh_from_db()

    with pytest.raises(DatabaseError, match="entered from"), transaction.atomic():
        forge(membership, agent, "paused", "active", action="resume")
    at("2027-02-03T12:00")
    memberships.resume(membership, actor=agent, **PAUSE)
    membership.refresh_from_db()
    assert (membership.status, membership.trial_ends_on) == ("trial", date(2027, 2, 16))


def reinstated(account, agent, supervisor, reason="non_payment"):
    case = factories.bring_to(account, "awaiting_approval", agent)
    services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
    account.refresh_from_db()


def test_memberships_stop_with_their_account_and_come_back_with_it(joined, account, agent, supervisor, at):
    membership, over = joined(), joined(code="over")
    memberships.cancel(over, actor=agent, **CANCEL)
    trial = joined("trial", code="trial", trial_days=30)
    factories.suspend(account)
    statuses = dict(Membership.objects.values_list("pk", "status"))
    assert [statuses[row.pk] for row in (membership, over, trial)] == ["suspended", "cancelled", "suspended"]

    at("2027-02-05T12:00")
    reinstated(account, agent, supervisor)

    statuses = dict(Membership.objects.values_list("pk", "status"))
    assert [statuses[row.pk] for row in (membership, over, trial)] == ["active", "cancelled", "trial"]
    approved = StatusChange.objects.get(to_status="approved")
    back = StatusChange.objects.filter(caused_by=approved.uid, subject_type="membership")
    assert {entry.from_status for entry in back} == {"suspended"}
    assert back.count() == 3
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R25")
def test_a_closed_account_brings_back_the_memberships_that_ended_with_it(joined, account, agent, supervisor, at):
    membership = joined()
    factories.close(account, agent)
    account.refresh_from_db()
    at("2027-06-05T12:00")

    reinstated(account, agent, supervisor)

    membership.refresh_from_db()
    data = last(membership)[1]["data"]
    assert (membership.status, membership.term_starts_on, membership.ends_on) == (
        *("active", date(2027, 6, 5)),
        date(2027, 7, 4),
    )
    assert data["stopped"]["status"] == "cancelled"
    assert (data["plan"]["code"], data["reactivated_on"], data["price_delta_minor"]) == ("gym", "2027-06-05", 0)


def test_nobody_else_changes_a_membership(joined, outsider, auditor, contact, acme):
    membership, before = joined(), StatusChange.objects.count()
    for user in (outsider, auditor, contact):
        for attempt, words in (
            (memberships.cancel, CANCEL),
            (memberships.pause, PAUSE),
            (memberships.renew, START),
        ):
            with pytest.raises(Refused):
                attempt(membership, actor=user, **words)
    assert StatusChange.objects.count() == before


def test_what_was_due_is_written_before_what_somebody_does(joined, at, agent):
    """A job that is weeks late changes nothing about what somebody may do today."""
    membership = joined(auto_renew=False)
    at("2027-03-15T12:00")
    for attempt, words in ((memberships.pause, PAUSE), (memberships.cancel, CANCEL)):
        with pytest.raises(Moved):
            attempt(membership, actor=agent, **words)

    at("2027-04-01T12:00")
    assert memberships.apply_due_membership_changes(datetime(2027, 4, 1, 12, tzinfo=UTC)) == 1
    assert last(membership)[0].occurred_at == datetime(2027, 2, 27, 23, tzinfo=UTC)
