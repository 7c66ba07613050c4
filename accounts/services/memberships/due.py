"""Writing what time has brought: late, twice or on two machines, each change once and as of its own instant."""

from accounts import ledger
from accounts.models import Membership, User
from accounts.services.memberships.changing import life_of

BATCH = 500


def apply_due_membership_changes(now, limit=BATCH):
    """Write the due changes of up to ``limit`` memberships of the clients in scope, one account at a time.

    Returns how many changes were written. What another worker has written meanwhile is found written.
    """
    actor, written = User.objects.system(), 0
    due = Membership.objects.due(now).select_related("account")[:limit]
    for membership in due:
        written += catch_up(membership, actor=actor, now=now)
    return written


def catch_up(membership, *, actor, now=None):
    """Write what has come by itself to one membership until ``now``; return how many changes that were."""
    with ledger.change(membership.account, actor=actor) as work:
        work.now = work.occurred_at = now or work.now
        life = life_of(work, membership)
        written = life.catch_up()
        if not written:
            life.refresh()
    return written
