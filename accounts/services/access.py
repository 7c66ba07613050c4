"""Leaving word of who looked at what."""

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
