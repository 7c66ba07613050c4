"""The escalation ladder: whom a client tells as the time of a case runs out, each step once, on the record.

Whoever is told hears in their own working hours; the notices are sent through the outbox. Nobody is told of a case
that they may not open. A step that reaches nobody climbs to the next one at once, and the entry says so; where none
of them reaches anybody, compliance officers hear.
"""

from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.grants import Role
from accounts.models import User
from accounts.services import shifts
from reinstatements import rules
from reinstatements.models import ReinstatementRequest
from reinstatements.services import clock
from reinstatements.services.cases import changing
from reinstatements.sla import WHOLE

EVENT = "case.escalated"
AT_ONCE = 100
LOGIN = "login:"


def clients_due():
    """Return the ids of the clients that have a case whose next step of the ladder has come."""
    with scopes_disabled():
        due = ReinstatementRequest.objects.open().filter(next_alert_at__lte=timezone.now(), client__is_active=True)
        return list(due.order_by().values_list("client", flat=True).distinct())


def climb_due(limit=AT_ONCE):
    """Take the steps that are due of the cases in scope; return how many cases were looked at.

    Each case in a transaction of its own, looked at again under its lock: it may run twice, late, on two machines.
    """
    due = ReinstatementRequest.objects.open().filter(next_alert_at__lte=timezone.now()).order_by("next_alert_at")
    found = list(due.select_related("account", "policy")[:limit])
    for case in found:
        climb(case, actor=User.objects.system())
    return len(found)


def climb(case, *, actor):
    """Take every step of the ladder that has come for a case and was not taken; the last of them tells people."""
    with changing(case, actor=actor, may=rules.is_rule, rule=rules.LADDER) as (work, case):
        if not case.is_open or not case.next_alert_at or case.next_alert_at > work.now:
            return
        terms = clock.count(case, work.now)
        target = terms.target(WHOLE, case.priority, case.policy.rules)
        while case.next_alert_at and case.next_alert_at <= work.now:
            number = case.alerts
            case.alerts += 1
            case.next_alert_at = clock.clock_of(case).rung_at(terms, target, case.alerts)
            is_last = not case.next_alert_at or case.next_alert_at > work.now
            rung = terms.ladder[number]
            people, groups = recipients(case, terms.ladder, number) if is_last else ([], [])
            entry = work.log(
                case,
                clock.CLIMBED,
                reason=reason_of(rung),
                data={
                    "step": number + 1,
                    "percent": rung.percent,
                    "plus_minutes": int(rung.plus.total_seconds()) // 60,
                    "due_at": case.due_at.isoformat(),
                    "groups": groups,
                    "climbed": is_last and groups != list(rung.tell),
                    "told": [str(person.pk) for person in people],
                },
            )
            if people:
                told = [str(person.pk) for person in people]
                work.emit(EVENT, entry, case=str(case.pk), people=told, percent=rung.percent, step=number + 1)
        work.save(case, "escalate")


def reason_of(rung):
    if not rung.is_breach:
        return "time_running_out"
    return "time_long_over" if rung.plus else "time_over"


def recipients(case, ladder, number):
    """Return the people and the groups of the first step from ``number`` on that reaches somebody.

    Where no step does, compliance officers hear.
    """
    steps = [list(rung.tell) for rung in ladder[number:]]
    for groups in [*steps, [Role.COMPLIANCE.value]]:
        if people := reached(case, groups):
            return people, groups
    return [], steps[0]


def reached(case, groups):
    """Return the logins of these groups that may open the case, each once."""
    people = {user.pk: user for group in groups for user in members(case, group)}
    return [user for user in people.values() if rules.can_see(case, user)]


def members(case, group):
    """Return the logins that a group of the ladder means for a case. Only who holds a role at the client is told."""
    if group == "worker":
        worker = case.worker or case.maker
        return [worker] if worker.is_active and not worker.is_system else []
    if group == "deciders":
        deciders = shifts.holders(case.client_id, [case.level_role or Role.SUPERVISOR])
        return [user for user in deciders if user.has_usable_password()]  # the others have a link
    if group == "supervisors_on_shift":
        on = shifts.who_is_on(case.client, [Role.SUPERVISOR])
        following = None if on else shifts.who_is_next(case.client, [Role.SUPERVISOR])
        return on or ([following[0]] if following else [])
    if group.startswith(LOGIN):
        held = shifts.in_force(case.client_id, timezone.now())
        return list(User.objects.filter(pk=group.removeprefix(LOGIN), pk__in=held.values("user")))
    return shifts.holders(case.client_id, [group])
