"""The stored bytes of the ledger and what stands beside them, streamed chain by chain in constant memory."""

import heapq
import re
from collections import namedtuple
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from functools import cache, lru_cache, partial
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction

from accounts import canonical
from accounts.models import Account, Client, Disclosure, StatusChange, SubjectKey
from accounts.models.base import StatusModel

ROWS_AT_ONCE = 2000
ENTRY_COLUMNS = (
    *("account_id", "number", "uid", "client_id", "subject_type", "subject_id", "action", "from_status", "to_status"),
    *("reason", "origin", "actor_id", "on_behalf_id", "rule", "occurred_at", "recorded_at", "caused_by_type"),
    *("caused_by", "case_hash", "ends_at", "body", "hash"),
)
SAID = ENTRY_COLUMNS.index("ends_at") + 1
"""How many columns an entry's bytes say again; the bytes and their hash stand behind them."""
Entry = namedtuple("Entry", ENTRY_COLUMNS)  # type: ignore[misc]
Head = namedtuple("Head", "account_id client_id head_number head_hash erased_at is_empty")
Subject = namedtuple("Subject", "account_id type id client_id status status_number")
Words = namedtuple("Words", "account_id entry field salt ciphertext")
Key = namedtuple("Key", "account_id wrapped")


@dataclass
class Chain:
    """Everything the database holds of one account, or of one client's settings: then only entries and head."""

    client_id: object
    account_id: object = None
    heads: list[Head] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)

    def add(self, found):
        kind = type(found[0])
        if kind is Entry:
            self.entries = found
        elif kind is Subject:
            self.subjects += found
        elif kind is Words:
            self.words = found
        elif kind is Head:
            self.heads = found
        else:
            self.keys = found


@contextmanager
def standing_still():
    """Read everything as it is at one moment, while the desk goes on working."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            # Not atomic(), which would take the one lock that writers need.
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def of_accounts(client_id=None):
    """Yield a ``Chain`` for every account that any row tells of, in the order in which the database sorts them."""
    inside = "account_id IN (SELECT id FROM accounts_account WHERE client_id = %s)"
    empty = " AND ".join(f"{name} IS NULL" for name in Account.sealed_fields)
    account, key, client = map(as_text, ("account_id", "id", "client_id"))
    head = f"{key}, {client}, head_number, head_hash, erased_at, {empty}"
    text = f"{account}, {as_text('entry_uid')}, field, salt, ciphertext"
    streams = [
        rows(Head, Account, head, ["id"], "client_id = %s"),
        rows(Entry, StatusChange, entry_columns(), ["account_id", "number"], f"(client_id = %s OR {inside})"),
        rows(Words, Disclosure, text, ["account_id", "id"], inside),
        rows(Key, SubjectKey, f"{account}, wrapped", ["account_id"], inside),
    ]
    for model in apps.get_models():
        if issubclass(model, StatusModel):
            own, condition = ("id", "client_id = %s") if model is Account else ("account_id", inside)
            columns = f"{as_text(own)}, '{model.subject_type}', {key}, {client}, status, status_number"
            streams.append(rows(Subject, model, columns, [own, "id"], condition))
    opened = [by_account(read(client_id)) for read in streams]
    for (_kind, account_id), parts in groupby(heapq.merge(*opened, key=itemgetter(0)), itemgetter(0)):
        chain = Chain(None, account_id)
        for _rank, found in parts:
            chain.add(found)
        known = chain.heads or chain.entries or chain.subjects
        chain.client_id = known[0].client_id if known else None
        yield chain


def of_clients(client_id=None):
    """Yield a ``Chain`` for every client: its settings, roles and whatever else belongs to no account."""
    columns = f"NULL, {as_text('id')}, head_number, head_hash, NULL, NULL"
    heads = {head.client_id: head for head in rows(Head, Client, columns, ["id"], "id = %s")(client_id)}
    order, condition = ["client_id", "number"], "account_id IS NULL"
    entries = rows(Entry, StatusChange, entry_columns(), order, "client_id = %s", condition)(client_id)
    for key, group in groupby(entries, lambda entry: entry.client_id):
        yield Chain(key, heads=[heads.pop(key)] if key in heads else [], entries=group)
    for key, head in heads.items():
        yield Chain(key, heads=[head])


def rows(shape, model, columns, order, of_client, always="account_id IS NOT NULL"):
    """Return the function that streams these rows of all clients, or of one."""

    made = partial(tuple.__new__, shape)  # what ``_make`` does, without a call of Python's for each row

    def read(client_id):
        table, where, params = model._meta.db_table, [], []
        if model is StatusChange:
            where.append(always)
        if client_id:
            where.append(of_client)
            params = [stored_uuid(str(client_id))] * of_client.count("%s")
        clause = f"WHERE {' AND '.join(where)}" if where else ""
        # The columns of the table, and not what was selected under their names.
        sorting = ", ".join(f"{table}.{column}" for column in order)
        with connection.chunked_cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM {table} {clause} ORDER BY {sorting}", params)
            while found := cursor.fetchmany(ROWS_AT_ONCE):
                yield from map(made, found)

    return read


def by_account(found):
    """Yield what SQLite sorts an account by, whatever kind of value somebody has left there, and its rows."""
    for account_id, group in groupby(found, itemgetter(0)):
        yield (isinstance(account_id, bytes), account_id), list(group)


# What no entry can say, such as a year before Christ, reads as PostgreSQL writes it: like no time of an entry.
POSTGRESQL_TIME = """CASE WHEN {0} >= '0001-01-01Z' AND {0} < '10000-01-01Z'
    THEN to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE {0}::text END"""


def entry_columns():
    """Return what to select: ids and times as text, as whoever checks does not trust a driver's reading.

    PostgreSQL writes them as the bytes of an entry do. SQLite keeps what was put there.
    """
    times = [field.column for field in StatusChange._meta.fields if isinstance(field, models.DateTimeField)]
    if connection.vendor == "sqlite":
        kept = {"number": "CAST(number AS INTEGER)"} | {column: f"CAST({column} AS TEXT)" for column in times}
    else:
        kept = {column: POSTGRESQL_TIME.format(column) for column in times}
        ids = [field for field in StatusChange._meta.fields if isinstance(kind_of(field), models.UUIDField)]
        kept |= {field.column: f"{field.column}::text" for field in ids}
    return ", ".join(kept.get(column, column) for column in ENTRY_COLUMNS)


def kind_of(field):
    return field.target_field if field.is_relation else field


def as_text(column):
    """Return how to select an id in the form that ``stored_uuid`` has."""
    return column if connection.vendor == "sqlite" else f"{column}::text"


NONCE = 32
"""How many characters of an entry are random."""


def as_written(entry, before):
    """Return ``commit`` of an entry whose bytes are the very ones that its columns ask for.

    ``before`` is the hash that it continues, in hexadecimal digits. Returns ``None`` where anything else stands there:
    what that is, ``columns_of`` tells. Only for PostgreSQL, where the types of the columns prove the form of the parts.
    Written out, and parsed is only what no column has: whoever verifies comes here for each entry of a ledger.
    """
    # fmt: off
    (
        account, number, uid, client, subject_type, subject, action, was, becomes, reason, origin, actor, on_behalf,
        rule, occurred_at, recorded_at, cause_type, cause, case_hash, ends_at, body, _hash,
    ) = entry
    # fmt: on
    if not are_plain(subject_type, action, was, becomes, reason, origin, rule, cause_type):
        return None
    if case_hash and not (case_hash.isascii() and case_hash.isalnum()):
        return None
    if cause_type and not cause:
        return None
    own = f'"{account}"' if account else "null"
    decided_on = f'"{case_hash}"' if case_hash else "null"
    because = f'["{cause_type}","{cause}"]' if cause else "null"
    helped = f'"{on_behalf}"' if on_behalf else "null"
    by_rule = f'"{rule}"' if rule else "null"
    begin = (
        f'{{"account":{own},"action":"{action}","actor":"{actor}","case_hash":{decided_on},"caused_by":{because},'
        f'"client":"{client}","commit":'
    ).encode()
    middle = f',"from":"{was}","id":"{uid}","nonce":"'.encode()
    end = (
        f'","number":{number},"occurred_at":"{occurred_at}","on_behalf":{helped},"origin":"{origin}","prev":"{before}",'
        f'"reason":"{reason}","recorded_at":"{recorded_at}","rule":{by_rule},"subject":["{subject_type}","{subject}"],'
        f'"to":"{becomes}","v":1}}'
    ).encode()
    nonce = len(body) - len(end) - NONCE
    bound = nonce - len(middle)
    if bound < len(begin) or not (body.startswith(begin) and body.endswith(end) and body[bound:nonce] == middle):
        return None
    if not body[nonce : nonce + NONCE].isalnum():
        return None
    said = body[len(begin) : bound]
    if said == b'{},"data":{}':
        return {} if ends_at is None else None
    try:
        parts = canonical.decode(b'{"commit":' + said + b"}")
    except canonical.CanonicalError:
        return None
    commit, data = parts.get("commit"), parts.get("data")
    if len(parts) != 2 or type(commit) is not dict or type(data) is not dict or data.get("ends_at") != ends_at:
        return None
    return commit


@lru_cache(maxsize=4096)
def are_plain(*words):
    """Tell whether these words stand in JSON as they are; those of entries are codes, and few."""
    return all(word.isascii() and word.isprintable() and not {'"', "\\"} & {*word} for word in words)


def columns_of(body):
    """Return the columns, up to ``ends_at``, that belong beside an entry whose bytes say ``body``.

    Raises ``KeyError``, ``TypeError`` or ``ValueError`` where this is not an entry of version 1.
    """
    subject_type, subject_id = body["subject"]
    cause_type, cause = body["caused_by"] or ("", None)
    ids = [body["account"], body["id"], body["client"], subject_id, body["actor"], body["on_behalf"], cause]
    account, uid, client, subject, actor, on_behalf, cause = (stored_uuid(value) for value in ids)
    ends_at = body["data"].get("ends_at")
    return (
        *(account, body["number"], uid, client, subject_type, subject, body["action"], body["from"], body["to"]),
        *(body["reason"], body["origin"], actor, on_behalf, body["rule"] or "", stored_time(body["occurred_at"])),
        *(stored_time(body["recorded_at"]), cause_type, cause, body["case_hash"] or ""),
        None if ends_at is None else stored_time(ends_at),
    )


PLAIN_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def stored_uuid(text):
    """Return what is read from the database for a UUID that is written in its one plain form."""
    if text is None:
        return None
    if not PLAIN_UUID.fullmatch(text):
        raise ValueError("This UUID is written in another form.")
    return text.replace("-", "") if on_sqlite() else text


@cache
def on_sqlite():
    """Tell which database it is; asked for each entry, the connection itself takes longer than the answer."""
    return connection.vendor == "sqlite"


def plain_uuid(value):
    """Return a stored UUID in its one plain form."""
    return value if isinstance(value, str) and PLAIN_UUID.fullmatch(value) else str(UUID(value))


def raw(value):
    """Return the bytes of a stored value; SQLite keeps text in any column."""
    return value if type(value) is bytes else value.encode() if isinstance(value, str) else bytes(value)


def told_moment(value):
    """Return a time as entries tell it, of what a cursor returns of a stored one; SQLite keeps no zone."""
    return canonical.timestamp(value if value.tzinfo else value.replace(tzinfo=UTC))


def stored_time(text):
    moment = canonical.parse_timestamp(text)
    return str(moment.replace(tzinfo=None)) if connection.vendor == "sqlite" else text
