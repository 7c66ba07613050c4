"""Charts as plain numbers: where each bar, line and label of an SVG stands. The templates draw, nothing here asks.

Across, everything is in percent of the width, so that a chart is as wide as its card while its letters keep their size;
upright it is in pixels. Numbers leave as text, because a template would write 3.5 as "3,5" in some languages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil

HEIGHT, TOP, BASE = 184, 12, 152
LEFT, RIGHT = 10.0, 100.0
LABELS = 4
GAP = 0.24
"""Of a bar's place, how much stays empty."""
SMALL = 26
ROW, BAR, BAR_LEFT, BAR_RIGHT = 30, 16, 33.0, 90.0


@dataclass(frozen=True)
class Tick:
    at: str
    label: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Bar:
    """One part of a bar: of which series, how many, and of what, in the words of its label."""

    series: str
    value: int
    label: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Point:
    x: str
    y: str
    label: str


@dataclass(frozen=True)
class Line:
    """A line is broken where nothing was measured: ``joins`` are the pairs of neighbours that both have a value."""

    series: str
    points: tuple[Point, ...]
    joins: tuple[tuple[Point, Point], ...]


@dataclass(frozen=True)
class Chart:
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    ups: tuple[Tick, ...]
    """labels of the upright axis, from 0 on; ``at`` is in pixels. Of lying bars the sums; ``at`` is in percent"""
    along: tuple[Tick, ...]
    """labels below; ``at`` is in percent. Of lying bars those in front; ``at`` is in pixels"""
    height: int = HEIGHT

    @property
    def rows(self):
        """Of lying bars, the label in front of each and the sum behind it."""
        return list(zip(self.along, self.ups, strict=True))


@dataclass(frozen=True)
class Shown:
    """One chart on a page: ``legend`` has (series, label, in all), ``head`` and ``rows`` are a table of its numbers.

    ``counted`` is how many things the chart is made from; ``url`` and ``action`` lead to a page that says more.
    """

    code: str
    title: str
    about: str
    kind: str
    chart: Chart
    legend: list = field(default_factory=list)
    head: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    is_empty: bool = False
    nothing: str = ""
    counted: int = 0
    url: str = ""
    action: str = ""


def number(value: float) -> str:
    """Return a number as SVG reads it, to two decimals and without a tail of noughts."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(value: float) -> str:
    return f"{number(value)}%"


def round_ticks(most: int, wanted: int = 4) -> list[int]:
    """Return 0 and round steps (1, 2 or 5 times a power of ten) up to the first that is not below ``most``."""
    step, magnitude = 1, 1
    while step * wanted < most:
        step = next((factor * magnitude for factor in (1, 2, 5) if factor * magnitude * wanted >= most), step)
        magnitude *= 10
    return [step * index for index in range(max(ceil(most / step), 1) + 1)]


def upright(value: float, top: float) -> float:
    return BASE - (BASE - TOP) * value / top


def sparse(labels: Sequence[str]) -> tuple[Tick, ...]:
    """Return at most four labels, the last among them, each below the middle of its place."""
    count = len(labels)
    every = max(ceil(count / LABELS), 1)
    slot = (RIGHT - LEFT) / max(count, 1)
    chosen = [index for index in range(count) if (count - 1 - index) % every == 0]
    return tuple(
        Tick(percent(RIGHT), labels[index], "end")
        if index == count - 1 and count > 1
        else Tick(percent(LEFT + slot * (index + 0.5)), labels[index])
        for index in chosen
    )


def stacked(labels: Sequence[str], series: Sequence[str], rows: Sequence[Sequence[int]]) -> Chart:
    """Return upright bars, one for each label, of parts that stand on each other in the order of ``series``."""
    ticks = round_ticks(max((sum(row) for row in rows), default=0))
    slot = (RIGHT - LEFT) / max(len(rows), 1)
    bars = []
    for index, (label, row) in enumerate(zip(labels, rows, strict=True)):
        below = 0
        for name, value in zip(series, row, strict=True):
            if value:
                low, high = upright(below, ticks[-1]), upright(below + value, ticks[-1])
                x = percent(LEFT + slot * (index + GAP / 2))
                bars.append(Bar(name, value, label, x, number(high), percent(slot * (1 - GAP)), number(low - high)))
                below += value
    ups = tuple(Tick(number(upright(tick, ticks[-1])), f"{tick:,}") for tick in ticks)
    return Chart(tuple(bars), (), ups, sparse(labels))


def lines(
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    *,
    unit: str,
    told: Sequence[Sequence[str]],
) -> Chart:
    """Return lines over the same labels. ``told`` are the values in words; ``unit`` follows the numbers of the axis."""
    ticks = round_ticks(ceil(max((value for _name, row in series for value in row if value is not None), default=0)))
    slot = (RIGHT - LEFT) / max(len(labels), 1)
    drawn = []
    for (name, row), words in zip(series, told, strict=True):
        points = [
            Point(percent(LEFT + slot * (index + 0.5)), number(upright(value, ticks[-1])), words[index])
            if value is not None
            else None
            for index, value in enumerate(row)
        ]
        joins = tuple((a, b) for a, b in pairwise(points) if a and b)
        drawn.append(Line(name, tuple(point for point in points if point), joins))
    ups = tuple(Tick(number(upright(tick, ticks[-1])), f"{tick:,} {unit}" if tick else "0") for tick in ticks)
    return Chart((), tuple(drawn), ups, sparse(labels))


def level(labels: Sequence[str], series: Sequence[str], rows: Sequence[Sequence[int]]) -> Chart:
    """Return lying bars, one below the other, each with its sum behind it."""
    most = max((sum(row) for row in rows), default=0) or 1
    scale = (BAR_RIGHT - BAR_LEFT) / most
    bars, sums = [], []
    for index, (label, row) in enumerate(zip(labels, rows, strict=True)):
        before, y = 0, ROW * index + (ROW - BAR) / 2
        for name, value in zip(series, row, strict=True):
            if value:
                x = percent(BAR_LEFT + scale * before)
                bars.append(Bar(name, value, label, x, number(y), percent(scale * value), number(BAR)))
                before += value
        sums.append(Tick(percent(BAR_LEFT + scale * before + 1.5), f"{before:,}"))
    along = tuple(Tick(number(ROW * (index + 0.5) + 4), label, "start") for index, label in enumerate(labels))
    ups = tuple(sums)
    return Chart(tuple(bars), (), ups, along, height=ROW * len(labels))


def small(values: Sequence[int], most: int) -> tuple[Bar, ...]:
    """Return bars without axes, as high as ``most`` allows, for a chart that stands in a row of a table."""
    slot = RIGHT / max(len(values), 1)
    bars = []
    for index, value in enumerate(values):
        if value:
            high = SMALL * value / most
            x, width = percent(slot * (index + GAP / 2)), percent(slot * (1 - GAP))
            bars.append(Bar("all", value, "", x, number(SMALL - high), width, number(high)))
    return tuple(bars)
