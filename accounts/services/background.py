"""Long work: one worker takes one run at a time, says with every step that it still has it, and ends it.

Where a worker was killed the lease runs out and the next one goes on from the last step that was committed. A run that
took five workers without moving on is given up, and says so.
"""

from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from accounts.errors import Moved, ServiceError

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 5
WAIT = timedelta(seconds=20)

log = structlog.get_logger(__name__)


class Lost(Exception):
    """The run is not this worker's any more: it was cancelled, or its lease ran out and another one took it."""


def work(model, do, *, ended):
    """Take the oldest run of ``model`` that is due, if there is one, and do it; tell whether there was one.

    ``do(run)`` is called in the scope of the run's client. It commits its steps with ``heartbeat`` and returns whether
    the run is complete; where it is not, the run is due again at once, behind those that waited longer. A
    ``ServiceError`` ends the run with its message, anything else puts it back for a while. ``ended(run)`` is called
    when the run has come to an end, however it did; it may be called twice.
    """
    run = claim(model)
    if run is None:
        return False
    with scope(client=[run.client_id]):
        if run.attempts > MAX_ATTEMPTS:
            finish(run, _("It could not be finished: the work on it ended %d times without a result.") % MAX_ATTEMPTS)
        else:
            attempt(run, do)
        run.refresh_from_db()
        if run.finished_at:
            ended(run)
    return True


def attempt(run, do):
    try:
        is_complete = do(run)
    except Lost:
        log.info("run_lost", run=str(run.pk), kind=run._meta.label_lower)
    except ServiceError as error:
        finish(run, error.message)
    except Exception as error:
        log.warning("run_put_back", run=str(run.pk), kind=run._meta.label_lower, exc_info=error)
        held(run).update(claimed_until=timezone.now() + WAIT * run.attempts)
    else:
        if is_complete:
            finish(run)
        else:
            held(run).update(claimed_until=None, wanted_at=timezone.now(), attempts=0)


def claim(model):
    """Take the run that waits longest, for two minutes; ``None`` where there is nothing to do."""
    now = timezone.now()
    with scopes_disabled(), transaction.atomic():
        due = model.objects.due(now).select_for_update(skip_locked=True).order_by("wanted_at", "id")
        found = list(due.values_list("pk", flat=True)[:1])
        if not found:
            return None
        rows = model.objects.filter(pk=found[0])
        rows.update(claimed_until=now + LEASE, attempts=F("attempts") + 1)
        rows.filter(started_at=None).update(started_at=now)
        return model.objects.select_related("client", "user").get(pk=found[0])


def held(run):
    """Return the row as a queryset that is empty once the run is not ours any more."""
    return type(run).objects.filter(pk=run.pk, claimed_until=run.claimed_until, finished_at=None)


def heartbeat(run, **fields):
    """Renew the lease and store how far the run is; call it in the transaction of what was done.

    ``fields`` are columns of the run, such as ``done``. Raises ``Lost``, and that transaction must not commit, where
    the run was cancelled or taken by another worker.
    """
    until = timezone.now() + LEASE
    if fields.get("done", run.done) > run.done:
        fields["attempts"] = 1
    if not held(run).update(claimed_until=until, **fields):
        raise Lost
    for name, value in {"claimed_until": until, **fields}.items():
        setattr(run, name, value)


def finish(run, failure=""):
    """End a run that is ours; without ``failure`` it is done."""
    held(run).update(finished_at=timezone.now(), claimed_until=None, failure=failure[:300])


def cancel(run):
    """End a run that is not at its end; what it has done stays. Raises ``Moved`` where it came to its end meanwhile."""
    now = timezone.now()
    rows = type(run).objects.filter(pk=run.pk, finished_at=None)
    if not rows.update(finished_at=now, cancelled_at=now, claimed_until=None):
        raise Moved(_("It has come to its end meanwhile."))
