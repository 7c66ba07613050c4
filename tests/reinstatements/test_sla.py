"""The clock of a case, compared with a walk minute by minute through its pauses and changes of hours."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import hours
from reinstatements.sla import COUNTING, STEP_OF, Clock, Rung, Terms, standing

MINUTE = timedelta(minutes=1)
START = datetime(2026, 10, 22, 6, tzinfo=UTC)  # a Thursday; clocks change on the Sunday after
WEEKS = [
    dict.fromkeys(hours.DAYS[:5], "09:00-17:00"),
    dict.fromkeys(hours.DAYS[:6], "08:00-12:00, 13:00-18:30"),
    dict.fromkeys(hours.DAYS, "22:00-06:00"),
    dict.fromkeys(hours.DAYS, "00:00-24:00"),
]


def terms(week, version=1, since=None, ladder=(), zone="Europe/Berlin"):
    return Terms(version=version, since=since, plan=hours.plan(week, zone), ladder=ladder)


@lru_cache(maxsize=20000)
def reading(minute):
    wall = minute.astimezone(ZoneInfo("Europe/Berlin"))
    return wall.weekday(), wall.hour * 60 + wall.minute


def counts(week, minute):
    day, now = reading(minute)
    today = hours.parse_spans(week.get(hours.DAYS[day], ""))
    before = hours.parse_spans(week.get(hours.DAYS[day - 1], ""))
    return any(begin <= now < end for begin, end in today) or any(begin <= now + 1440 < end for begin, end in before)


STATUSES = ("submitted", "in_verification", "awaiting_member", "awaiting_approval", "declined")


@st.composite
def lives(draw):
    """When the case goes to which status, when its hours change, and how long it may take; all in minutes."""
    moves = draw(st.lists(st.tuples(st.integers(1, 4000), st.sampled_from(STATUSES)), max_size=5))
    changes = draw(
        st.lists(st.tuples(st.integers(1, 4000), st.sampled_from(WEEKS)), max_size=2, unique_by=lambda x: x[0])
    )
    return (
        sorted(moves, key=lambda move: move[0]),
        sorted(changes, key=lambda change: change[0]),
        draw(st.integers(1, 2000)),
    )


@pytest.mark.requirement("R101")
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(WEEKS), lives())
def test_elapsed_time_and_due_time_are_those_of_a_walk(week, life):
    moves, changes, target = life
    versions = [terms(week)]
    for number, (at, changed) in enumerate(changes, start=2):
        versions.append(terms(changed, number, START + at * MINUTE))

    # The clock as the services lead it: caught up at each move by the versions made since it was last counted.
    clock, version, status = Clock(since=START, step="start"), 1, "draft"
    for at, to in moves:
        now = START + at * MINUTE
        known = [each for each in versions if each.since is None or each.since <= now]
        clock = clock.caught_up([each for each in known if each.version >= version], now).goes_to(to, now)
        version, status = known[-1].version, to
    end = START + 4001 * MINUTE
    clock = clock.caught_up([each for each in versions if each.version >= version], end)

    # The walk: each minute counts by the status and the hours of that minute.
    used, steps = 0, {}
    for n in range(4001):
        minute = START + n * MINUTE
        now_in = next((to for at, to in reversed(moves) if at <= n), "draft")
        in_force = next((changed for at, changed in reversed(changes) if at <= n), week)
        if now_in in COUNTING and counts(in_force, minute):
            used += 1
            steps[STEP_OF[now_in]] = steps.get(STEP_OF[now_in], 0) + 1
    assert clock.used(versions[-1], end) == used * MINUTE
    for step, minutes in steps.items():
        assert clock.spent.get(step, timedelta(0)) == minutes * MINUTE

    due = clock.due_at(versions[-1], target * MINUTE)
    if status not in COUNTING:
        assert due is None
    elif used < target:
        left, minute = target - used, end
        while left:
            left -= counts(changes[-1][1] if changes else week, minute)
            minute += MINUTE
        assert due == minute
    else:
        assert due <= end


def test_a_shorter_target_that_is_used_up_already_was_due_when_it_was():
    nine_to_five = terms(WEEKS[0])
    opened = datetime(2026, 11, 23, 8, tzinfo=UTC)  # Monday, 9:00
    clock = Clock(since=opened, step="start").until(nine_to_five, opened + timedelta(hours=6))

    assert clock.due_at(nine_to_five, timedelta(hours=4)) == opened + timedelta(hours=4)
    assert clock.due_at(nine_to_five, timedelta(hours=8)) == opened + timedelta(hours=8)


def test_waiting_for_the_member_keeps_what_has_elapsed_and_opening_again_goes_on():
    round_the_clock = terms(WEEKS[3])
    clock = Clock(since=START, step="verification")
    clock = clock.until(round_the_clock, START + timedelta(hours=3)).goes_to(
        "awaiting_member", START + timedelta(hours=3)
    )
    assert clock.due_at(round_the_clock, timedelta(hours=8)) is None
    assert clock.used(round_the_clock, START + timedelta(days=9)) == timedelta(hours=3)

    back = START + timedelta(days=2)
    clock = clock.until(round_the_clock, back).goes_to("in_verification", back)
    assert clock.due_at(round_the_clock, timedelta(hours=8)) == back + timedelta(hours=5)

    ended = back + timedelta(hours=1)
    clock = clock.until(round_the_clock, ended).goes_to("declined", ended)
    again = ended + timedelta(days=30)
    assert clock.until(round_the_clock, again).goes_to("submitted", again).due_at(
        round_the_clock, timedelta(hours=8)
    ) == again + timedelta(hours=4)


def test_the_steps_of_the_ladder_come_in_working_time():
    ladder = (Rung(50, tell=("worker",)), Rung(80), Rung(100), Rung(100, timedelta(hours=2)))
    nine_to_five = terms(WEEKS[0], ladder=ladder)
    clock = Clock(since=datetime(2026, 11, 26, 15, tzinfo=UTC), step="start")  # Thursday, an hour before closing

    found = [clock.rung_at(nine_to_five, timedelta(hours=8), taken) for taken in range(5)]

    friday = datetime(2026, 11, 27, 8, tzinfo=UTC)
    assert found == [
        friday + timedelta(hours=3),
        friday + timedelta(hours=5, minutes=24),
        friday + timedelta(hours=7),
        datetime(2026, 11, 30, 9, tzinfo=UTC),
        None,
    ]


def test_targets_are_the_policys_then_the_clients_then_the_policys_for_the_whole_case():
    found = Terms(1, None, hours.ALWAYS, targets={"high": {"case": 60, "decision": 20}, "normal": {"decision": 30}})
    policy = {"target_minutes": 480, "minutes": {"verification": 90}}
    assert found.target("case", "high", policy) == timedelta(minutes=60)
    assert found.target("case", "normal", policy) == timedelta(minutes=480)
    assert found.target("verification", "high", policy) == timedelta(minutes=90)
    assert found.target("decision", "normal", policy) == timedelta(minutes=30)
    assert found.target("start", "normal", policy) is None


@pytest.mark.parametrize(
    ("status", "left", "is_open", "expected"),
    [
        ("submitted", 180, True, "due"),
        ("submitted", 119, True, "soon"),
        ("submitted", -1, True, "breached"),
        ("awaiting_member", -1, True, "paused"),
        ("completed", 1, False, "met"),
        ("completed", -1, False, "late"),
    ],
)
def test_how_a_case_stands_with_its_time(status, left, is_open, expected):
    assert standing(status, START + left * MINUTE, START, is_open=is_open, decided_at=START) == expected
