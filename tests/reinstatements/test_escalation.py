"""The escalation ladder: whom it tells, when, and that each step is taken once whoever takes it."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.ledger.verify import Totals, verify
from accounts.models import OutboxEvent, StatusChange
from accounts.services import shifts
from accounts.services.staff import ensure_system_user
from notifications import tasks as mails
from notifications.models import StaffNotice
from reinstatements import services, tasks
from reinstatements.models import ReinstatementRequest
from reinstatements.services import clock_settings
from tests import factories
from tests.notifications.test_races import at_once

ALWAYS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")
LADDER = [
    {"percent": 50, "plus": 0, "tell": ["worker"]},
    {"percent": 80, "plus": 0, "tell": ["worker", "supervisors_on_shift"]},
    {"percent": 100, "plus": 0, "tell": ["supervisor"]},
    {"percent": 100, "plus": 120, "tell": ["compliance"]},
]
MONDAY = datetime(2027, 5, 3, 8, tzinfo=UTC)


def give(client, ladder=LADDER, seen=0):
    wanted = {"week": ALWAYS, "time_zone": "UTC", "country": "", "region": "", "days": {}, "targets": {}}
    with scopes_disabled():
        clock_settings.save(client, wanted | {"ladder": ladder}, actor=ensure_system_user(), seen=seen)


def steps(case):
    with scopes_disabled():
        rows = StatusChange.objects.filter(subject_id=case.pk, action="escalate").order_by("number")
        return [json.loads(bytes(row.body))["data"] | {"reason": row.reason} for row in rows]


def told(case):
    """Return who got a notice of which step, and what became of it."""
    with scopes_disabled():
        rows = StaffNotice.objects.select_related("user").order_by("created_at", "user__username")
        rows = rows.filter(payload__case=str(case.pk))
        return [(row.user.username, row.payload["step"], row.status) for row in rows]


@pytest.fixture
def people(acme, agent, supervisor, second_supervisor, compliance, administrator):
    with scopes_disabled():
        for user in (agent, supervisor, second_supervisor, compliance, administrator):
            user.client_roles.update(starts_at=datetime(2020, 1, 1, tzinfo=UTC))
    give(acme)
    return acme


@pytest.fixture
def case(people, agent):
    """A case that is due eight hours after Monday morning."""
    with time_machine.travel(MONDAY, tick=False):
        account = factories.suspend(factories.make_account(people, "E-1", balance_minor=8420))
        yield factories.bring_to(account, "in_verification", agent)


def at(hours):
    return time_machine.travel(MONDAY + timedelta(hours=hours), tick=False)


@pytest.mark.requirement("R62")
def test_each_step_of_the_ladder_is_taken_once_and_tells_its_people(case, agent, supervisor, second_supervisor):
    for hours in (3.9, 4, 4.5, 6.4, 6.5, 8, 8.1, 10, 12):
        with at(hours):
            tasks.escalate()
            tasks.escalate()
            mails.relay()
    assert [(step["step"], step["percent"], step["plus_minutes"], step["reason"]) for step in steps(case)] == [
        (1, 50, 0, "time_running_out"),
        (2, 80, 0, "time_running_out"),
        (3, 100, 0, "time_over"),
        (4, 100, 120, "time_long_over"),
    ]
    assert [(who, step) for who, step, _status in told(case)] == [
        ("agent", 1),
        ("agent", 2),
        ("second_supervisor", 2),
        ("supervisor", 2),
        ("second_supervisor", 3),
        ("supervisor", 3),
        ("compliance", 4),
    ]
    with scope(client=[case.client_id]):
        assert list(verify(Totals())) == []


@pytest.mark.requirement("R62")
def test_steps_that_come_late_are_on_record_and_only_the_last_tells(case):
    with at(9):
        tasks.escalate()
        mails.relay()
    assert [(step["step"], bool(step["told"])) for step in steps(case)] == [(1, False), (2, False), (3, True)]
    assert {step for _who, step, _status in told(case)} == {3}


@pytest.mark.requirement("R62")
def test_a_step_whose_groups_are_empty_climbs_to_the_next_at_once_and_says_so(case, people, compliance):
    rungs = [(50, "contact"), (80, "compliance")]
    give(people, [{"percent": percent, "plus": 0, "tell": [who]} for percent, who in rungs], seen=1)
    with at(4.1):
        tasks.escalate()
    assert [(step["climbed"], step["told"]) for step in steps(case)] == [(True, [str(compliance.pk)])]


@pytest.mark.requirement("R62")
def test_nobody_is_told_of_a_case_that_they_may_not_open(case, people, administrator, client, compliance):
    named = ["administrator", f"login:{administrator.pk}", "compliance"]
    give(people, [{"percent": 50, "plus": 0, "tell": named}], seen=1)
    with at(4.1):
        tasks.escalate()
        mails.relay()
        client.force_login(administrator)
        assert client.get(case.get_absolute_url()).status_code == 404
    assert told(case) == [("compliance", 1, "pending")]
    assert [step["climbed"] for step in steps(case)] == [False]


@pytest.mark.requirement("R62")
def test_where_a_ladder_reaches_nobody_compliance_officers_hear(case, people, compliance):
    give(people, [{"percent": percent, "plus": 0, "tell": ["administrator"]} for percent in (50, 80)], seen=1)
    with at(4.1):
        tasks.escalate()
    assert [(step["climbed"], step["groups"], step["told"]) for step in steps(case)] == [
        (True, ["compliance"], [str(compliance.pk)])
    ]


@pytest.mark.requirement("R62")
def test_the_usual_ladder_ends_with_compliance_officers_and_supervisors():
    assert clock_settings.USUAL_LADDER[-1]["tell"] == ["compliance", "supervisor"]
    assert "administrator" not in {who for rung in clock_settings.USUAL_LADDER for who in rung["tell"]}


@pytest.mark.requirement("R115")
def test_whoever_is_told_hears_in_their_own_hours(case, agent, administrator):
    with scopes_disabled(), at(0):
        shifts.set_hours(agent, {"tue": "09:00-17:00"}, "America/New_York", actor=administrator)
    with at(4.1):
        tasks.escalate()
        mails.relay()
        mails.notify_staff()
        assert told(case) == [("agent", 1, "pending")]
        assert mail.outbox == []
    with at(28.9):
        mails.notify_staff()
        assert mail.outbox == []
    with at(29.1):  # Tuesday, 9:06 in New York
        mails.notify_staff()
        mails.notify_staff()
    assert told(case) == [("agent", 1, "sent")]
    [message] = mail.outbox
    assert message.to == ["agent@example.com"]
    assert message.subject == f"50 % of the time is used: case {case.code}, Acme Mobile"
    assert "12:00 (America/New_York)" in message.body
    assert message.message()["Content-Language"] == "en"
    assert case.code in message.body
    assert "It is in verification." in message.body
    assert "Köhler" not in message.body


def test_a_case_that_was_settled_meanwhile_presses_nobody(case, agent):
    with at(4.1):
        tasks.escalate()
        mails.relay()
        with scope(client=[case.client_id]):
            services.withdraw(case, actor=agent, reason="not_wanted")
        mails.notify_staff()
    assert told(case) == [("agent", 1, "suppressed")]
    assert mail.outbox == []


def test_a_person_who_is_named_is_told_while_they_work_for_the_client(case, people, compliance, outsider):
    give(people, [{"percent": 50, "plus": 0, "tell": [f"login:{compliance.pk}"]}], seen=1)
    with at(4.1):
        tasks.escalate()
    assert [step["told"] for step in steps(case)] == [[str(compliance.pk)]]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="one process writes to SQLite at a time")
@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("R62")
def test_two_workers_and_two_beats_take_each_step_and_send_each_notice_once(acme, agent, supervisor):
    give(acme)
    cases = []
    with time_machine.travel(timezone.now() - timedelta(hours=7), tick=True):
        with scopes_disabled():
            for user in (agent, supervisor):
                user.client_roles.update(starts_at=timezone.now())
        for number in range(12):
            account = factories.suspend(factories.make_account(acme, f"R-{number}", balance_minor=8420))
            cases.append(factories.bring_to(account, "in_verification", agent))
    with scopes_disabled():
        OutboxEvent.objects.update(done_at=timezone.now())

    at_once(*[tasks.escalate] * 4)
    at_once(*[mails.relay] * 4)
    at_once(*[mails.notify_staff] * 4)

    with scopes_disabled():
        taken = StatusChange.objects.filter(action="escalate").values_list("subject_id", flat=True)
        assert Counter(taken) == {case.pk: 2 for case in cases}
        assert set(ReinstatementRequest.objects.values_list("alerts", flat=True)) == {2}
        notices = StaffNotice.objects.values_list("payload__case", "user__username", "status")
        expected = [(str(case.pk), who, "sent") for case in cases for who in ("agent", "supervisor")]
        assert sorted(notices) == sorted(expected)
    assert Counter((message.to[0], message.subject) for message in mail.outbox) == Counter(
        (f"{who}@example.com", f"80 % of the time is used: case {case.code}, Acme Mobile")
        for case in cases
        for who in ("agent", "supervisor")
    )


@pytest.mark.requirement("R62", "R101")
@pytest.mark.parametrize(
    ("then", "steps_after"),
    [
        pytest.param(LADDER[2:], [(100, 0), (100, 120)], id="what is behind the case goes from the ladder"),
        pytest.param(
            [{"percent": 25, "plus": 0, "tell": ["worker"]}, *LADDER], [(100, 0), (100, 120)], id="one before"
        ),
        pytest.param(
            [*LADDER, {"percent": 90, "plus": 0, "tell": ["worker"]}], [(90, 0), (100, 0), (100, 120)], id="next"
        ),
        pytest.param([], [], id="no ladder any more"),
    ],
)
def test_a_ladder_that_is_changed_repeats_no_step_and_leaves_none_out(case, people, then, steps_after):
    with at(6.5):
        tasks.escalate()
    with at(6.6):
        give(people, then, seen=1)
    for hours in (7, 7.3, 8, 8.1, 10, 12):
        with at(hours):
            tasks.escalate()
    taken = [(step["percent"], step["plus_minutes"]) for step in steps(case)]
    assert taken == [(50, 0), (80, 0), *steps_after]


@pytest.mark.requirement("R62")
def test_a_ladder_that_is_changed_and_changed_back_repeats_no_step(case, people):
    with at(6.5):
        tasks.escalate()
    with at(6.6):
        give(people, LADDER[2:], seen=1)
    with at(6.7):
        give(people, LADDER, seen=2)
        tasks.escalate()
    assert [step["percent"] for step in steps(case)] == [50, 80]
    with scope(client=[case.client_id]):
        assert factories.fresh(case).alerts == 2
