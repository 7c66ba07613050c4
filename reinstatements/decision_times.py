"""How much working time decisions took, by client, reason and step, out of the clocks that the cases keep.

The last eight weeks, at most the newest 5,000 decisions. What a rule decided by itself took no time and is left out;
so is what was decided before the clock was kept. While the member is waited for no time passes.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from accounts import hours, reasons
from accounts.models import Client
from reinstatements import figures
from reinstatements.models import ClockSettings, ReinstatementRequest
from reinstatements.services.clock import terms_of
from reinstatements.sla import ROUND_THE_CLOCK, STEP_OF, WHOLE, Clock, Step

MOST = 5000
FIELDS = ("client_id", "stopped_reason", "clock", "clock_since", "clock_version", "decided_at")


@dataclass(frozen=True)
class Line:
    """``median`` and ``slow`` are nearest ranks: of ten decisions the fifth and the ninth by time."""

    name: str
    number: int
    median: timedelta
    slow: timedelta


@dataclass(frozen=True)
class Times:
    clients: list
    reasons: list
    steps: list
    number: int
    unknown: int
    """Decisions of which no working time is known."""
    is_cut: bool


def of(user, client_ids, today):
    """Return the ``Times`` of these clients, in four questions to the database."""
    decided = (
        ReinstatementRequest.objects.for_user(user)
        .filter(client__in=client_ids, decided_at__gte=figures.midnight(figures.weeks(today)[0]), is_automatic=False)
        .order_by("-decided_at")
    )
    rows = list(decided.values_list(*FIELDS, named=True)[: MOST + 1])
    versions = versions_of(client_ids)
    found = [(row, used(row, versions[row.client_id])) for row in rows[:MOST] if row.clock or row.clock_since]
    names = {client.pk: client.name for client in Client.objects.filter(pk__in=client_ids)}
    labels = reasons.labels_for(client_ids)
    by_client, by_reason, by_step = defaultdict(list), defaultdict(list), defaultdict(list)
    for row, spent in found:
        by_client[names[row.client_id]].append(spent[WHOLE])
        by_reason[reasons.label(row.client_id, row.stopped_reason, labels)].append(spent[WHOLE])
        for step in (Step.START, Step.VERIFICATION, Step.DECISION):
            by_step[step].append(spent.get(step, timedelta(0)))
    return Times(
        clients=sorted(lines(by_client), key=lambda line: line.name),
        reasons=sorted(lines(by_reason), key=lambda line: (-line.number, line.name)),
        steps=lines({str(step.label): by_step[step] for step in Step if by_step[step]}),
        number=len(found),
        unknown=len(rows[:MOST]) - len(found),
        is_cut=len(rows) > MOST,
    )


def versions_of(client_ids):
    """Return ``{client id: its terms, oldest first}``; the first is how time counts before anything was said."""
    found = {client_id: [ROUND_THE_CLOCK] for client_id in client_ids}
    for row in ClockSettings.objects.filter(client__in=client_ids).order_by("version"):
        found[row.client_id].append(terms_of(row))
    return found


def used(row, versions):
    """Return the working time of each part of a decided case; what an approval ended ran on until the decision."""
    spent = {part: ticks * hours.MICROSECOND for part, ticks in row.clock.items()}
    clock = Clock(spent=spent, since=row.clock_since, step=STEP_OF["awaiting_approval"])
    since = [terms for terms in versions if terms.version >= row.clock_version]
    return {WHOLE: timedelta(0), **clock.caught_up(since or versions[-1:], row.decided_at).spent}


def lines(found):
    return [Line(str(name), len(spans), *ranks(sorted(spans))) for name, spans in found.items()]


def ranks(spans):
    number = len(spans)
    return spans[(number + 1) // 2 - 1], spans[(number * 9 + 9) // 10 - 1]
