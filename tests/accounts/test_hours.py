"""Working hours: compared with published due times, and with a walk minute by minute that knows no shortcuts."""

import csv
import json
import os
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts import hours as clock

SHARED = Path(os.environ.get("SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
OWN = Path(__file__).parent.parent / "vectors" / "hours" / "due_times.csv"
MINUTE = timedelta(minutes=1)


@lru_cache
def file_of_holidays(name):
    found = SHARED / "calendars" / f"holidays_{name}.json"
    if not found.exists():
        pytest.skip(f"{found} is not there: these due times need its holidays")
    return {date.fromisoformat(day) for day in json.loads(found.read_text())}


def published():
    """The shared due times where they are, and the ones that come with the tests."""
    paths = [OWN, *([found] if (found := SHARED / "sla-examples" / "due_times.csv").exists() else [])]
    return [pytest.param(row, id=row["case"]) for path in paths for row in csv.DictReader(path.open())]


def hours_of(row, days):
    week = {day.lower(): f"{row['open']}-{row['close']}" for day in row["workdays"].split("|")}
    return clock.Hours(clock.plan(week, row["tz"], days={day.isoformat(): "" for day in days}))


@pytest.mark.requirement("R101")
@pytest.mark.parametrize("row", published())
def test_due_times_are_those_that_two_other_methods_have_found(row):
    days = row["closed_on"].split("|") if row.get("closed_on") else ()
    if row.get("holiday_file"):
        days = file_of_holidays(row["holiday_file"])
    found = hours_of(row, [date.fromisoformat(day) if isinstance(day, str) else day for day in days])
    target = timedelta(minutes=int(row["target_business_minutes"]))

    due = found.after(datetime.fromisoformat(row["start_utc"]), target)

    assert due == datetime.fromisoformat(row["due_utc"])
    assert due.astimezone(ZoneInfo(row["tz"])).replace(tzinfo=None).isoformat() == row["due_local"]
    assert found.between(datetime.fromisoformat(row["start_utc"]), due) == target


def test_the_shared_due_times_are_there_or_it_is_said_that_they_are_not():
    found = SHARED / "sla-examples" / "due_times.csv"
    if not found.exists():
        pytest.skip(f"{found} is not there: only the due times that come with the tests were compared")
    assert len(list(csv.DictReader(found.open()))) == 24


@pytest.mark.parametrize("name", ["GB_ENG", "DE_BY", "US_CA", "AU_NSW", "BR_SP", "IN_MH", "ZA_COMMON", "PL_COMMON"])
def test_public_holidays_are_those_of_the_shared_calendars(name):
    found = file_of_holidays(name)
    country, region = name.split("_")
    known = {
        day
        for year in range(2024, 2028)
        for day in clock.public_holidays(country, "" if region == "COMMON" else region, year)
    }
    assert known == found


def test_bank_holidays_in_england_are_those_that_the_government_announces():
    source = SHARED / "calendars" / "gov-uk-bank-holidays.json"
    if not source.exists():
        pytest.skip(f"{source} is not there")
    years = json.loads(source.read_text())["divisions"]["england-and-wales"]
    for year in ("2024", "2025", "2026", "2027"):
        if year in years:
            announced = {datetime.strptime(row["date"], "%d/%m/%Y").date() for row in years[year]}
            assert set(clock.public_holidays("GB", "ENG", int(year))) == announced


ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo")
# The days around which clocks change in one of the zones, and others.
DAYS = [
    date(2026, 3, 28),
    date(2026, 10, 24),
    date(2026, 3, 7),
    date(2026, 10, 31),
    date(2026, 4, 4),
    date(2026, 10, 3),
]
DAYS += [date(2026, 4, 23), date(2026, 10, 29), date(2026, 7, 3), date(2026, 12, 30)]


@st.composite
def spans(draw):
    """Split and overnight hours of one day, apart from one another."""
    edges = sorted(draw(st.lists(st.integers(0, 1439), unique=True, max_size=4)))
    found = list(zip(edges[::2], edges[1::2], strict=False))
    if len(edges) % 2 and draw(st.booleans()):
        found.append((edges[-1], 1440 + draw(st.integers(0, 420))))
    return tuple(found)


@st.composite
def plans(draw):
    return clock.Plan(
        week=tuple(draw(spans()) for _ in range(7)),
        zone=draw(st.sampled_from(ZONES)),
        country=draw(st.sampled_from(["", "DE", "US"])),
        days=tuple((day, draw(spans())) for day in draw(st.sets(st.sampled_from(DAYS), max_size=2))),
    )


@lru_cache
def free_days(country):
    return set(holidays.country_holidays(country, years=[2026, 2027]))


def counts(plan, minute):
    """Whether a minute counts, read off the clock on the wall."""
    wall = minute.astimezone(ZoneInfo(plan.zone))
    reading = wall.hour * 60 + wall.minute
    for day, now in ((wall.date(), reading), (wall.date() - timedelta(days=1), reading + 1440)):
        own = dict(plan.days)
        if day in own:
            hours = own[day]
        elif plan.country and day in free_days(plan.country):
            hours = ()
        else:
            hours = plan.week[day.weekday()]
        if any(begin <= now < end for begin, end in hours):
            return True
    return False


def walk(plan, start, target):
    """Return when ``target`` minutes have counted, one after the other; ``None`` if not within nine days."""
    minute = start
    for _ in range(9 * 1440):
        if counts(plan, minute):
            target -= 1
            if target == 0:
                return minute + MINUTE
        minute += MINUTE
    return None


@pytest.mark.requirement("R101")
@settings(max_examples=40, deadline=None)
@given(plans(), st.sampled_from(DAYS), st.integers(-600, 2000), st.integers(1, 2400))
@example(clock.Plan((((540, 1020),),) * 7, "Europe/Berlin"), date(2026, 3, 28), 900, 480)
@example(clock.Plan((((1320, 1800),),) * 7, "America/New_York"), date(2026, 10, 31), 0, 900)
@example(clock.Plan((((0, 90), (90, 300)),) * 7, "America/New_York"), date(2026, 10, 31), 1380, 240)
@example(clock.Plan((((150, 180),),) * 7, "Europe/Berlin"), date(2026, 3, 28), 1500, 31)
def test_due_is_when_a_walk_minute_by_minute_gets_there(plan, day, offset, target):
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + offset * MINUTE
    expected = walk(plan, start, target)
    found = clock.Hours(plan)

    if expected is None:
        assert found.between(start, start + timedelta(days=9)) < target * MINUTE
        return
    assert found.after(start, target * MINUTE) == expected
    assert found.between(start, expected) == target * MINUTE
    middle = start + (expected - start) // 2
    assert found.between(start, middle) + found.between(middle, expected) == target * MINUTE


@settings(max_examples=40, deadline=None)
@given(plans(), st.sampled_from(DAYS), st.integers(-600, 2000))
def test_it_is_open_when_the_clock_on_the_wall_says_so(plan, day, offset):
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + offset * MINUTE
    found = clock.Hours(plan)

    assert found.is_open(at) == counts(plan, at)
    following = next((at + n * MINUTE for n in range(9 * 1440) if counts(plan, at + n * MINUTE)), None)
    if following:
        assert found.next_open(at) == following


def test_the_last_working_minute_ends_at_closing_time():
    found = clock.Hours(clock.plan({"fri": "09:00-17:00", "mon": "09:00-17:00"}))
    friday = datetime(2026, 11, 27, 16, 50, tzinfo=UTC)
    assert found.after(friday, 10 * MINUTE) == datetime(2026, 11, 27, 17, tzinfo=UTC)
    assert found.after(friday, 11 * MINUTE) == datetime(2026, 11, 30, 9, 1, tzinfo=UTC)


def test_hours_that_never_come_are_an_error_and_not_a_loop():
    with pytest.raises(clock.NeverOpen):
        clock.Hours(clock.plan({})).after(datetime(2026, 1, 1, tzinfo=UTC), MINUTE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("09:00-17:00", ((540, 1020),)),
        ("14:00\u201318:00, 9:00-13:00", ((540, 780), (840, 1080))),
        ("22:00-06:00", ((1320, 1800),)),
        ("00:00-24:00", ((0, 1440),)),
    ],
)
def test_hours_are_read_as_people_write_them(text, expected):
    assert clock.parse_spans(text) == expected
    assert clock.parse_spans(clock.write_spans(expected)) == expected


@pytest.mark.parametrize(
    "text", ["nine to five", "09:00", "25:00-26:00", "09:00-13:00, 12:00-14:00", "24:30-06:00", "09:00-24:30", "9-17"]
)
def test_what_are_no_hours_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        clock.parse_spans(text)
