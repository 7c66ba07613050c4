"""The bytes of a ledger entry, version 1. The format is described in docs/ledger.md and cannot change."""

import hashlib
import os
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import orjson
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


@dataclass(frozen=True, slots=True)
class Hand:
    """Writes what one actor did at one moment; what those entries have in common is put into words once."""

    client_id: UUID
    actor_id: UUID
    on_behalf_id: UUID | None
    origin: str
    rule: str
    recorded_at: datetime
    common: tuple = field(init=False)

    def __post_init__(self):
        origin, rule = str(self.origin), str(self.rule)
        texts = (
            *(named(self.actor_id), named(self.client_id), named(self.on_behalf_id)),
            *(said(origin), dated(self.recorded_at), said(rule or None)),
        )
        object.__setattr__(self, "common", (*texts, origin, rule))

    def entry(
        self,
        *,
        account_id,
        number,
        prev,
        subject,
        action,
        from_status,
        to_status,
        reason,
        occurred_at,
        caused_by=None,
        case_hash="",
        data=None,
        commit=None,
    ):
        """Return an unsaved ``StatusChange``: its bytes, their SHA-256 and the columns beside them.

        ``subject`` and ``caused_by`` are (type, id); ``prev`` is the hash of the entry before, 32 bytes, or b"" for the
        first; ``data`` holds snapshots and codes, never personal data, and in ``ends_at`` the canonical timestamp at
        which what this entry says ends by itself; ``commit`` maps a field to its salted commitment.
        """
        drawn = os.urandom(26)  # at once: to ask the system twice costs twice
        uid, nonce = new_id(drawn[:10]), drawn[10:]
        (action, from_status, to_status, reason), (does, before, after, why) = both(
            action, from_status, to_status, reason
        )
        subject_type, subject_id = subject
        cause_type, cause = caused_by or ("", None)
        ends_at = data.get("ends_at") if data else None
        actor, client, on_behalf, by, recorded, under, origin, rule = self.common
        # Each part is canonical JSON already, and the keys stand in their order: so does the whole.
        body = (
            f'{{"account":{named(account_id)},"action":{does},"actor":{actor},'
            f'"case_hash":{hashed(case_hash) if case_hash else "null"},'
            f'"caused_by":{f"[{said(cause_type)},{named(cause)}]" if caused_by else "null"},"client":{client},'
            f'"commit":{canonical.encode(commit).decode() if commit else "{}"},'
            f'"data":{canonical.encode(data).decode() if data else "{}"},"from":{before},"id":{named(uid)},'
            f'"nonce":"{nonce.hex()}","number":{number},"occurred_at":{dated(occurred_at)},'
            f'"on_behalf":{on_behalf},"origin":{by},"prev":"{bytes(prev).hex() or FIRST_PREV}",'
            f'"reason":{why},"recorded_at":{recorded},"rule":{under},'
            f'"subject":[{said(subject_type)},{named(subject_id)}],"to":{after},"v":{VERSION}}}'
        ).encode()
        entry = StatusChange.__new__(StatusChange)  # every column is given, so there is nothing for __init__ to do
        entry.__dict__ = {
            "_state": ModelState(),
            "id": None,
            "uid": uid,
            "body": body,
            "hash": hashlib.sha256(body).digest(),
            "client_id": self.client_id,
            "account_id": account_id,
            "number": number,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "action": action,
            "from_status": from_status,
            "to_status": to_status,
            "reason": reason,
            "origin": origin,
            "actor_id": self.actor_id,
            "on_behalf_id": self.on_behalf_id,
            "rule": rule,
            "occurred_at": occurred_at,
            "recorded_at": self.recorded_at,
            "caused_by_type": cause_type,
            "caused_by": cause,
            "case_hash": case_hash,
            "ends_at": canonical.parse_timestamp(ends_at) if ends_at else None,
        }
        return entry


hand = lru_cache(maxsize=64)(Hand)
"""Returns the ``Hand`` of an actor; the changes of a set have the same ones."""


def build(*, client_id, actor_id, origin, recorded_at, on_behalf_id=None, rule="", **told):
    """Return what a ``Hand`` writes that writes nothing else."""
    return Hand(client_id, actor_id, on_behalf_id, origin, rule, recorded_at).entry(**told)


@lru_cache(maxsize=4096)
def both(*words):
    """Return words without the enumerations that they belong to, and the same as canonical JSON."""
    return tuple(map(str.__str__, words)), tuple(map(said, words))


@lru_cache(maxsize=4096)
def said(word):
    """Return a word, or ``None``, as canonical JSON; the words of entries are codes, and few."""
    return canonical.encode(word).decode()


def hashed(digits):
    """Return the digits of a hash as canonical JSON; of each there is one."""
    return f'"{digits}"' if digits.isascii() and digits.isalnum() else said(digits)


def named(value):
    """Return an id, or ``None``, as JSON; a UUID is written as fast as one could look it up."""
    return orjson.dumps(value).decode() if value is None or type(value) is UUID else said(str(value))


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
