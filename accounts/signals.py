"""The rules that raise a signal, as calculations over rows: no query, no clock. ``services/signals.py`` feeds them.

A rule's numbers are the product's, but where a client has set its own. Each finding has a fingerprint, the SHA-256 of
what raised it, so that the same evidence raises one signal however often and however late somebody looks.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from accounts import canonical
from accounts.models import Signal

Rule = Signal.Rule

LIMITS = {
    "requests": 3,
    "requests_days": 30,
    "contact_days": 7,
    "shared_accounts": 3,
    "margin_minutes": 120,
    "turns": 4,
    "turns_days": 14,
    "reveals": 20,
    "reveals_days": 7,
    "reveals_times": 5,
}
"""How many, in how many days, how far outside; ``reveals_times`` is how many times the median of one's peers."""

USUAL_ROLES = ("agent", "supervisor")
"""Who takes accounts out of service, unless a client says otherwise under ``roles``."""

MOST_KEYS = 20
"""How many rows a signal names; what is beyond is counted."""


@dataclass(frozen=True)
class Finding:
    """What a rule found: on which account, or about whose doing, and the rows that say so."""

    rule: str
    evidence: dict[str, Any]
    account_id: UUID | None = None
    about_id: UUID | None = None
    same_as: tuple = field(default=())
    """What makes it the same finding as another, where that is not its evidence."""

    @property
    def fingerprint(self):
        what = [str(part) for part in self.same_as] or self.evidence
        named = {"rule": str(self.rule), "account": str(self.account_id), "about": str(self.about_id), "what": what}
        return hashlib.sha256(canonical.encode(named)).hexdigest()


def limits_of(settings):
    """Return the numbers in force for a client; ``settings`` is its row, or ``None``."""
    return LIMITS | (settings.limits if settings else {})


def bursts(entries, count, days):
    """Yield each run of ``count`` entries within ``days``, no entry in two runs. ``entries`` are in their order.

    It goes from the oldest on, so that whoever looks again later finds the same runs.
    """
    run = []
    for entry in entries:
        run = [kept for kept in run if entry.recorded_at - kept.recorded_at <= timedelta(days=days)]
        run.append(entry)
        if len(run) == count:
            yield run
            run = []


def many_requests(account_id, entries, limits):
    """Several deactivations, closings or requests to come back in a window."""
    asked = [entry for entry in entries if is_request(entry) or is_leaving(entry)]
    for run in bursts(asked, limits["requests"], limits["requests_days"]):
        yield Finding(Rule.MANY_REQUESTS, {"entries": keys(run)}, account_id)


def is_request(entry):
    return entry.subject_type == "reinstatement" and not entry.from_status and not entry.rule


def is_leaving(entry):
    return is_turn(entry) and entry.to_status in ("deactivated", "closed")


def is_turn(entry):
    """Whether an entry changed the status of an account that was open."""
    return entry.subject_type == "account" and entry.from_status not in ("", entry.to_status)


def contact_changed(account_id, entries, limits):
    """Contact data changed shortly before a request to come back."""
    window, changed = timedelta(days=limits["contact_days"]), []
    for entry in entries:
        if entry.action == "change_contact":
            changed.append(entry)
        elif is_request(entry):
            near = [one for one in changed if entry.recorded_at - one.recorded_at <= window]
            if near:
                yield Finding(Rule.CONTACT_CHANGED, {"entries": keys([*near[1 - MOST_KEYS :], entry])}, account_id)
            changed = []


def ping_pong(account_id, entries, limits):
    """The status of an account goes back and forth."""
    for run in bursts(filter(is_turn, entries), limits["turns"], limits["turns_days"]):
        yield Finding(Rule.PING_PONG, {"entries": keys(run)}, account_id)


OF_AN_ACCOUNT = (many_requests, contact_changed, ping_pong)
"""Rules that look at the whole chain of one account, imported entries left out."""


def unusual_role(entry, held, usual):
    """Somebody took an account out of service who held none of the ``usual`` roles; ``held`` are those of then."""
    is_stop = is_turn(entry) and entry.to_status in ("on_hold", "suspended", "deactivated", "closed")
    if is_stop and not held & set(usual):
        evidence = {"entries": keys([entry]), "roles": sorted(held)}
        yield Finding(Rule.UNUSUAL_ROLE, evidence, entry.account_id, entry.actor_id)


def out_of_hours(entry, hours, zone, limits):
    """Somebody changed a status or contact data far outside the hours; one signal for a person, account and day."""
    local = entry.recorded_at.astimezone(zone)
    if not hours or not (is_turn(entry) or entry.action == "change_contact"):
        return
    outside = minutes_outside(local, hours)
    if outside is None or outside > limits["margin_minutes"]:
        same = (entry.account_id, entry.actor_id, local.date())
        evidence = {"entries": keys([entry]), "local_time": local.strftime("%Y-%m-%d %H:%M %Z")}
        yield Finding(Rule.OUT_OF_HOURS, evidence, entry.account_id, entry.actor_id, same)


def minutes_outside(local, hours):
    """Return how far a local time lies from the working hours of the days around it; ``None`` where there are none.

    ``hours`` has for each weekday, from Monday on, pairs of clock times; 24:00 is the end of a day.
    """
    distances = []
    for offset in (-1, 0, 1):
        day = local.date() + timedelta(days=offset)
        for opens, closes in hours[day.weekday()]:
            begin, end = at(day, opens), at(day, closes)
            now = local.replace(tzinfo=None)
            distances.append(max(begin - now, now - end, timedelta(0)))
    return min(distances) / timedelta(minutes=1) if distances else None


def at(day, clock):
    if clock == "24:00":
        return datetime.combine(day + timedelta(days=1), time.min)
    return datetime.combine(day, time.fromisoformat(clock))


def many_reveals(counts, peers, records, limits, week):
    """Somebody shows far more personal data than the median of those who hold the same role.

    ``counts`` maps logins to how often, ``peers`` to the logins they are compared with, ``records`` to keys of access
    records. One signal for a person and ``week``.
    """
    for user_id, count in counts.items():
        others = [counts.get(peer, 0) for peer in peers.get(user_id, ()) if peer != user_id]
        usual = median(others) if others else 0
        if count >= limits["reveals"] and count > limits["reveals_times"] * max(usual, 1):
            evidence = {"records": [str(key) for key in records[user_id][:MOST_KEYS]], "count": count}
            evidence |= {"half_of_peers_below": int(usual), "peers": len(others)}
            yield Finding(Rule.MANY_REVEALS, evidence, None, user_id, (week,))


def shared_contact(kind, digest, account_ids, limits):
    """One ``kind`` of address ("phone" or "mail") stands on many accounts: a signal on each, at most twenty."""
    if len(account_ids) < limits["shared_accounts"]:
        return
    named = sorted(map(str, account_ids))[:MOST_KEYS]
    for account_id in account_ids[:MOST_KEYS]:
        evidence = {"accounts": named, "count": len(account_ids), "kind": kind}
        yield Finding(Rule.SHARED_CONTACT, evidence, account_id, None, (kind, digest.hex()))


def keys(entries):
    return [str(entry.uid) for entry in entries]
