"""An account as it was: what was true at a moment, as far as the ledger and the history of its row tell."""

import json
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import Max

from accounts import asof
from accounts.models import Account, Membership, Restriction, StatusChange
from accounts.services.memberships import reading

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
    """Return what the account was on, the newest first: each by its own entries, and after the last by its dates."""
    household = reading.household_of(account)
    rows = {row.pk: row for row in household.rows}
    about = StatusChange.objects.filter(account=account, subject_type="membership").order_by()
    last = dict(about.values_list("subject_id").annotate(Max("number")))
    entries = sorted(told_by(account, moment, "membership"), key=lambda entry: (str(entry.subject_id), -entry.number))
    found = []
    for subject, group in groupby(entries, attrgetter("subject_id")):
        told = list(group)
        standing = asof.standing(told, restrictions, moment)
        plan = next(filter(None, (json.loads(bytes(entry.body))["data"].get("plan") for entry in told)), None)
        if standing and subject in rows and told[0].number == last[subject]:
            row = rows[subject]
            facts, agreed = reading.carried_on(row, household.waiting[subject], moment)
            plan = plan if agreed == row.snapshot else agreed
            facts = reading.back_with_account(account, facts, subject in household.with_account, moment)
            if facts.status != standing.status:
                standing = asof.Standing(facts.status, facts.since, standing.entry, ended=True)
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
