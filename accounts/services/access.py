"""Leaving word of who looked at what."""

from accounts.ledger import sql
from accounts.models import AccessRecord


def record(kind, *, user, client_id, account=None, reason="", related=None, **details):
    """Append an access record. ``details`` are codes, counts and digests, never personal data."""
    return AccessRecord.objects.create(
        kind=kind,
        user=user,
        client_id=client_id,
        account=account,
        reason=reason,
        related=related,
        details=details,
    )


def record_at_each(kind, details, *, user):
    """Append an access record at each client of ``details``, which maps client ids to details like those above."""
    sql.run(
        [sql.insert_alike(AccessRecord(kind=kind, user=user), client_id=list(details), details=list(details.values()))]
    )
