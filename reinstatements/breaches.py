"""Cases whose time is over: the list and its file ask this one."""

from django.db.models import F

from accounts import standins
from reinstatements.models import ReinstatementRequest
from reinstatements.sla import UNDECIDED

OPEN, STEP, ENDED = "open", "step", "ended"
ORDERS = {OPEN: ("due_at", "id"), STEP: ("step_due_at", "id"), ENDED: ("-decided_at", "-id")}


def overdue(cases, now):
    """Return the cases to decide whose time is over. While the member or the client is waited for, no time passes."""
    return cases.filter(status__in=sorted(UNDECIDED), paused_at=None, due_at__lt=now)


def breached(user, what=OPEN):
    """Return the cases somebody sees whose time is over: all of it, that of the step, or that ended too late."""
    cases = ReinstatementRequest.objects.for_user(user)
    if what == ENDED:
        return cases.filter(decided_at__isnull=False, is_automatic=False, decided_at__gt=F("due_at"))
    if what == STEP:
        return cases.filter(status__in=sorted(UNDECIDED), step_due_at__lt=standins.now(user))
    return overdue(cases, standins.now(user))
