"""The words beside the ledger: notes, statements and evidence, opened with the key of the one person."""

import json

from accounts import personal, sealing
from accounts.models import Disclosure


def read(account, entries, key=None):
    """Return ``{(entry uid, field): words}`` of these entries; empty once the person was erased."""
    key = key or personal.key_of(account)
    return unsealed(account, beside(account, entries), key) if key else {}


def beside(account, entries):
    """Return the sealed words beside these entries."""
    return Disclosure.objects.filter(account=account, entry__in=entries)


def unsealed(account, rows, key=None):
    """Return ``{(entry uid, field): words}`` of what ``beside`` found; empty once the person was erased."""
    key = key or personal.key_of(account)
    if key is None:
        return {}
    return {
        (row.entry_id, row.field): sealing.unseal(
            key, bytes(row.ciphertext), context=f"disclosure.{row.field}:{row.entry_id}"
        )
        for row in rows
    }


def commitments(entry):
    """Return what an entry is bound to: ``{field: commitment}``."""
    return json.loads(bytes(entry.body))["commit"]
