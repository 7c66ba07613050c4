"""The bytes of a ledger entry, version 1. The format is described in docs/ledger.md and cannot change."""

import hashlib
import os
from functools import lru_cache
from uuid import UUID

from django.db.models.base import ModelState

from accounts import canonical
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
    words = tuple(map(str, (action, from_status, to_status, reason, origin, rule, case_hash)))
    action, from_status, to_status, reason, origin, rule, case_hash = words
    body = body_of(
        {
            "account": named(account_id),
            "action": said(action),
            "actor": named(actor_id),
            "case_hash": said(case_hash or None),
            "caused_by": f"[{said(caused_by[0])},{named(caused_by[1])}]" if caused_by else "null",
            "client": named(client_id),
            "commit": canonical.encode(commit).decode() if commit else "{}",
            "data": canonical.encode(data).decode() if data else "{}",
            "from": said(from_status),
            "id": named(uid),
            "nonce": f'"{os.urandom(16).hex()}"',
            "number": number,
            "occurred_at": dated(occurred_at),
            "on_behalf": named(on_behalf_id),
            "origin": said(origin),
            "prev": f'"{bytes(prev).hex() or FIRST_PREV}"',
            "reason": said(reason),
            "recorded_at": dated(recorded_at),
            "rule": said(rule or None),
            "subject": f"[{said(str(subject[0]))},{named(subject[1])}]",
            "to": said(to_status),
            "v": VERSION,
        }
    )
    entry = StatusChange.__new__(StatusChange)  # every column is given, so there is nothing for __init__ to do
    entry.__dict__.update(
        _state=ModelState(),
        id=None,
        uid=uid,
        body=body,
        hash=hashlib.sha256(body).digest(),
        client_id=client_id,
        account_id=account_id,
        number=number,
        subject_type=subject[0],
        subject_id=subject[1],
        action=action,
        from_status=from_status,
        to_status=to_status,
        reason=reason,
        origin=origin,
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
    return entry


SHAPE = "{" + ",".join(f'"{name}":%({name})s' for name in sorted(FIELDS)) + "}"
"""An entry's canonical JSON with its keys in their order; only what stands in their places is different."""


def body_of(parts):
    """Return the bytes that ``canonical.encode`` writes, from parts each of which is canonical JSON already."""
    return (SHAPE % parts).encode()


@lru_cache(maxsize=4096)
def said(word):
    """Return a word, or ``None``, as canonical JSON; the words of entries are codes, and few."""
    return canonical.encode(word).decode()


def named(value):
    """Return an id, or ``None``, as JSON."""
    return "null" if value is None else f'"{value}"' if type(value) is UUID else said(str(value))


@lru_cache(maxsize=4096)
def dated(moment):
    """Return a time as JSON; the entries of one change have the same ones."""
    return f'"{canonical.timestamp(moment)}"'


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
