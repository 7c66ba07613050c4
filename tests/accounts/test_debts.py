"""What is unpaid, since when, and which steps follow. Expected values are sums and dates done by hand."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.debts import Debt, Step, moment_of, next_step_at, overdue_since, steps_due, steps_of, unpaid

JANUARY, FEBRUARY, MARCH = (Debt(date(2026, month, 15), 1000) for month in (1, 2, 3))
LADDER = [Step(30, "remind"), Step(40, "hold"), Step(50, "suspend")]
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("balance", "left"),
    [
        (0, []),
        (-500, []),
        (1000, [(3, 1000)]),
        (1001, [(2, 1), (3, 1000)]),
        (2500, [(1, 500), (2, 1000), (3, 1000)]),
        (9000, [(1, 1000), (2, 1000), (3, 1000)]),
    ],
)
def test_payments_settle_the_oldest_debt_first(balance, left):
    found = unpaid([MARCH, JANUARY, FEBRUARY], balance)

    assert [(debt.due_on.month, debt.minor) for debt in found] == left


def test_the_oldest_unpaid_debt_says_since_when_somebody_is_overdue():
    debts = [JANUARY, FEBRUARY, MARCH]

    assert overdue_since(debts, 3000) == date(2026, 1, 15)
    assert overdue_since(debts, 2000) == date(2026, 2, 15)
    assert overdue_since(debts, 0) is None
    assert overdue_since([], 500) is None


def test_each_step_falls_due_at_midnight_where_the_member_lives():
    # 27 February 2026 + 30 days is 29 March, the day the clocks go forward in Berlin.
    due_on = date(2026, 2, 27)

    assert moment_of(due_on, 30, BERLIN).isoformat() == "2026-03-29T00:00:00+01:00"
    assert moment_of(due_on, 31, BERLIN).isoformat() == "2026-03-30T00:00:00+02:00"
    assert next_step_at(LADDER, due_on, 0, BERLIN) == moment_of(due_on, 30, BERLIN)
    assert next_step_at(LADDER, due_on, 40, BERLIN) == moment_of(due_on, 50, BERLIN)
    assert next_step_at(LADDER, due_on, 50, BERLIN) is None


def test_a_step_is_due_from_its_first_moment_on_and_once():
    due_on, midnight = date(2026, 1, 15), datetime(2026, 2, 24, tzinfo=BERLIN)  # 15 January + 40 days

    before = steps_due(LADDER, due_on, 0, datetime(2026, 2, 23, 23, 59, 59, tzinfo=BERLIN), BERLIN)
    assert before == [Step(30, "remind")]
    assert steps_due(LADDER, due_on, 0, midnight, BERLIN) == [Step(30, "remind"), Step(40, "hold")]
    assert steps_due(LADDER, due_on, 40, midnight, BERLIN) == []
    assert steps_due(LADDER, None, 0, midnight, BERLIN) == []


@pytest.mark.parametrize(
    "rows",
    [
        [[0, "remind"]],
        [[30.5, "remind"]],
        [[True, "remind"]],
        [[99999, "remind"]],
        [[30, "close"]],
        [[30]],
        ["30"],
        [[30, "remind"], [30, "hold"]],
        [[30, "suspend"], [40, "hold"]],
    ],
)
def test_what_is_no_ladder_is_refused(rows):
    with pytest.raises(ValueError, match=r"\w"):
        steps_of(rows)


def test_a_ladder_is_read_in_the_order_of_its_days():
    assert steps_of([[50, "suspend"], [30, "remind"], [40, "hold"]]) == LADDER
