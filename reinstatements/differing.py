"""Everything that a decision rests on, in words, and what of it is different from what somebody was shown."""

import json
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account, Industry, Membership, Restriction, Signal
from reinstatements import presentation
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.facts import differences
from reinstatements.models.request import Kind


@dataclass(frozen=True)
class Difference:
    """One fact as it was shown and as it is now."""

    label: str
    before: str
    after: str


class NoFacts(Exception):
    """What a form was said to be shown with are not the facts of a case."""


def statements(facts, reason, called=None):
    """Yield ``(section and key, label, words)`` for everything a decision rests on; ``reason`` words a reason code.

    ``called`` says what the assets are called, by key.
    """
    currency = facts["balance"]["currency"]
    yield ("policy",), _("Policy"), presentation.policy(facts["policy"])
    yield ("kind",), _("Kind"), presentation.choice(Kind, facts["kind"])
    yield ("history",), _("The account's past"), past(facts)
    status, why = facts["stopped"]["status"], facts["stopped"]["reason"]
    statuses = Membership.Status if facts.get("membership") else Account.Status
    yield ("stopped",), _("Why it stopped"), f"{presentation.choice(statuses, status)} · {reason(why)}"
    yield ("resume_reason",), _("Why it should resume"), reason(facts["resume_reason"])
    if against := facts.get("appeal"):
        told = {"reason": reason(against["reason"]), "digest": against["facts"][:8]}
        yield ("appeal",), _("Appeal against"), _("declined · %(reason)s · facts %(digest)s") % told
    for check in facts["checks"]:
        label = _("Check: %s") % str(CATALOGUE[check["code"]].label).lower()
        yield ("checks", check["code"]), label, presentation.outcome(check, currency)
    for row in facts["restrictions"]:
        label = _("Restriction: %s") % presentation.choice(Restriction.Kind, row["kind"]).lower()
        yield ("restrictions", row["id"]), label, _("open · %s") % reason(row["reason"])
    yield ("balance",), _("Balance owed"), presentation.owed(facts)
    entitlements = (facts["plan"] or {}).get("entitlements", [])
    yield ("plan",), _("Plan"), " · ".join([presentation.plan(facts["plan"]), *map(str, entitlements)])
    for effect, line in zip(facts["effects"], presentation.effects(facts, called=called), strict=True):
        key = ("effects", effect["effect"], effect.get("id") or effect.get("kind") or "")
        yield key, _("What approving will do"), line
    for row in facts["signals"]:
        yield ("signals", row["id"]), _("Signal"), _("confirmed · %s") % presentation.choice(Signal.Rule, row["rule"])
    if old := facts.get("stale"):
        words = _("service stopped on %(day)s; from before: %(checks)s")
        told = {"day": presentation.day(old["stopped_on"]), "checks": ", ".join(presentation.stale(facts))}
        yield ("stale",), _("Evidence from before service stopped"), words % told
    yield ("risk",), _("Differs from routine"), "; ".join(presentation.deviations(facts)) or _("nothing")


def past(facts):
    """Say what a policy may ask about the past of an account; "" for facts from before they told of it."""
    told = facts.get("history")
    if not told:
        return ""
    age = told["account_age_days"]
    days = _("age unknown") if age is None else ngettext("%d day old", "%d days old", age) % age
    times = told["reinstated_before"]
    before = ngettext("reinstated %d time before", "reinstated %d times before", times) % times
    return " · ".join([presentation.choice(Industry, told["industry"]), days, before])


def changes(shown, current, reason):
    """Return, in words, every difference between the facts that somebody was shown and those of now.

    Raises ``NoFacts`` where ``shown`` are not the facts of a case.
    """
    try:
        before = {key: (label, words) for key, label, words in statements(shown, reason)}
        paths = differences(shown, current)
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise NoFacts from error
    after = {key: (label, words) for key, label, words in statements(current, reason)}
    found, told_of, nothing = [], set(), ("", "")
    for key in dict.fromkeys([*before, *after]):
        (old_label, old), (label, new) = before.get(key, nothing), after.get(key, nothing)
        if old != new:
            found.append(Difference(label or old_label, old, new))
            told_of.add(key[0])
    for path, old, new in paths:
        if path.partition(".")[0] not in told_of:
            found.append(Difference(capfirst(path.replace("_", " ")), as_text(old), as_text(new)))
    return found


def as_text(value):
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
