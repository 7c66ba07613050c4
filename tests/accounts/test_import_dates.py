"""Dates that files write: read as declared, never guessed."""

from datetime import UTC, date, datetime

import pytest

from accounts.imports.cells import Cells, Numeric, Written
from accounts.imports.dates import FORMATS, Dated, Unclear, day, fitting, moment


def why(read, *arguments):
    with pytest.raises(Unclear) as raised:
        read(*arguments)
    return raised.value.args[0]


@pytest.mark.parametrize(
    ("text", "declared", "found"),
    [
        ("2024-02-29", "YYYY-MM-DD", date(2024, 2, 29)),
        ("03/04/2024", "DD/MM/YYYY", date(2024, 4, 3)),
        ("03/04/2024", "MM/DD/YYYY", date(2024, 3, 4)),
        ("3.4.2024", "DD.MM.YYYY", date(2024, 4, 3)),
        ("20240403", "YYYYMMDD", date(2024, 4, 3)),
        (Dated("2024-04-03T00:00:00"), "DD.MM.YYYY", date(2024, 4, 3)),
    ],
)
def test_a_day_is_read_as_declared(text, declared, found):
    assert day(text, declared) == found


def test_a_day_that_can_be_read_in_two_ways_is_not_guessed():
    assert why(day, "03/04/2024", "") == "can be read in more than one way; say how dates are written in this file"
    assert "say how dates are written" in why(day, "13/04/2024", "")
    assert day("2024-04-13", "") == date(2024, 4, 13)


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        *(("13/25/2024", "DD/MM/YYYY"), ("2023-02-29", "YYYY-MM-DD"), ("04.03.24", "DD.MM.YYYY")),
        *(("2024-04-03 10:00", "YYYY-MM-DD"), ("2024-04-03Z", "YYYY-MM-DD"), ("٢٠٢٤-٠٤-٠٣", "YYYY-MM-DD")),
        *(("0000-01-01", "YYYY-MM-DD"), ("2024-4-3x", "YYYY-MM-DD"), ("202443", "YYYYMMDD")),
    ],
)
def test_what_does_not_match_the_declared_format_is_refused(text, declared):
    assert why(day, text, declared) == f"is not a date written {declared}"


@pytest.mark.parametrize(
    ("text", "zone", "found"),
    [
        ("2024-07-01 12:00", "Europe/Berlin", datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ("2024-01-01T12:00:30.5", "Europe/Berlin", datetime(2024, 1, 1, 11, 0, 30, 500000, tzinfo=UTC)),
        ("2024-07-01T12:00:00+05:30", "", datetime(2024, 7, 1, 6, 30, tzinfo=UTC)),
        ("2024-07-01T12:00:00Z", "Europe/Berlin", datetime(2024, 7, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_time_is_in_its_own_zone_or_the_declared_one(text, zone, found):
    assert moment(text, "YYYY-MM-DD", zone) == found


def test_a_clock_time_that_is_skipped_or_comes_twice_is_refused():
    """Germany's clocks went from 02:00 to 03:00 on 2024-03-31, and from 03:00 to 02:00 on 2024-10-27 (PTB)."""
    assert why(moment, "2024-03-31 02:30", "YYYY-MM-DD", "Europe/Berlin") == (
        "is skipped where the clock goes forward in Europe/Berlin"
    )
    assert why(moment, "2024-10-27 02:30", "YYYY-MM-DD", "Europe/Berlin") == (
        "happens twice where the clock goes back in Europe/Berlin"
    )
    assert moment("2024-10-27 02:30+02:00", "YYYY-MM-DD", "Europe/Berlin") == datetime(2024, 10, 27, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "reason"),
    [
        ("2024-07-01 12:00", "", "does not say its time zone, and none was declared for the file"),
        ("2024-07-01", "UTC", "has no time of day"),
        ("2024-07-01 24:00", "UTC", "is not a time such as 23:59:59"),
        ("2024-07-01 12:00+99:00", "UTC", "has a distance from UTC that no place has"),
        ("0001-01-01 00:00+14:00", "UTC", "lies outside of the calendar"),
        ("0001-01-01 00:00", "Asia/Tokyo", "lies outside of the calendar"),
    ],
)
def test_a_time_that_is_none_says_why(text, zone, reason):
    assert why(moment, text, "YYYY-MM-DD", zone) == reason


def test_only_formats_that_fit_every_sample_are_offered():
    assert fitting(["03/04/2024", "", "01/12/2023"]) == ["DD/MM/YYYY", "MM/DD/YYYY"]
    assert fitting(["03/04/2024", "13/12/2023"]) == ["DD/MM/YYYY"]
    assert fitting(["2024-03-04 10:00", "2024-03-05T11:00:00Z"]) == ["YYYY-MM-DD"]
    assert fitting(["03/04/2024", "04.03.2024"]) == []
    assert fitting(["", " "]) == []
    assert len(FORMATS) == 8


@pytest.mark.parametrize(
    ("value", "sign", "minor"),
    [
        *(("1.084,20", ",", 108420), ("1,084.20", ".", 108420), ("84,2", ",", 8420), ("84.20", "", 8420)),
        *(("84,20", "", 8420), (Numeric("84.2"), ",", 8420), ("12.345.678,90", ",", 1234567890)),
    ],
)
def test_an_amount_is_read_with_the_declared_decimal_sign(value, sign, minor):
    cells = Cells(2, {"balance": value}, written=Written(decimal=sign))

    assert (cells.amount("balance", "EUR"), cells.problems) == (minor, [])


@pytest.mark.parametrize(("value", "sign"), [("84.20", ","), ("84,20", "."), ("1.08,20", ","), ("1,084", "")])
def test_an_amount_that_could_be_another_is_refused(value, sign):
    cells = Cells(2, {"balance": value}, written=Written(decimal=sign))
    cells.amount("balance", "EUR")

    assert cells.problems == [("balance", "is not an amount of money such as 29.85")]
