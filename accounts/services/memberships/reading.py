"""How a membership stands, now and on any day: what is written, and what time has brought since."""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import terms
from accounts.ledger import reading as ledger_rows
from accounts.models import Membership, ScheduledChange, StatusChange
from accounts.services.memberships.household import Household

USED = frozenset({Membership.Status.TRIAL, Membership.Status.ACTIVE})


@dataclass(frozen=True)
class Standing:
    """A membership at a moment: its status ("" before it was opened) and the plan as it was agreed then."""

    status: str
    plan: dict[str, Any]
    facts: terms.Facts | None = None

    @property
    def is_usable(self):
        return self.status in USED

    @property
    def label(self):
        return str(dict(Membership.Status.choices).get(self.status, _("Not yet opened")))


@dataclass(frozen=True)
class Answer:
    """Whether an entitlement was there on a day, and why or why not."""

    entitlement: str
    is_entitled: bool
    why: str


def at(membership, moment=None):
    """Return how a membership stands at a moment, by the record up to it and by the rule of dates after it."""
    moment = moment or timezone.now()
    about = StatusChange.objects.filter(account=membership.account_id, subject_id=membership.pk)
    entries = list(about.filter(occurred_at__lte=moment).order_by("-number")[:1])
    if not entries:
        return Standing("", {})
    entry = entries[0]
    if about.filter(number__gt=entry.number).exists():
        return Standing(entry.to_status, plan_in(entry) or plan_before(about, entry) or membership.snapshot)
    facts, plan = carried_on(membership, ScheduledChange.objects.waiting(membership), moment)
    if facts.status == Membership.Status.SUSPENDED and membership.account.next_change_at:
        with_account = membership.pk in household_of(membership.account).with_account
        facts = back_with_account(membership.account, facts, with_account, moment)
    return Standing(facts.status, plan, facts)


def carried_on(membership, waiting, moment):
    """Return the facts and the plan of a membership at a moment after its last entry, by the rule of dates."""
    changes = {change.pk: change for change in waiting}
    facts, plan = membership.facts(change.as_rule() for change in changes.values()), membership.snapshot
    for step in terms.steps(facts, moment):
        facts = step.after
        if step.scheduled and (snapshot := changes[step.scheduled.key].snapshot):
            plan = snapshot
    return facts, plan


def household_of(account):
    return Household(account, *ledger_rows.fetch(Household.questions(account.pk)))


def back_with_account(account, facts, with_account, moment):
    """Return the facts of a membership that is back because the suspension of its account has ended by itself."""
    ended_at = account.next_change_at
    if not (with_account and ended_at and ended_at <= moment and facts.status == Membership.Status.SUSPENDED):
        return facts
    back = terms.reinstated(facts, terms.local_day(ended_at, facts.zone))
    return terms.facts_at(replace(back, since=ended_at), moment)


def of_account(account):
    """Return the memberships of an account with how each stands now, the newest first."""
    now, found = timezone.now(), household_of(account)
    rows = sorted(found.rows, key=lambda row: row.starts_on or date.min, reverse=True)
    told = []
    for row in rows:
        facts = terms.facts_at(row.facts(change.as_rule() for change in found.waiting[row.pk]), now)
        facts = back_with_account(account, facts, row.pk in found.with_account, now)
        told.append((row, Standing(facts.status, row.snapshot, facts)))
    return told


def plan_in(entry):
    return json.loads(bytes(entry.body))["data"].get("plan")


def plan_before(about, entry):
    """Return the plan that an earlier entry tells of: the first entries of a membership said it once."""
    for earlier in about.filter(number__lt=entry.number).order_by("-number"):
        if plan := plan_in(earlier):
            return plan
    return None


def on(membership, day):
    """Return how a membership stands when a local day is over; today, as it stands now."""
    zone = membership.facts().zone
    now = timezone.now()
    if day == terms.local_day(now, zone):
        return at(membership, now)
    return at(membership, terms.start_of_day(day + terms.DAY, zone) - terms.MOMENT)


def entitled(membership, day, entitlement=None):
    """Answer for each entitlement of the plan on a day, or for one, whether it could be used and why."""
    standing = on(membership, day)
    asked = [entitlement] if entitlement else standing.plan.get("entitlements", [])
    return [Answer(name, *answer(standing, day, name)) for name in asked]


def answer(standing, day, entitlement):
    words = {"day": date_format(day, "j M Y"), "plan": standing.plan.get("name", "")}
    if not standing.status:
        return False, _("The membership was opened after %(day)s.") % words
    if not standing.is_usable:
        return False, _("The membership is %(status)s on %(day)s.") % (words | {"status": standing.label.lower()})
    if entitlement not in standing.plan.get("entitlements", []):
        return False, _("The plan %(plan)s does not include it.") % words
    return True, _("%(status)s on the plan %(plan)s.") % (words | {"status": standing.label})
