"""What a decision rests on: one function, whose hash every approval carries."""

from dataclasses import dataclass, field

from django.conf import settings

from accounts import canonical
from accounts.facts import differences as differences
from accounts.facts import digest as digest
from accounts.facts import encode as encode
from accounts.ledger import reading
from accounts.models import Client, Restriction, Signal
from accounts.services import memberships
from accounts.services.standing import MOST_COUNTED, Standing, confirmed_signals
from accounts.zones import zone
from reinstatements import freshness, policies
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.models import Approval, Check, ReinstatementRequest

SERIOUS = frozenset({"security", "compliance"})
OTHERS = "names_others"
"""Among the facts of a check: that its words name another client, or another account."""
STILL_TO_DO = frozenset({"balance_open", "restriction_unsettled"})
"""What keeps a case from being approved as it stands. It is no risk: what is still to be collected settles it."""

OPEN = "account_id = %s AND membership_id IS NULL AND lifted_at IS NULL"
OPEN_OF_MEMBERSHIP = "account_id = %s AND membership_id = %s AND lifted_at IS NULL"
CHECKS = reading.Select(Check, "case_id = %s", order="position, code")
RESTRICTIONS = reading.Select(Restriction, OPEN, order="opened_at, id")
LOCKED_RESTRICTIONS = reading.Select(Restriction, OPEN, order="opened_at, id", lock=True)
OF_MEMBERSHIP = reading.Select(Restriction, OPEN_OF_MEMBERSHIP, order="opened_at, id")
LOCKED_OF_MEMBERSHIP = reading.Select(Restriction, OPEN_OF_MEMBERSHIP, order="opened_at, id", lock=True)
CLIENT = reading.Select(Client, "id = %s")
SIGNALS = reading.Select(Signal, "account_id = %s AND status = 'confirmed'", order="raised_at, id")
DECLINED = reading.Select(Approval, "case_id = %s AND decision = 'declined'")
COMPLETED = "account_id = %s AND status = 'completed' AND id <> %s AND membership_id"
COMPLETED_BEFORE = reading.Select(ReinstatementRequest, f"{COMPLETED} IS NULL LIMIT {MOST_COUNTED}")
COMPLETED_OF_MEMBERSHIP = reading.Select(ReinstatementRequest, f"{COMPLETED} = %s LIMIT {MOST_COUNTED}")


@dataclass(frozen=True)
class Rows:
    """The rows that the facts of a case come from, beside the case, its policy and its account."""

    checks: list
    restrictions: list
    clients: list
    completed_before: list
    signals: list
    household: memberships.Household
    declined: list = field(default_factory=list)
    """Of an appeal: the decision that it is against."""


def questions(case, *, lock=False):
    """Return what is asked for the ``Rows`` of a case, in their order; ``lock`` locks the restrictions."""
    account, membership = case.account_id, case.membership_id
    if membership:
        restrictions = (LOCKED_OF_MEMBERSHIP if lock else OF_MEMBERSHIP).of(account, membership)
        completed = COMPLETED_OF_MEMBERSHIP.of(account, case.pk, membership)
    else:
        restrictions = (LOCKED_RESTRICTIONS if lock else RESTRICTIONS).of(account)
        completed = COMPLETED_BEFORE.of(account, case.pk)
    return [
        CHECKS.of(case.evidence_of),
        restrictions,
        CLIENT.of(case.client_id),
        completed,
        SIGNALS.of(account),
        *memberships.Household.questions(account),
        *([DECLINED.of(case.appeals_id)] if case.appeals_id else []),
    ]


def rows_of(case, found):
    """Return the ``Rows`` of a case, from what was found for its ``questions``."""
    found, declined = (found[:-1], found[-1]) if case.appeals_id else (found, [])
    own, household = found[:-4], found[-4:]
    return Rows(*own, household=memberships.Household(case.account, *household), declined=declined)


def case_facts(case, rows=None, *, tells=True):
    """Return the facts of a case as plain values: no claims, no comments, no views, no clock.

    ``rows`` are the ``Rows`` they come from, for whoever has read them under a lock. ``tells`` is whether the member
    hears of a decision: of one that was made elsewhere long ago they do not.
    """
    rows = rows or rows_of(case, reading.fetch(questions(case)))
    (case.account.client,) = rows.clients
    household, membership = rows.household, case.membership_id
    standing = Standing(
        rows.restrictions,
        plan=household.row(membership).snapshot if membership else household.plan(),
        returned=len(rows.completed_before),
        signals=rows.signals,
        returning=household.returning_alone(membership) if membership else household.returning(),
    )
    settled = settled_kinds(rows.checks)
    return facts_of(case, rows.checks, standing, settled=settled, tells=tells, declined=rows.declined)


def facts_of(case, checks, standing, *, settled, tells=True, declined=()):
    """Return the facts of a case whose account stands as ``standing`` says; nothing is read.

    ``settled`` are the kinds of restriction that are proven to be settled, by checks or by a rule; ``tells`` is whether
    the member hears of it; ``declined`` is the decision that an appeal is against.
    """
    account, restrictions = case.account, standing.restrictions
    about = {"membership": str(case.membership_id), "account": account.status} if case.membership_id else {}
    for given in declined:
        about["appeal"] = {"entry": str(given.entry), "reason": given.reason, "facts": given.case_hash}
    stale = stale_evidence(case, checks)
    about |= {"stale": stale} if stale else {}
    now = about | {
        "policy": {"kind": case.policy.kind, "version": case.policy.version},
        "kind": case.kind,
        "history": history(account, case.opened_at, standing),
        "stopped": {
            "status": case.stopped_status,
            "reason": case.stopped_reason,
            "entry": str(case.stopped_entry),
        },
        "resume_reason": case.resume_reason,
        "checks": [
            {"code": check.code, "outcome": check.outcome, "facts": check.facts, "evidence": check.evidence_digest}
            for check in checks
        ],
        "restrictions": [
            {"id": str(row.pk), "kind": row.kind, "reason": row.reason, "opened_at": canonical.timestamp(row.opened_at)}
            for row in restrictions
        ],
        "balance": {"owed_minor": account.balance_minor, "currency": account.currency},
        "plan": standing.plan,
        "effects": effects(case, checks, restrictions, settled, tells, standing.returning),
        "risk": risk(case, checks, standing, settled, stale),
        "signals": [{"id": str(row.pk), "rule": row.rule, "entry": str(row.judged_entry)} for row in standing.signals],
    }
    # Of what was decided elsewhere long ago, and of what a rule decides at once, no system is asked.
    if tells and not case.is_automatic and (system := policies.linked_system(case.policy.rules, profile(now))):
        now["effects"].insert(0, {"effect": "confirm", "system": system})
    return now


def linked_system(now):
    """Return the code of the system that must confirm before any of these effects comes, "" for none."""
    return next((effect["system"] for effect in now["effects"] if effect["effect"] == "confirm"), "")


def paid_minor(checks):
    """Return what the payment check proves to have been received, in minor units."""
    return sum(check.facts.get("amount", 0) for check in checks if check.code == "payment_received" and is_met(check))


def is_payment_waived(checks):
    """Whether somebody decided that the case does not wait for the payment; what is owed stays owed."""
    return any(check.code == "payment_received" and check.outcome == Check.Outcome.WAIVED for check in checks)


def is_met(check):
    return check.outcome in (Check.Outcome.MET, Check.Outcome.WAIVED)


def settled_kinds(checks):
    """Return the kinds of restriction that the met checks prove to be settled."""
    return frozenset().union(*(CATALOGUE[check.code].lifts for check in checks if is_met(check)))


def effects(case, checks, restrictions, settled, tells, returning):
    """Return what approving will do, one dict an effect, in the order it happens."""
    account, is_whole = case.account, case.membership_id is None
    found: list[dict] = [{"effect": "status", "from": account.status, "to": "active"}] if is_whole else []
    if is_whole:
        found += [{"effect": "asset", "id": row["id"], "kind": row["kind"]} for row in account.assets if row["out"]]
    found += [{"effect": "membership", **row} for row in returning]
    found += [{"effect": "lift", "kind": row.kind} for row in restrictions if row.kind in settled]
    owed = account.balance_minor
    if is_whole and owed and not case.is_automatic:
        left = owed if is_payment_waived(checks) else max(owed - paid_minor(checks), 0)
        found.append({"effect": "balance", "from": owed, "to": left})
    if tells:
        found.append({"effect": "message", "event": "reinstated", "channel": "email", "language": told_in(account)})
    return found


def told_in(account):
    """Return the language of the member's message: their own, the client's or English, the first that has texts."""
    wanted = (account.language, account.language.partition("-")[0], account.client.language)
    return next((language for language in wanted if language in dict(settings.MESSAGE_LANGUAGES)), "en")


def stale_evidence(case, checks):
    """Return which met checks are proven with something from before service stopped, and since when it has."""
    if case.stopped_at is None or not checks:
        return None
    stopped_on = case.stopped_at.astimezone(zone(case.account.client.time_zone)).date()
    found = freshness.before_stop(checks, stopped_on)
    return {"stopped_on": stopped_on.isoformat(), "checks": found} if found else None


def risk(case, checks, standing, settled, stale):
    """Return the level (routine or elevated) and the codes of what deviates from routine."""
    account, restrictions = case.account, standing.restrictions
    reasons = []
    if checks and any(check.failures for check in checks):
        reasons.append("failed_attempts")
    if any(row.kind in SERIOUS for row in restrictions):
        reasons.append("serious_restriction")
    if len(restrictions) > 1:
        reasons.append("several_restrictions")
    if case.sent_back_count:
        reasons.append("sent_back_before")
    if account.balance_minor > paid_minor(checks) and not is_payment_waived(checks):
        reasons.append("balance_open")
    if checks and any(check.outcome == Check.Outcome.WAIVED for check in checks):
        reasons.append("check_waived")
    if checks and any(is_met(check) and check.facts.get(OTHERS) for check in checks):
        reasons.append("names_others")
    if stale:
        reasons.append("evidence_stale")
    if not all(row.kind in settled for row in restrictions):
        reasons.append("restriction_unsettled")
    if standing.signals:
        reasons.append("signal_confirmed")
    if standing.returned:
        reasons.append("reinstated_before")
    if case.appeals_id:
        reasons.append("appeal")
    return graded(reasons)


def graded(reasons):
    return {"level": "elevated" if reasons else "routine", "reasons": reasons}


def history(account, opened_at, standing):
    """Return what a policy may ask about the past: the industry, the age of the account in days, earlier returns.

    The age is counted to the day on which the case was opened, so that it does not change while the case waits.
    """
    since = account.opened_on
    day = opened_at.astimezone(zone(account.time_zone)).date()
    return {
        "industry": account.client.industry,
        "account_age_days": (day - since).days if since else None,
        "reinstated_before": min(standing.returned, MOST_COUNTED),
    }


def first_profile(case, restrictions):
    """Return what a policy looks at when a case is opened, before anything is collected; ``case`` is not saved yet."""
    completed = ReinstatementRequest.objects.about(case.account, case.membership).filter(status="completed")
    standing = Standing(
        restrictions, signals=confirmed_signals(case.account), returned=completed[:MOST_COUNTED].count()
    )
    return profile(facts_of(case, [], standing, settled=frozenset()))


def profile(now):
    """Return what a policy looks at, from the facts of a case: codes and numbers, nothing personal.

    Facts from before they told of the account's past leave that unknown.
    """
    reasons = [code for code in now["risk"]["reasons"] if code not in STILL_TO_DO]
    past = now.get("history", {})
    return {
        "kind": now["kind"],
        "owed_minor": now["balance"]["owed_minor"],
        "currency": now["balance"]["currency"],
        "risk": graded(reasons)["level"],
        "risk_reasons": reasons,
        "industry": past.get("industry"),
        "stopped_reason": now["stopped"]["reason"],
        "restrictions": sorted({row["kind"] for row in now["restrictions"]}),
        "account_age_days": past.get("account_age_days"),
        "reinstated_before": past.get("reinstated_before"),
        "signals": sorted({row["rule"] for row in now["signals"]}),
    }
