"""The clock on the rows: each change of status, priority, hours or targets counts what is used and says what is due."""

import json
from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import hours
from accounts.ledger import sets, sql
from accounts.models import StatusChange, User
from reinstatements.models import ClockSettings, ReinstatementRequest
from reinstatements.sla import PAUSED, ROUND_THE_CLOCK, STEP_OF, UNDECIDED, WHOLE, Clock, Rung, Terms

Status = ReinstatementRequest.Status
AT_ONCE = 500
TOLD = ("clock", "clock_since", "clock_version", "due_at", "step_due_at", "next_alert_at", "alerts")
CLIMBED = "escalate"
"""The action of the entries that say which step of the ladder a case has taken."""
"""The columns that the clock keeps."""


def terms_of(row):
    """Return what a row of settings says, as the rules know it."""
    return Terms(
        version=row.version,
        since=row.created_at,
        plan=hours.plan(row.week, row.time_zone, row.country, row.region, row.days),
        targets=row.targets,
        ladder=tuple(
            Rung(rung["percent"], timedelta(minutes=rung["plus"]), tuple(rung["tell"])) for rung in row.ladder
        ),
    )


def versions(client_id, since=0):
    """Return the terms of a client from version ``since`` on, oldest first; 0 is before the first."""
    rows = ClockSettings.objects.filter(client=client_id, version__gte=since).order_by("version")
    found = [terms_of(row) for row in rows]
    return [ROUND_THE_CLOCK, *found] if since == 0 else found


def newest(client_id):
    """Return the terms in force."""
    return terms_in(last(client_id))


def last(client_id):
    """Return the newest settings of a client, one row or none."""
    return ClockSettings.objects.filter(client=client_id).order_by("-version")[:1]


def terms_in(rows):
    """Return the terms of what ``last`` found."""
    return next(map(terms_of, rows), ROUND_THE_CLOCK)


def clock_of(case, status=None):
    """Return the clock of a case as its row keeps it."""
    return Clock(
        spent={part: ticks * hours.MICROSECOND for part, ticks in case.clock.items()},
        since=case.clock_since,
        step=STEP_OF.get(status or case.status, ""),
    )


def begin(case, at):
    """Start the clock of a case that is being opened, in its first status."""
    put(case, Clock(since=at, step=STEP_OF[Status.DRAFT]), [newest(case.client_id)])


def follow(case, before, at):
    """Let the clock follow a change of status: it goes on, rests, or begins to count the next step.

    An approval has nothing to wait for any more, and is kept free of questions to the database.
    """
    if case.status in (Status.APPROVED, Status.COMPLETED):
        case.step_due_at = case.next_alert_at = None
        return
    found = versions(case.client_id, case.clock_version)
    at = max(at, case.clock_since or at)
    gone = clock_of(case, before).caught_up(found, at).goes_to(case.status, at)
    put(case, replace(gone, since=None) if case.paused_at else gone, found)


def count_decision(case, at):
    """Count, of an approved case that is put before people again, what deciding it has used until ``at``."""
    gone = clock_of(case, Status.AWAITING_APPROVAL).caught_up(versions(case.client_id, case.clock_version), at)
    case.clock = ticks_of(gone)
    case.clock_since = gone.since


def rest(case, at):
    """Let the clock of a case rest in the status that it has."""
    found = versions(case.client_id, case.clock_version)
    put(case, replace(clock_of(case).caught_up(found, at), since=None), found)


def go_on(case, at):
    """Let a clock go on that was made to rest: what was left then is left now."""
    put(case, clock_of(case).goes_to(case.status, at), versions(case.client_id, case.clock_version))


def count(case, at):
    """Count the time used by ``at`` and work out anew what is due, as after a change of priority; return the terms."""
    found = versions(case.client_id, case.clock_version)
    put(case, clock_of(case).caught_up(found, at), found)
    return found[-1]


def put(case, clock, found, climbed=None):
    """Write the clock on the row, and when the case and its step are due; what is due stays while the clock rests.

    ``found`` are the terms that it ran under and all that came later. Where the ladder is another one since, the steps
    that are behind the case are counted on the new one: none of them comes again, and none that is ahead is left out.
    ``climbed`` is what ``furthest`` says, for whoever has asked it of many cases at once.
    """
    terms, policy = found[-1], case.policy.rules
    if found[0].places != terms.places:
        climbed = furthest([case]) if climbed is None else climbed
        case.alerts = terms.taken(climbed.get(case.pk))
    target = terms.target(WHOLE, case.priority, policy)
    case.clock = ticks_of(clock)
    case.clock_since, case.clock_version = clock.since, terms.version
    case.step_due_at = case.next_alert_at = None
    if clock.since is None:
        return
    try:
        case.due_at = clock.due_at(terms, target) or case.due_at
        case.step_due_at = clock.due_at(terms, terms.target(clock.step, case.priority, policy), clock.step)
        case.next_alert_at = clock.rung_at(terms, target, case.alerts)
    except hours.NeverOpen:
        # Hours that do not come: the calendar's page warns of it, and no case is cut off from being worked.
        return


def ticks_of(clock):
    """Return the time that each part of a clock has used as the row keeps it, in microseconds."""
    return {str(part): used // hours.MICROSECOND for part, used in clock.spent.items()}


def furthest(cases):
    """Return ``{case id: place on the ladder}`` of the furthest step that each has taken, by the record."""
    ids = {case.pk: case.account_id for case in cases}
    entries = StatusChange.objects.filter(account__in=set(ids.values()), subject_id__in=ids, action=CLIMBED)
    found: dict = {}
    for case_id, body in entries.order_by().values_list("subject_id", "body"):
        said = json.loads(bytes(body))["data"]
        place = said["percent"], timedelta(minutes=said["plus_minutes"])
        found[case_id] = max(place, found.get(case_id, place))
    return found


def clients_to_apply():
    """Return the ids of the clients whose newest settings have not reached all open cases."""
    with scopes_disabled():
        rows = ClockSettings.objects.filter(applied_at=None).order_by()
        return list(rows.values_list("client_id", flat=True).distinct())


def apply_settings(client_id, limit=AT_ONCE):
    """Count up to ``limit`` open cases anew by the newest settings; return how many. May run twice and at once.

    What was used before the settings were made counts by the hours of that time, whenever this runs. Cases that
    somebody is changing at this moment follow by themselves, or at the next run.
    """
    # Read before the rows are: a version that is made meanwhile is found by its own run.
    found = versions(client_id)
    behind = ReinstatementRequest.objects.open().filter(client=client_id, clock_version__lt=found[-1].version)
    with transaction.atomic():
        cases = list(
            behind.select_related("policy").select_for_update(of=("self",), skip_locked=True).order_by("id")[:limit]
        )
        write(cases, found)
    if not behind.exists():
        made = ClockSettings.objects.filter(client=client_id, applied_at=None, version__lte=found[-1].version)
        made.update(applied_at=timezone.now())
    return len(cases)


def write(cases, found):
    """Write the clocks of locked cases, with the history that each change by itself would leave."""
    now, updates, histories = timezone.now(), [], []
    actor, climbed = User.objects.system(), furthest(cases)
    for case in cases:
        before = {"id": case.pk, "clock_version": case.clock_version}
        ran = [each for each in found if each.version >= case.clock_version]
        put(case, clock_of(case).caught_up(ran, now), ran, climbed)
        updates.append(sql.update(case, {name: getattr(case, name) for name in TOLD}, before))
        histories.append(sql.history(case, "~", user_id=actor.pk, at=now, reason="clock"))
    sets.write([*updates, *histories])


def is_paused(case):
    return case.status == PAUSED or case.paused_at is not None


def reading(case, terms, at=None):
    """Return what a page says of a case's time: the target, what is used and left of it, in working time."""
    at = at or timezone.now()
    policy, clock = case.policy.rules, clock_of(case)
    parts = {}
    for part in filter(None, (WHOLE, clock.step)):
        target = terms.target(part, case.priority, policy)
        if target:
            used = clock.used(terms, at, part)
            parts[part] = {"target": target, "used": used, "left": target - used}
    return {
        "parts": parts,
        "is_running": case.status in UNDECIDED and not case.paused_at and terms.hours.is_open(at),
        "is_paused": is_paused(case),
        "zone": terms.plan.zone,
    }
