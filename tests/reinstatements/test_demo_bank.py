"""The bank of the demo, loaded alone, and the log from which its past is told."""

from datetime import UTC, datetime, timedelta

import pytest
from django_scopes import scopes_disabled

from accounts import personal
from accounts.models import Account, Client, EndingProposal, OutboxEvent, StatusChange, User
from reinstatements.demo import days, lantern, nordtel, past, people
from reinstatements.models import Participation, ReinstatementRequest
from tests.reinstatements.demo_loading import COMPANIES, for_all_of_a_file, load

# The whole demo, this bank in it, is loaded on each database by test_demo.py.
pytestmark = pytest.mark.anywhere


@pytest.fixture(scope="module")
def bank(django_db_setup, django_db_blocker):
    """The demo, loaded once, with nothing played but at the bank; what a test changes is rolled back."""
    with for_all_of_a_file(django_db_blocker) as patch:
        for demo in (nordtel, *COMPANIES):
            for step in ("open_accounts", "stop_accounts", "play"):
                patch.setattr(demo, step, lambda *args: 0)
        patch.setattr(days.Calendar, "pass_by", lambda self: 0)
        load()
        yield Client.objects.get(code="lantern")


@pytest.mark.slow
@pytest.mark.django_db
@scopes_disabled()
def test_the_bank_s_past_is_kept_with_the_people_and_times_of_its_log(bank):
    # The lines of one request of the log, read by hand; London is an hour before UTC in summer.
    number, steps = next(
        (number, steps)
        for number, steps in zip(lantern.WITH_PAST, past.requests("Europe/London"), strict=True)
        if {"Upload Missing Documents", "Four-eyes Check"} < set(steps)
    )
    case = ReinstatementRequest.objects.get(account__number=number)
    entries = StatusChange.objects.filter(subject_id=case.pk).order_by("number")
    assert list(entries.values_list("action", "actor__username")) == [
        *(("open", "user-3"), ("submit", "user-4"), ("start", "user-2"), ("check_met", "user-2")),
        *(("check_met", "user-2"), ("check_failed", "user-2"), ("check_met", "user-5"), ("check_met", "user-11")),
        *(("send_for_approval", "user-7" if "Review Request Manually" in steps else "user-11"),),
        *(("approve_level", "user-1"), ("approve", "user-8"), ("complete", "user-8")),
    ]
    assert {entry.origin for entry in entries} == {"import"}
    assert case.completed_at == steps["Four-eyes Check"].end
    assert not OutboxEvent.objects.filter(account=case.account).exists()
    assert not User.objects.get(username="user-8").has_usable_password()
    deciders = {"user-1", "user-7", "user-8"}
    for decided in ReinstatementRequest.objects.filter(opened_at__lt=past.ENDED_BEFORE):
        took_part = set(Participation.objects.filter(case=decided).values_list("user__username", flat=True))
        gave = set(decided.approvals.values_list("user__username", flat=True))
        assert gave <= deciders
        assert not took_part & gave


@pytest.mark.slow
@pytest.mark.django_db
@scopes_disabled()
def test_the_bank_alone_loads_and_its_logins_have_the_password(bank):
    assert (bank.colour, bank.currency, bank.reason_codes.exists()) == (8, "GBP", True)
    assert Account.objects.filter(client=bank).count() == 60 + 150
    assert User.objects.get(username="ivy").check_password(people.PASSWORD)
    history = StatusChange.objects.filter(client=bank, action="suspend")
    assert all(entry.occurred_at < entry.recorded_at - timedelta(days=2) for entry in history)
    overdrawn = Account.objects.get(client=bank, balance_minor__gt=0)
    assert lantern.STOPPED[overdrawn.number][0] == "payment"
    assert personal.holder(overdrawn, whole=True).email.endswith("@example.com")
    # Two people close and cancel there: what one of them has proposed waits.
    assert sorted(EndingProposal.objects.values_list("client__code", "deed")) == [
        ("lantern", "cancel"),
        ("lantern", "close"),
    ]


def test_the_log_s_requests_are_whole_and_nobody_checks_their_own_work_in_it():
    requests = past.requests("Europe/London")

    assert len(requests) == 150
    for steps in requests:
        assert {"Enter Data", "Submit Request", "Determine Missing Document", "Send Notifications"} < set(steps)
        if check := steps.get("Four-eyes Check"):
            assert check.who not in {step.who for step in steps.values() if step is not check}
        times = [step.end for step in steps.values()]
        assert times == sorted(times)
        assert times[-1] < past.ENDED_BEFORE
    assert past.FILE.stat().st_size < 150_000


def test_a_time_without_a_zone_is_read_in_the_bank_s():
    row = {"resource": "user-3", "start": "03-07-2023 08:00:00", "end": "05-12-2023 08:59:00"}

    london, new_york = past.Step(row, "Europe/London"), past.Step(row, "America/New_York")

    assert london.start == datetime(2023, 7, 3, 7, tzinfo=UTC)
    assert london.end == datetime(2023, 12, 5, 8, 59, tzinfo=UTC)
    assert new_york.start == datetime(2023, 7, 3, 12, tzinfo=UTC)
