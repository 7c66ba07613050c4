"""Where things stand in a chart: sums done by hand, on a plot from 12 px (top) to 152 px (nought) and 10 to 100 %."""

import pytest

from accounts import charts


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (8, [0, 2, 4, 6, 8]),
        (9, [0, 5, 10]),
        (21, [0, 10, 20, 30]),
        (100, [0, 50, 100]),
        (101, [0, 50, 100, 150]),
        (999_999, [0, 500_000, 1_000_000]),
    ],
)
def test_an_axis_has_round_steps_up_to_the_first_that_is_enough(most, ticks):
    assert charts.round_ticks(most) == ticks


def test_the_parts_of_a_bar_stand_on_each_other():
    chart = charts.stacked(["Mon", "Tue"], ["good", "bad"], [[3, 1], [0, 2]])

    # Each bar has 45 % of the width, of which 24 % stay empty; one case is 35 px of the 140 px up to four.
    assert [(bar.series, bar.value, bar.x, bar.y, bar.width, bar.height) for bar in chart.bars] == [
        ("good", 3, "15.4%", "47", "34.2%", "105"),
        ("bad", 1, "15.4%", "12", "34.2%", "35"),
        ("bad", 2, "60.4%", "82", "34.2%", "70"),
    ]
    assert [(tick.at, tick.label) for tick in chart.ups] == [
        *(("152", "0"), ("117", "1"), ("82", "2"), ("47", "3"), ("12", "4"))
    ]
    assert [(tick.at, tick.label, tick.anchor) for tick in chart.along] == [
        ("32.5%", "Mon", "middle"),
        ("100%", "Tue", "end"),
    ]


def test_a_line_is_broken_where_nothing_was_measured():
    chart = charts.lines(
        ["1", "2", "3", "4"],
        [("median", [1.0, 2.0, None, 4.0])],
        unit="h",
        told=[["one", "two", "", "four"]],
    )

    (line,) = chart.lines
    assert [(point.x, point.y, point.label) for point in line.points] == [
        ("21.25%", "117", "one"),
        ("43.75%", "82", "two"),
        ("88.75%", "12", "four"),
    ]
    assert [(a.label, b.label) for a, b in line.joins] == [("one", "two")]
    assert [tick.label for tick in chart.ups] == ["0", "1 h", "2 h", "3 h", "4 h"]


def test_lying_bars_carry_their_sums():
    chart = charts.level(["young", "old"], ["late", "in-time"], [[0, 2], [3, 1]])

    # Four is the most and as wide as can be, from 33 to 90 %: one is 14.25 %.
    assert [(bar.series, bar.x, bar.width, bar.y) for bar in chart.bars] == [
        ("in-time", "33%", "28.5%", "7"),
        ("late", "33%", "42.75%", "37"),
        ("in-time", "75.75%", "14.25%", "37"),
    ]
    assert [(name.label, name.at, total.label, total.at) for name, total in chart.rows] == [
        ("young", "19", "2", "63%"),
        ("old", "49", "4", "91.5%"),
    ]
    assert chart.height == 60


def test_of_thirty_days_four_are_named_the_last_among_them():
    chart = charts.stacked([str(day) for day in range(1, 31)], ["all"], [[1]] * 30)

    assert [tick.label for tick in chart.along] == ["6", "14", "22", "30"]


def test_small_bars_share_one_scale():
    assert [(bar.y, bar.height) for bar in charts.small([0, 5, 10], 20)] == [("19.5", "6.5"), ("13", "13")]


def test_a_chart_of_nothing_has_axes_and_no_bars():
    assert charts.stacked(["Mon"], ["all"], [[0]]).bars == ()
    assert charts.level(["young"], ["all"], [[0]]).bars == ()
    assert charts.lines(["1"], [("median", [None])], unit="h", told=[[""]]).lines[0].points == ()
    assert charts.small([0], 0) == ()
    assert charts.stacked([], ["all"], []).along == ()
