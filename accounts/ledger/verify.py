"""Checking the whole ledger against its own bytes and against today's rows. docs/ledger.md says what this proves.

Nothing here trusts a column: what an entry says is read from its bytes, and the bytes from their hash.
"""

import gc
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db import connection

from accounts import canonical, registries, sealing
from accounts.ledger import chains, entries, guards
from accounts.models import Account, Client, Disclosure, StatusChange, SubjectKey
from accounts.models.base import StatusModel
from accounts.models.ledger import ENDING, IN_SERVICE, STOPPED_STATUSES

# What is left for service only by going back to where it was entered from.
RETURNING = {("membership", "paused"), ("account", "under_review")}
LEDGER = StatusChange._meta.db_table


@dataclass(frozen=True)
class Problem:
    """One row that is not as the ledger says. ``kind`` groups what has one cause; a chain names the first of each."""

    kind: str
    table: str
    what: str
    client_id: object = None
    account_id: object = None
    number: int | None = None


@dataclass
class Totals:
    chains: int = 0
    entries: int = 0
    opened: int = 0
    erased: int = 0


def verify(totals, client_id=None):
    """Yield every ``Problem`` of all clients, or of one, counting what was looked at in ``totals``."""
    with chains.standing_still(), no_circles_sought():
        yield from guard_problems()
        for chain in chains.of_clients(client_id):
            totals.chains += 1
            yield from first_of_each_kind(walk(chain, totals, []))
        for chain in chains.of_accounts(client_id):
            totals.chains += 1
            yield from first_of_each_kind(account_problems(chain, totals))
        for contribute in registries.verification.values():
            yield from contribute(client_id)


@contextmanager
def no_circles_sought():
    """Rows and what is made of them go with their last name, for nothing here holds itself.

    Python would look for circles among everything the process holds, again and again: a tenth of all the time.
    """
    sought = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if sought:
            gc.enable()


def guard_problems():
    for name in guards.missing(connection):
        yield Problem("guard", "guards", f"The guard {name} is not in place, or not as it should be.")
    for name in guards.strangers(connection):
        yield Problem("stranger", "guards", f"{name} stands on a guarded table and is no guard of ours.")


def first_of_each_kind(problems):
    seen = set()
    for problem in problems:
        if (problem.kind, problem.table) not in seen:
            seen.add((problem.kind, problem.table))
            yield problem


def account_problems(chain, totals):
    found = []
    yield from walk(chain, totals, found)
    yield from replay(chain, found)
    yield from words(chain, totals, found)


def walk(chain, totals, said):
    """Re-hash the bytes of a chain in order; keep in ``said`` what those of each sound entry say.

    That is an ``Entry`` of their own columns, as the database keeps such, and ``commit``.
    """
    number, before, last = 0, b"", b""
    raw, sha256, proven_by_type = chains.raw, hashlib.sha256, connection.vendor == "postgresql"

    def problem(entry, kind, what):
        return Problem(kind, LEDGER, what, chain.client_id, chain.account_id, entry.number)

    for entry in chain.entries:
        totals.entries += 1
        if entry.number != number + 1:
            twice, missing = f"Entry {number} is there twice.", f"Entry {number + 1} before it is missing."
            yield problem(entry, "gap", twice if entry.number == number else missing)
            before = None
        number, data, last = entry.number, entry.body, entry.hash
        if not proven_by_type:
            data, last = raw(data), raw(last)
        if sha256(data).digest() != last:
            yield problem(entry, "hash", "The stored bytes do not have the stored hash: one of the two was changed.")
        expected, commit = entry, None
        if proven_by_type and before is not None:
            commit = chains.as_written(entry, before.hex() or entries.FIRST_PREV)
        if commit is None:
            try:
                expected, prev, commit = parsed(data)
            except (canonical.CanonicalError, KeyError, TypeError, ValueError, AttributeError):
                yield problem(entry, "format", "The stored bytes are no entry of version 1 in canonical form.")
            else:
                if expected != entry[: chains.SAID]:
                    yield problem(entry, "column", column_that_differs(entry, expected))
                if before is not None and prev != (before.hex() or entries.FIRST_PREV):
                    what = f"It does not continue entry {number - 1}: its bytes name another hash."
                    yield problem(entry, "link", what)
                expected = chains.Entry(*expected, data, last)
        if commit is not None:
            if entry.client_id != chain.client_id:
                yield problem(entry, "client", "It stands in the chain of another client.")
            said.append((expected, commit))
        before = last
    yield from head_problems(chain, number, last)


def parsed(data):
    """Return the columns, the hash of the entry before and ``commit`` that the bytes of an entry say.

    Raises ``ValueError``, ``KeyError``, ``TypeError`` or ``AttributeError`` where this is no entry of version 1.
    """
    body = canonical.decode(data)
    # To Python true is 1.
    if not (body.keys() == entries.FIELDS and type(body["number"]) is type(body["v"]) is int and body["v"] == 1):
        raise ValueError("This is no entry of version 1.")
    if type(body["commit"]) is not dict:
        raise TypeError("What an entry is bound to is an object.")
    return chains.columns_of(body), body["prev"], body["commit"]


def column_that_differs(entry, expected):
    pairs = zip(chains.ENTRY_COLUMNS, entry, expected, strict=False)
    name, kept, said = next(pair for pair in pairs if pair[1] != pair[2])
    return f"The column {name} is {kept!s}, the bytes say {said!s}."


def head_problems(chain, number, last):
    table = (Account if chain.account_id else Client)._meta.db_table

    def problem(what):
        return Problem("head", table, what, chain.client_id, chain.account_id, number)

    if not chain.heads:
        yield problem("Entries are there, and the row that they belong to is not.")
        return
    head = chain.heads[0]
    if head.head_number != number:
        yield problem(f"The head is entry {head.head_number}, the last entry is {number}.")
    elif chains.raw(head.head_hash) != last:
        yield problem(f"The head names another hash than entry {number} has.")


@cache
def machines():
    """Return ``{type of a subject: its model}`` of everything that has a status."""
    return {model.subject_type: model for model in apps.get_models() if issubclass(model, StatusModel)}


@cache
def changes_of(kind):
    return machines()[kind].allowed_changes()


def replay(chain, said):
    """Go through every status of an account and its subjects, and compare the last ones with today's rows."""
    approved = set()
    spent = set()
    statuses, came_from = {}, {}
    known = machines()

    def problem(entry, name, what):
        return Problem(name, LEDGER, what, chain.client_id, chain.account_id, entry.number)

    for entry, _commit in said:
        kind, subject, before, after = entry.subject_type, entry.subject_id, entry.from_status, entry.to_status
        if entry.number == 1 and (kind, before, subject) != ("account", "", entry.account_id):
            yield problem(entry, "begin", "The chain does not begin with the opening of its account.")
        if kind not in known:
            continue
        status, _number = statuses.get((kind, subject), ("", 0))
        if before != status:
            goes = f"the entry goes from {before or 'none'}"
            yield problem(entry, "replay", f"The {kind} was {status or 'not open'}, {goes}.")
        if not is_dated_well(entry):
            yield problem(entry, "time", "It tells of the future, or of an end that does not lie after its beginning.")
        if before == after:
            continue
        if (before, after) not in changes_of(kind):
            yield problem(entry, "pair", f"No {kind} goes from {before or 'none'} to {after}.")
        if (kind, after) == ("reinstatement", "approved"):
            approved.add(entry.uid)
        if kind != "reinstatement" and after in IN_SERVICE and before in STOPPED_STATUSES:
            cause = entry.caused_by
            if cause not in approved or (cause, subject) in spent:
                what = "It returns to service without an approved case of its own on this account."
                yield problem(entry, "cause", what)
            spent.add((cause, subject))
        if (kind, before) in RETURNING and after in IN_SERVICE and after != came_from.get(subject):
            yield problem(entry, "standing", f"It leaves {before} for {after}, and came from {came_from.get(subject)}.")
        came_from[subject] = before
        statuses[kind, subject] = (after, entry.number)
    yield from rows_that_differ(chain, statuses)


def is_dated_well(entry):
    """Times in the one notation of each database sort as text."""
    ends_at = entry.ends_at
    ends_well = ends_at is None or (entry.to_status in ENDING and ends_at > entry.occurred_at)
    return ends_well and entry.occurred_at <= entry.recorded_at


def rows_that_differ(chain, statuses):
    for row in chain.subjects:
        status, number = statuses.pop((row.type, row.id), (None, None))

        def problem(what, row=row):
            table = machines()[row.type]._meta.db_table
            row_id = f" {row.id}" if row.id != row.account_id else ""
            return Problem("row", table, f"The {row.type}{row_id} {what}", chain.client_id, chain.account_id)

        if status is None:
            yield problem("was opened by no entry.")
        elif row.status != status:
            yield problem(f"is {row.status}, the ledger says {status} (entry {number}).")
        elif row.status_number != number:
            yield problem(f"has its status from entry {number}, the row says {row.status_number}.")
        elif row.client_id != chain.client_id:
            yield problem("belongs to another client than its account.")
    for (kind, subject), (_status, number) in statuses.items():
        what = f"Entries tell of {kind} {chains.plain_uuid(subject)}, and no such row stands on this account."
        yield Problem("lost", LEDGER, what, chain.client_id, chain.account_id, number)


def words(chain, totals, said):
    """Open what can still be read and compare it with the commitments; tell what was erased from what is missing."""
    table = Disclosure._meta.db_table
    erased = next((entry.number for entry, _commit in said if entry.action == "subject.erased"), None)
    bound = {
        (entry.uid, name): (commitment, entry.number)
        for entry, commit in said
        if commit
        for name, commitment in commit.items()
    }

    def problem(kind, what, number=None, table=table):
        return Problem(kind, table, what, chain.client_id, chain.account_id, number)

    unsealed = None
    try:
        unsealed = open_key(chain)
    except sealing.UnknownMasterKey as error:
        yield problem("master", str(error), table=SubjectKey._meta.db_table)
    except ValueError:
        yield problem("key", "The key of this person does not open.", table=SubjectKey._meta.db_table)
    if chain.heads:
        yield from erasure_problems(chain, erased, problem)
    for row in chain.words:
        commitment, number = bound.pop((row.entry, row.field), (None, None))
        if commitment is None:
            yield problem("unbound", f"The entry {row.entry} is not bound to its {row.field}.")
        elif erased:
            yield problem("erased", f"Its {row.field} is there, and the person was erased.", number)
        elif unsealed:
            totals.opened += 1
            if not opens(unsealed, row, commitment):
                yield problem("words", f"Its {row.field} is not what the entry was bound to.", number)
    for (_uid, name), (_commitment, number) in bound.items():
        if erased and number <= erased:
            totals.erased += 1
        else:
            yield problem("missing", f"Its {name} is missing, and nobody was erased.", number)


def erasure_problems(chain, erased, problem):
    head, account, keys = chain.heads[0], Account._meta.db_table, SubjectKey._meta.db_table
    if erased and chain.keys:
        yield problem("erased", "The key of an erased person is still there.", erased, keys)
    if not erased and not chain.keys:
        yield problem("key", "The key of this person is missing, and nobody was erased.", None, keys)
    if bool(erased) != bool(head.erased_at):
        yield problem("erased", "The row and the ledger differ on whether the person was erased.", erased, account)
    if erased and not head.is_empty:
        yield problem("erased", "Contact data of an erased person is still there.", erased, account)


def open_key(chain):
    if not chain.keys:
        return None
    key = sealing.unwrap(chains.raw(chain.keys[0].wrapped), context=chains.plain_uuid(chain.account_id))
    return sealing.opener(key)


def opens(unsealed, row, commitment):
    try:
        text = unsealed(chains.raw(row.ciphertext), f"disclosure.{row.field}:{chains.plain_uuid(row.entry)}")
        return sealing.commitment(chains.raw(row.salt), text) == commitment
    except ValueError:
        return False
