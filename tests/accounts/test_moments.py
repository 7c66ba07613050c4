"""What people write for a moment in the past. The expected times are the zones' own, as IANA publishes them."""

from datetime import UTC, datetime

import pytest

from accounts import moments
from accounts.errors import Invalid

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def read(text, zone="Europe/Berlin", clock=""):
    return moments.read(text, zone, clock=clock, now=NOW)


@pytest.mark.parametrize(
    ("text", "clock", "zone", "expected"),
    [
        # A day counts whole: until its last moment there.
        ("2026-03-12", "", "Europe/Berlin", "2026-03-12T22:59:59.999999+00:00"),
        ("2026-07-12", "", "Europe/Berlin", "2026-07-12T21:59:59.999999+00:00"),
        ("2026-07-12", "", "Pacific/Auckland", "2026-07-12T11:59:59.999999+00:00"),
        ("2026-07-12", "", "America/New_York", "2026-07-13T03:59:59.999999+00:00"),
        ("2024-02-29", "", "UTC", "2024-02-29T23:59:59.999999+00:00"),
        # The clocks change on these days: one has 23 hours, one 25.
        ("2026-03-29", "", "Europe/Berlin", "2026-03-29T21:59:59.999999+00:00"),
        ("2026-10-25", "", "Europe/Berlin", "2026-10-25T22:59:59.999999+00:00"),
        # The next day began at one o'clock there: midnight was left out.
        ("2017-10-14", "", "America/Sao_Paulo", "2017-10-15T02:59:59.999999+00:00"),
        ("2026-03-12", "14:30", "Europe/Berlin", "2026-03-12T13:30:00+00:00"),
        ("2026-03-12", "14:30:15", "Asia/Kolkata", "2026-03-12T09:00:15+00:00"),
        ("2026-03-12T14:30", "", "Europe/Berlin", "2026-03-12T13:30:00+00:00"),
        ("2026-03-12 14:30:15.000001", "", "UTC", "2026-03-12T14:30:15.000001+00:00"),
        ("2026-03-12T14:30Z", "", "Europe/Berlin", "2026-03-12T14:30:00+00:00"),
        ("2026-10-25T02:30+02:00", "", "Europe/Berlin", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25T02:30+01:00", "", "Europe/Berlin", "2026-10-25T01:30:00+00:00"),
        # Today is not over: it is as of now.
        ("2026-11-26", "", "Europe/Berlin", "2026-11-26T09:00:00+00:00"),
        ("2026-11-26", "", "Pacific/Auckland", "2026-11-26T09:00:00+00:00"),
        ("2026-11-25", "", "Pacific/Auckland", "2026-11-25T10:59:59.999999+00:00"),
    ],
)
def test_a_day_or_a_time_is_read_in_its_zone(text, clock, zone, expected):
    assert read(text, zone, clock).at == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("text", "clock", "zone", "field", "answer"),
    [
        ("2026-03-29T02:30", "", "Europe/Berlin", "at", "did not come"),
        ("2026-03-29", "02:30", "Europe/Berlin", "at", "did not come"),
        ("2026-10-25T02:30", "", "Europe/Berlin", "at", "came twice.*2026-10-25T02:30:00\\+02:00"),
        ("2026-11-27", "", "Europe/Berlin", "at", "future"),
        ("2026-11-26T10:01", "", "Europe/Berlin", "at", "future"),
        ("9999-12-31", "", "UTC", "at", "too far"),
        ("0001-01-01", "", "UTC", "at", "too far"),
        ("9998-12-31", "", "UTC", "at", "future"),
        *((text, "", "UTC", "at", "not a day") for text in ("x", "12.03.2026", "2026-3-1", "20260312", "2026-W01-1")),
        *((text, "", "UTC", "at", "not a day") for text in ("2026-02-30", "２０２６-03-12", "2026-03-12T", "\0")),
        *((text, "", "UTC", "at", "not a day") for text in ("2026-03-12T25:00", "2026-03-12T14:30+99:99", "1" * 40)),
        ("2026-03-12T14:30", "14:30", "UTC", "at", "not a day"),
        ("2026-03-12", "2:30", "UTC", "at", "not a day"),
        ("2026-03-12", "24:00", "UTC", "at", "not a day"),
        *(("2026-03-12", "", zone, "zone", "no time zone") for zone in ("", "Berlin", "../etc/passwd", "\0", "Z" * 50)),
    ],
)
def test_what_could_be_read_in_two_ways_or_in_none_is_refused(text, clock, zone, field, answer):
    with pytest.raises(Invalid, match=answer) as refusal:
        read(text, zone, clock)

    assert refusal.value.field == field


def test_the_page_shows_the_exact_moment_and_its_address_leads_back_to_it():
    day, time = read("2026-03-29"), read("2026-10-25T02:30+01:00")

    assert day.words == "29 March 2026, 23:59:59, Europe/Berlin (UTC+02:00)"
    assert time.words == "25 October 2026, 02:30:00, Europe/Berlin (UTC+01:00)"
    for moment in (day, time):
        assert read(moment.address["at"], moment.address["zone"]) == moment
