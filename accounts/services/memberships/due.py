"""Writing what time has brought: late, twice or on several machines, each change once and as of its own instant."""

import logging

from django.db import DatabaseError, transaction

from accounts import ledger
from accounts.errors import ServiceError
from accounts.models import Account, Membership, User
from accounts.services.memberships.changing import life_of

BATCH = 500
log = logging.getLogger(__name__)


def apply_due_membership_changes(now, limit=BATCH):
    """Write all due changes of the accounts of up to ``limit`` due memberships of the clients in scope.

    Returns how many changes were written. An account that another worker holds is left to that one, and each is looked
    at again under its lock. One that cannot be written is logged and holds up no other.
    """
    written = 0
    for pk in due_accounts(now, limit):
        try:
            written += catch_up_account(pk, now)
        except (ServiceError, DatabaseError):
            log.exception("The due changes of account %s were not written.", pk)
    return written


def due_accounts(now, limit):
    """Return the ids of the accounts that were due longest, leaving out those whose suspension has to end first."""
    due = Membership.objects.due(now).exclude(account__next_change_at__lte=now)
    return list(dict.fromkeys(due.values_list("account", flat=True)[:limit]))


def catch_up_account(pk, now):
    """Write what has come by itself to the memberships of one account until ``now``; return how many changes."""
    with transaction.atomic():
        free = Account.objects.select_for_update(skip_locked=True, of=("self",))
        account = free.filter(pk=pk).first()
        if account is None:
            return 0
        with ledger.change(account, actor=User.objects.system()) as work:
            work.now = work.occurred_at = now
            return sum(write_due(life_of(work, row)) for row in Membership.objects.due(now).filter(account=account))


def write_due(life):
    """Write every due change of one life; where none has come after all, work out anew when the next one will."""
    written = life.catch_up()
    if not written:
        life.refresh()
    return written
