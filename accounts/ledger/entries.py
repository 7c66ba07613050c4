"""The bytes of a ledger entry, version 1. The format is described in docs/ledger.md and cannot change."""

import hashlib
import secrets

from accounts import canonical
from accounts.ledger import sql
from accounts.models.base import new_id
from accounts.models.ledger import StatusChange

VERSION = 1
FIRST_PREV = "0" * 64
FIELDS = frozenset(
    {
        *("v", "id", "nonce", "client", "account", "number", "prev", "subject", "action", "from", "to", "reason"),
        *("origin", "actor", "on_behalf", "rule", "occurred_at", "recorded_at", "caused_by", "case_hash", "data"),
        "commit",
    }
)
STORED = (
    *("id", "client", "account", "number", "subject", "action", "from", "to", "reason", "origin", "actor"),
    *("on_behalf", "rule", "occurred_at", "recorded_at", "caused_by", "case_hash", "ends_at"),
)


def text(value):
    return None if value is None else str(value)


def build(
    *,
    client_id,
    account_id,
    number,
    prev,
    subject,
    action,
    from_status,
    to_status,
    reason,
    origin,
    actor_id,
    occurred_at,
    recorded_at,
    on_behalf_id=None,
    rule="",
    caused_by=None,
    case_hash="",
    data=None,
    commit=None,
):
    """Return an unsaved ``StatusChange``: its bytes, their SHA-256 and the columns beside them.

    ``subject`` and ``caused_by`` are (type, id); ``prev`` is the hash of the entry before, 32 bytes, or b"" for the
    first; ``data`` holds snapshots and codes, never personal data, and in ``ends_at`` the canonical timestamp at which
    what this entry says ends by itself; ``commit`` maps a field to its salted commitment.
    """
    uid = new_id()
    ends_at = (data or {}).get("ends_at")
    body = canonical.encode(
        {
            "v": VERSION,
            "id": str(uid),
            "nonce": secrets.token_hex(16),
            "client": str(client_id),
            "account": text(account_id),
            "number": number,
            "prev": bytes(prev).hex() or FIRST_PREV,
            "subject": [subject[0], str(subject[1])],
            "action": action,
            "from": str(from_status),
            "to": str(to_status),
            "reason": str(reason),
            "origin": str(origin),
            "actor": str(actor_id),
            "on_behalf": text(on_behalf_id),
            "rule": rule or None,
            "occurred_at": canonical.timestamp(occurred_at),
            "recorded_at": canonical.timestamp(recorded_at),
            "caused_by": [caused_by[0], str(caused_by[1])] if caused_by else None,
            "case_hash": case_hash or None,
            "data": data or {},
            "commit": commit or {},
        }
    )
    return sql.made(
        StatusChange,
        uid=uid,
        body=body,
        hash=hashlib.sha256(body).digest(),
        client_id=client_id,
        account_id=account_id,
        number=number,
        subject_type=subject[0],
        subject_id=subject[1],
        action=action,
        from_status=str(from_status),
        to_status=str(to_status),
        reason=str(reason),
        origin=str(origin),
        actor_id=actor_id,
        on_behalf_id=on_behalf_id,
        rule=rule,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        caused_by_type=caused_by[0] if caused_by else "",
        caused_by=caused_by[1] if caused_by else None,
        case_hash=case_hash,
        ends_at=canonical.parse_timestamp(ends_at) if ends_at else None,
    )


def stored_columns(entry):
    """Return what the columns say, in the words of the body, for whoever looks at one entry to compare the two."""
    return {
        "id": str(entry.uid),
        "client": str(entry.client_id),
        "account": text(entry.account_id),
        "number": entry.number,
        "subject": [entry.subject_type, str(entry.subject_id)],
        "action": entry.action,
        "from": entry.from_status,
        "to": entry.to_status,
        "reason": entry.reason,
        "origin": entry.origin,
        "actor": str(entry.actor_id),
        "on_behalf": text(entry.on_behalf_id),
        "rule": entry.rule or None,
        "occurred_at": canonical.timestamp(entry.occurred_at),
        "recorded_at": canonical.timestamp(entry.recorded_at),
        "caused_by": [entry.caused_by_type, str(entry.caused_by)] if entry.caused_by else None,
        "case_hash": entry.case_hash or None,
        "ends_at": canonical.timestamp(entry.ends_at) if entry.ends_at else None,
    }


def said_columns(body):
    """Return what the bytes say of the same, out of their parsed ``body``."""
    said = {**body, "ends_at": body["data"].get("ends_at")}
    return {name: said[name] for name in STORED}
