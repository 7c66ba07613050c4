"""An export is on record: who takes what away, before its first byte, and how it ended."""

from django.db import transaction

from accounts.models import AccessRecord
from accounts.services import access

Kind = AccessRecord.Kind


@transaction.atomic
def start(user, client_ids, *, export, filters, columns):
    """Write the start of an export for each client whose rows may be in it; return ``{client id: its record}``.

    ``filters`` are codes, never words about a person. Committed on return, unless the caller holds a transaction.
    """
    return {
        client_id: access.record(
            Kind.EXPORT_STARTED, user=user, client_id=client_id, export=export, filters=filters, columns=columns
        )
        for client_id in client_ids
    }


@transaction.atomic
def end(user, started, *, rows, sha256, is_complete):
    """Write how an export ended: ``rows`` of each client, SHA-256 of the bytes that left, complete or broken off."""
    for client_id, record in started.items():
        access.record(
            Kind.EXPORT_ENDED,
            user=user,
            client_id=client_id,
            related=record.pk,
            rows=rows.get(client_id, 0),
            sha256=sha256,
            complete=is_complete,
        )
