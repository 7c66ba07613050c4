"""The charts of the home pages: figures put into shapes and words, each with the table that says the same."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce

from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts import charts, grants
from accounts.charts import Shown
from accounts.ledger import sql
from accounts.models import Client
from reinstatements import figures

SMALL = 12
"""Clients that are shown one by one; the others stand in one row."""
MANY = 5_000
"""From so many cases in the charts on, they are kept for a while."""
KEPT, MOST_KEPT = timedelta(minutes=1), 500
UNITS = (
    # more than so many minutes, so many minutes in one, its sign
    (72 * 60, 24 * 60, gettext_lazy("d")),
    (120, 60, gettext_lazy("h")),
    (0, 1, gettext_lazy("min")),
)
LATE = {"late": gettext_lazy("Past due"), "in-time": gettext_lazy("In time")}


def day_words(day):
    return date_format(day, "j M")


def by_day(opened, today):
    """Show the cases of each day by how they stand now."""
    days, outcomes = figures.days(today), list(figures.OUTCOMES)
    counted: Counter = Counter()
    for (_client, day, outcome), number in opened.items():
        counted[day, outcome] += number
    rows = [[counted[day, outcome] for outcome in outcomes] for day in days]
    labels = [str(figures.OUTCOME_LABELS[outcome]) for outcome in outcomes]
    sums = [sum(column) for column in zip(*rows, strict=True)]
    total = sum(sums)
    about = ngettext(
        "%(total)d case opened in 30 days, by the day it was opened and how it stands now.",
        "%(total)d cases opened in 30 days, by the day they were opened and how they stand now.",
        total,
    )
    return Shown(
        code="by-day",
        title=_("Cases by day and outcome"),
        about=about % {"total": total},
        kind="bars",
        chart=charts.stacked([day_words(day) for day in days], outcomes, rows),
        legend=list(zip(outcomes, labels, sums, strict=True)),
        head=[_("Day"), *labels, _("In all")],
        rows=[[day_words(day), *row, sum(row)] for day, row in zip(days, rows, strict=True)],
        is_empty=not total,
        nothing=_("No case was opened in the last 30 days."),
        counted=total,
    )


def duration(took):
    """Return a time span in its two largest units: 3 d 4 h, 2 h 5 min, 12 min."""
    minutes = int(took / timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%d min") % minutes


def time_to_decision(decided, today):
    """Show the median and the 90th percentile of each week."""
    weeks = figures.weeks(today)
    found = [decided.get(week) for week in weeks]
    slowest = max((slow for _quick, slow in decided.values()), default=timedelta(0))
    _most, per_unit, unit = next(row for row in UNITS if slowest > timedelta(minutes=row[0]) or not row[0])
    names = {"median": _("Median"), "p90": _("90th percentile")}
    values = [
        (name, [pair[index] / timedelta(minutes=per_unit) if pair else None for pair in found])
        for index, name in enumerate(names)
    ]
    labels = [day_words(week) for week in weeks]
    told = [
        [
            f"{label}, {names[name]}: {duration(pair[index])}" if pair else ""
            for label, pair in zip(labels, found, strict=True)
        ]
        for index, name in enumerate(names)
    ]
    return Shown(
        code="time-to-decision",
        title=_("Time to decision"),
        about=_("From opening to decision, by the week of the decision: half took no longer, and nine of ten."),
        kind="lines",
        chart=charts.lines(labels, values, unit=str(unit), told=told),
        legend=[(name, label, None) for name, label in names.items()],
        head=[_("Week from"), *names.values()],
        rows=[
            [label, *([duration(each) for each in pair] if pair else ["–", "–"])]
            for label, pair in zip(labels, found, strict=True)
        ],
        is_empty=not decided,
        nothing=_("Nothing was decided in the last eight weeks."),
        url=reverse("decision_times"),
        action=_("In working time"),
    )


def waiting_by_age(waiting):
    """Show the open cases by how long ago they were opened, and how many of them are past due."""
    series = list(LATE)
    counted: Counter = Counter()
    for (_client, age, late), number in waiting.items():
        counted[age, "late" if late else "in-time"] += number
    rows = [[counted[age, name] for name in series] for age in range(len(figures.AGES))]
    labels = [str(label) for _until, label in figures.AGES]
    sums = [sum(column) for column in zip(*rows, strict=True)]
    total = sum(sums)
    about = ngettext("%(total)d case is open", "%(total)d cases are open", total) % {"total": total}
    return Shown(
        code="waiting",
        title=_("Waiting by age"),
        about=_("%(open)s, by how long ago; %(late)d past due.") % {"open": about, "late": sums[0]},
        kind="level",
        chart=charts.level(labels, series, rows),
        legend=[(name, str(LATE[name]), number) for name, number in zip(series, sums, strict=True)],
        head=[_("Opened"), *(str(label) for label in LATE.values()), _("In all")],
        rows=[[label, *row, sum(row)] for label, row in zip(labels, rows, strict=True)],
        is_empty=not total,
        nothing=_("No case is open."),
        counted=total,
    )


@dataclass
class ClientRow:
    """How one client's cases go, or those of ``count`` clients together."""

    client: Client | None = None
    count: int = 1
    days: Counter = field(default_factory=Counter)
    outcomes: Counter = field(default_factory=Counter)
    waiting: int = 0
    late: int = 0
    bars: tuple = ()

    @property
    def opened(self):
        return self.outcomes.total()

    @property
    def completed(self):
        return self.outcomes["completed"]

    @property
    def declined(self):
        return self.outcomes["declined"]

    @property
    def order(self):
        return -self.opened, -self.waiting, self.client.name

    def together(self, other):
        return ClientRow(
            count=self.count + other.count,
            days=self.days + other.days,
            outcomes=self.outcomes + other.outcomes,
            waiting=self.waiting + other.waiting,
            late=self.late + other.late,
        )


def per_client(opened, waiting, clients, today):
    """Return a row for each client with its own small chart, those with most cases first, and one for the others."""
    found = {client.pk: ClientRow(client) for client in clients}
    for (client_id, day, outcome), number in opened.items():
        found[client_id].days[day] += number
        found[client_id].outcomes[outcome] += number
    for (client_id, _age, is_late), number in waiting.items():
        if client_id in found:
            found[client_id].waiting += number
            found[client_id].late += number if is_late else 0
    rows = sorted(found.values(), key=lambda row: row.order)
    shown, others = rows[:SMALL], rows[SMALL:]
    if others:
        shown.append(reduce(ClientRow.together, others, ClientRow(count=0)))
    most = max((number for row in shown for number in row.days.values()), default=0)
    for row in shown:
        row.bars = charts.small([row.days[day] for day in figures.days(today)], most)
    return shown


@dataclass(frozen=True)
class Gathered:
    """The charts of a home page and the rows of its clients; ``counted_at`` only where they are kept for a while."""

    shown: list
    clients: list
    counted_at: datetime | None = None


kept: dict = {}
"""What was counted for the same clients, in the same words, and when."""


def gathered(user, now):
    """Return the charts for somebody's home page; those of very many cases are counted once a minute at the most.

    Everybody with the same clients, language and time zone sees the same figures. They are kept in this process only.
    """
    reader = tuple(tuple(sorted(grants.client_ids(user, can))) for can in ("see_figures", "see"))
    key = (connection.alias, get_language(), timezone.get_current_timezone_name(), timezone.localdate(now), *reader)
    before = kept.get(key)
    if before and timedelta(0) <= now - before.counted_at < KEPT:
        return before
    shown, clients = gather(user, now)
    if sum(chart.counted for chart in shown) < MANY:
        kept.pop(key, None)
        return Gathered(shown, clients)
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = Gathered(shown, clients, now)
    return kept[key]


def gather(user, now):
    """Return the charts for somebody's home page, in their order, and the rows of their clients."""
    today = timezone.localdate(now)
    client_ids = grants.client_ids(user, "see_figures")
    waiting_rows = figures.waiting_rows(user, grants.client_ids(user, "see"), now)
    if not client_ids:
        return [waiting_by_age(figures.ages(waiting_rows))], []
    opened_rows, decided_rows, waiting_rows = sql.fetch(
        figures.opened_rows(user, client_ids, today), figures.decided_rows(user, client_ids, today), waiting_rows
    )
    opened, waiting = figures.tally(opened_rows), figures.ages(waiting_rows)
    shown = [by_day(opened, today), time_to_decision(figures.medians(decided_rows), today)]
    if len(client_ids) == 1:
        return [*shown, waiting_by_age(waiting)], []
    clients = list(Client.objects.filter(pk__in=client_ids))
    return [*shown, waiting_by_age(waiting)], per_client(opened, waiting, clients, today)
