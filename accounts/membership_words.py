"""What a membership's page says in words: what was agreed, its dates, what is to come, its pauses."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import money, reasons, terms
from accounts.models import Plan, ScheduledChange, StatusChange
from accounts.services.memberships import own_status

SHOWN_PAUSES = 20


@dataclass(frozen=True)
class Pause:
    """One pause as it was: its first and its last day, ``None`` while it lasts without one."""

    first: date
    last: date | None
    is_over: bool


@dataclass(frozen=True)
class ToCome:
    """A scheduled change in words, and the first day on which it holds."""

    change: ScheduledChange
    what: str
    on: date | None
    reason: str


def day(value):
    return date_format(value, "j M Y") if value else ""


def yes_or_no(value):
    return _("yes") if value else _("no")


def agreed_facts(plan):
    """Return what was agreed, as ``(label, value)``: the plan as it was, with price, cycle and terms."""
    if not plan:
        return []
    kept = plan.get("terms", {})
    cycle = dict(Plan.Cycle.choices).get(plan["cycle"], plan["cycle"])
    basis = dict(Plan.Basis.choices).get(kept.get("basis"), "")
    grace = kept.get("grace_days", 0)
    return [
        (_("Plan"), plan["name"]),
        (_("Price"), money.words(plan["price_minor"], plan["currency"])),
        (_("Renewal cycle"), str(cycle)),
        (_("Terms run"), str(basis)),
        (_("Grace after a term"), ngettext("%d day", "%d days", grace) % grace),
        (_("A pause extends the term"), yes_or_no(kept.get("pause_extends", True))),
        (_("Entitlements"), ", ".join(map(str, plan["entitlements"]))),
    ]


def dated_facts(membership, facts):
    """Return the dates of a membership as they are now, as ``(label, value)``; what it never had is left out."""
    found = [
        (_("Member since"), day(membership.starts_on)),
        (_("Term"), span(facts.term_starts_on, facts.ends_on) if facts.term_starts_on else ""),
        (_("Until"), "" if facts.term_starts_on else day(facts.ends_on) or _("open end")),
        (_("Renews by itself"), yes_or_no(facts.auto_renew) if facts.ends_on else ""),
        (_("Trial"), span(facts.trial_starts_on, facts.trial_ends_on) if facts.trial_ends_on else ""),
        (_("Trial converted"), converted(facts)),
        (_("Pause"), span(facts.pause_starts_on, facts.pause_ends_on) if facts.pause_starts_on else ""),
        (_("Tier"), tier(facts)),
    ]
    return [(label, value) for label, value in found if value]


def own_status_facts(membership, facts, today, rules):
    """Return the client's own status of a membership today as ``[(label, value)]``; nothing where it has none."""
    name, until = own_status.of(membership, facts, today, rules)
    if not name:
        return []
    set_by_hand = _("%(name)s, set by hand until %(day)s") % {"name": name, "day": day(until)}
    return [(_("Own status of the client"), set_by_hand if until else name)]


def span(first, last):
    return f"{day(first)} – {day(last) or _('open end')}"


def converted(facts):
    if not facts.trial_ends_on:
        return ""
    return _("on %s") % day(facts.converted_on) if facts.converted_on else _("not converted")


def tier(facts):
    if not facts.tier:
        return ""
    return _("%(tier)s, until %(day)s") % {"tier": facts.tier, "day": day(facts.tier_ends_on) or _("open end")}


def scheduled_rows(membership, facts, labels):
    """Return what is still to come, each in words with the day on which it takes effect."""
    found = []
    waiting = {change.key for change in facts.scheduled}
    for change in ScheduledChange.objects.waiting(membership):
        if change.pk in waiting:
            on = change.effective_on or terms.term_over_on(facts)
            what = str(change.get_kind_display())
            if change.snapshot:
                what = _("%(what)s: %(plan)s") % {"what": what, "plan": change.snapshot["name"]}
            if change.until:
                what = _("%(what)s until %(day)s") % {"what": what, "day": day(change.until)}
            found.append(ToCome(change, what, on, reasons.label(change.client_id, change.reason, labels)))
    return found


def pauses(membership):
    """Return the newest pauses of a membership, as its entries tell of them, the newest first."""
    entries = StatusChange.objects.filter(account=membership.account_id, subject_id=membership.pk)
    moved = entries.filter(from_status="paused") | entries.filter(to_status="paused")
    found: list[Pause] = []
    last: Any = None
    is_over = False
    for entry in moved.exclude(from_status="paused", to_status="paused").order_by("-number")[: 2 * SHOWN_PAUSES]:
        changed = json.loads(bytes(entry.body))["data"].get("moved", {})
        if entry.from_status == "paused":
            local = terms.local_day(entry.occurred_at, membership.facts().zone)
            last, is_over = local - terms.DAY, True
            continue
        first, planned = changed.get("pause_starts_on", [None, None])[1], changed.get("pause_ends_on", [None, None])[1]
        if first:
            end = last if is_over else planned and date.fromisoformat(planned)
            found.append(Pause(date.fromisoformat(first), end, is_over))
        last, is_over = None, False
    return found
