"""What is due by itself: one that fails holds up no other, is seen by people, and is tried again, each time later.

The row of a failure is written in a transaction of its own, after that of the failed work is rolled back. Where even
that is not possible, the database is gone: then the task fails, and says so.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.errors import ServiceError
from accounts.models import DueFailure

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
DOUBLINGS = 9  # from a minute past six hours
log = logging.getLogger(__name__)


def each(job, due, do, *, limit):
    """Call ``do(pk)`` for up to ``limit`` accounts of ``due``, in its order; return how often it did something.

    ``due`` are accounts of the clients in scope. Those that failed before are left out until they are to be tried
    again. May run twice and on several workers, as ``do`` may.
    """
    failed = forget_settled(job, due)
    due = due.exclude(pk__in=waiting(job)) if failed else due
    done = 0
    for pk, client_id in list(due.values_list("pk", "client_id")[:limit]):
        try:
            done += bool(do(pk))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told and the others go on
            put_down(job, client_id, pk, error)
        else:
            if pk in failed:
                DueFailure.objects.filter(job=job, account=pk).delete()
    return done


def once(job, client_id, do):
    """Call ``do()`` for one client, in its scope; put down where it fails, and leave it out until it is tried again."""
    rows = DueFailure.objects.filter(job=job, client=client_id, account=None)
    failed = rows.first()
    if failed and failed.retry_at > timezone.now():
        return
    try:
        do()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told and the next client's turn comes
        put_down(job, client_id, None, error)
    else:
        if failed:
            rows.delete()


def waiting(job):
    """Return the ids of the accounts in scope that failed and are not to be tried again yet."""
    rows = DueFailure.objects.filter(job=job, account__isnull=False, retry_at__gt=timezone.now())
    return rows.values_list("account", flat=True)


def forget_settled(job, due):
    """Forget the failures of accounts that are not among ``due`` any more; return the accounts of those that stay."""
    rows = DueFailure.objects.filter(job=job, account__isnull=False)
    failed = set(rows.values_list("account", flat=True))
    if failed:
        still = set(due.filter(pk__in=failed).values_list("pk", flat=True))
        rows.filter(account__in=failed - still).delete()
        failed = still
    return failed


def put_down(job, client_id, account_id, error):
    """Log that something failed, and keep it where people see it until it is written."""
    log.error(
        "What was due was not written: %s, client %s, account %s.", job, client_id, account_id or "-", exc_info=error
    )
    now = timezone.now()
    with transaction.atomic():
        rows = DueFailure.objects.select_for_update()
        row, _made = rows.get_or_create(client_id=client_id, job=job, account_id=account_id)
        wait = min(FIRST_WAIT * 2 ** min(row.attempts, DOUBLINGS), LONGEST_WAIT)
        row.failure, row.attempts = in_short(error), row.attempts + 1
        row.last_at, row.retry_at = now, now + wait
        row.save()


def in_short(error):
    """Return why it failed, without what a database or a parser quotes: that may be somebody's data."""
    said = f": {error.message}" if isinstance(error, ServiceError) else ""
    return f"{type(error).__name__}{said}"[:300]
