"""An account as it was: what was true at a moment, as far as the ledger and the history of its row tell."""

import json
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from accounts import asof
from accounts.models import Account, Membership, Restriction, StatusChange

AT_ONCE = 20


@dataclass(frozen=True)
class MembershipThen:
    """``plan`` is the plan as it was when the entry that names it was written, ``None`` where none does."""

    membership: Membership
    standing: asof.Standing
    status: Membership.Status
    plan: dict | None


@dataclass(frozen=True)
class Past:
    """``standing`` is ``None`` before the account was opened, ``balance`` where nothing tells of it."""

    standing: asof.Standing | None
    status: Account.Status | None
    restrictions: list
    memberships: list
    balance: tuple[int, str] | None


def read(account, moment):
    """Return the ``Past`` of an account that the reader may see."""
    restrictions = list(Restriction.objects.filter(account=account, membership=None))
    standing = standing_of(account, restrictions, moment)
    if standing is None:
        return Past(None, None, [], [], None)
    return Past(
        standing,
        Account.Status(standing.status),
        [as_known_then(row, standing.entry) for row in restrictions if asof.was_open(row, moment)],
        memberships(account, restrictions, moment),
        balance(account, moment),
    )


def as_known_then(restriction, entry):
    """Give the restriction of a suspension the end that its last entry said by then; the row has today's."""
    if restriction.opened_entry in (entry.uid, entry.caused_by):
        restriction.ends_at = entry.ends_at
    return restriction


def told_by(account, moment, kind):
    return StatusChange.objects.filter(account=account, subject_type=kind, occurred_at__lte=moment)


def standing_of(account, restrictions, moment):
    entries = told_by(account, moment, "account").select_related("actor", "on_behalf").defer("body")
    return asof.standing(entries.order_by("-number").iterator(chunk_size=AT_ONCE), restrictions, moment)


def memberships(account, restrictions, moment):
    """Return what the account was on, the newest first: each by its own entries."""
    rows = {row.pk: row for row in account.memberships.select_related("plan")}
    entries = sorted(told_by(account, moment, "membership"), key=lambda entry: (str(entry.subject_id), -entry.number))
    found = []
    for subject, group in groupby(entries, attrgetter("subject_id")):
        told = list(group)
        standing = asof.standing(told, restrictions, moment)
        plan = next(filter(None, (json.loads(bytes(entry.body))["data"].get("plan") for entry in told)), None)
        if standing and subject in rows:
            found.append(MembershipThen(rows[subject], standing, Membership.Status(standing.status), plan))
    return sorted(found, key=lambda then: then.standing.entry.number, reverse=True)


def balance(account, moment) -> Any:
    """Return what was owed, in minor units and its currency: by the row's history, or by an entry that tells later."""
    history = Account.history.filter(id=account.pk, history_date__lte=moment).order_by("-history_date", "-history_id")
    kept = history.first()
    settled = told_by(account, moment, "account").filter(action="reinstate").order_by("-number").first()
    if settled and (kept is None or settled.occurred_at > kept.history_date):
        data = json.loads(bytes(settled.body))["data"]
        return data["balance_after"], data["currency"]
    return (kept.balance_minor, kept.currency) if kept else None
