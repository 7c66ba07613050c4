"""The words for what a case keeps as codes: evidence, effects, what deviates from routine."""

from datetime import date
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_info, ngettext
from django.utils.translation import gettext as _

from accounts import money, personal, reasons
from accounts.grants import Role
from accounts.models import Account, Asset, Membership, Plan, Restriction, Signal
from accounts.services.words import commitments
from reinstatements import sla
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.facts import OTHERS
from reinstatements.linked_systems import SYSTEMS
from reinstatements.models import Check
from reinstatements.models.request import Kind


def standing(case, now=None):
    """Return how a case stands with its time: due, soon, breached, paused; met or late once it is decided."""
    status = sla.PAUSED if case.paused_at and case.is_open else case.status
    return sla.standing(
        status,
        case.due_at,
        now or timezone.now(),
        is_open=case.is_open,
        decided_at=case.decided_at,
    )


def rows(lines):
    """Return what a list says of each ``lists.Line``: the masked holder, why it stopped in words, how time stands."""
    now = timezone.now()
    return [
        {
            "case": line,
            "holder": personal.masked_name(line.account_id, line.holder_name, line.wrapped_key, line.erased_at),
            "reason": line.stopped_label or reasons.label(line.client_id, line.stopped_reason, {}),
            "standing": standing(line, now),
        }
        for line in lines
    ]


def words_beside(entry, written, *, may_read):
    """Return what was written beside an entry, or that it is withheld or erased; "" where nothing was."""
    missing = _("erased") if may_read else _("withheld")
    return "\n".join(written.get((entry.uid, field), missing) for field in commitments(entry))


def choice(choices, value, language=""):
    """Return the word of one of a model's choices, or the bare code of one that is not offered any more."""
    return words_of(choices, language or get_language()).get(value, str(value))


@lru_cache
def words_of(choices, _language):
    return {value: str(label) for value, label in choices.choices}


def language(code):
    try:
        return get_language_info(code)["name_translated"]
    except KeyError:
        return code


def role(code):
    return choice(Role, code).lower()


def decider(approval):
    """Say who decided, and in whose place; "" for a rule."""
    if not approval.delegation_id:
        return str(approval.user or "")
    return _("%(actor)s for %(other)s") % {"actor": approval.user, "other": approval.delegation.giver}


def role_of(approval):
    """Say in which role somebody decided, and of the client's own approver that they did so from outside, and how."""
    if not approval.is_external:
        return role(approval.role)
    how = _("by link and code") if approval.invitation_id else _("signed in")
    return _("%(role)s, external, %(how)s") % {"role": role(approval.role), "how": how}


def looked(approval):
    """Say how long whoever decided had the case before them, and how many files they opened; "" where nobody knows."""
    if approval.seconds_open is None:
        return ""
    minutes, seconds = divmod(approval.seconds_open, 60)
    shown = ngettext("%d minute", "%d minutes", minutes) % minutes if minutes else ""
    if minutes < 5:
        shown = f"{shown} {ngettext('%d second', '%d seconds', seconds) % seconds}".strip()
    opened = approval.evidence_opened or 0
    files = ngettext("%d file opened", "%d files opened", opened) % opened
    return _("before them for %(time)s, %(files)s") % {"time": shown, "files": files}


def policy(version):
    return _("%(kind)s, version %(version)s") % {
        "kind": choice(Kind, version["kind"]),
        "version": version["version"],
    }


def levels(asked):
    """Say who decides, in order: "supervisor, then compliance officer"."""
    steps = [(level.count, role(level.role)) for level in asked]
    return _(", then ").join(name if count == 1 else f"{count} × {name}" for count, name in steps)


def evidence_value(spec, value, currency):
    """Return one typed value of a check as it is read."""
    if spec.kind == "money":
        return money.words(value, currency)
    if spec.kind == "date":
        return date_format(date.fromisoformat(value), "j M Y")
    if spec.kind == "choice":
        return str(dict(spec.choices).get(value, value))
    return str(value)


def evidence(code, facts, currency, personal=None):
    """Say in one line what proves a check. ``personal`` are the sealed values; ``None`` where they are withheld."""
    said = []
    for spec in CATALOGUE[code].fields:
        if spec.personal and personal is None:
            said.append(_("%(what)s: withheld") % {"what": spec.label})
            continue
        value = (personal if spec.personal else facts).get(spec.name)
        if value in (None, ""):
            continue
        words = evidence_value(spec, value, currency)
        said.append(f"{spec.label}: {words}" if spec.kind == "date" else words)
    return " · ".join(said)


def failed_before(check):
    """Say how often a check has failed; "" if it never did."""
    if not check.failures:
        return ""
    return ngettext("Failed %d time", "Failed %d times", check.failures) % check.failures


def outcome(check, currency):
    """Say what a check has found, without what is personal, and with the beginning of its evidence's digest."""
    said = [choice(Check.Outcome, check["outcome"])]
    public = {spec.name for spec in CATALOGUE[check["code"]].fields if not spec.personal}
    said.append(named_others(check["facts"].get(OTHERS, [])))
    said.append(evidence(check["code"], {name: check["facts"].get(name) for name in public}, currency, personal={}))
    if check["evidence"]:
        said.append(_("evidence %s") % check["evidence"][:8])
    return " · ".join(filter(None, said))


def effects(facts, address=None, called=None):
    """Say what approving will do, in the order it happens. ``address`` is where the member is told, masked; "" where
    there is none.

    ``called`` says what the assets are called, by key; where it does not, the end of the key tells them apart.
    """
    currency = facts["balance"]["currency"]
    said = []
    for effect in facts["effects"]:
        if effect["effect"] == "status":
            words = _("The account goes from %(before)s to %(after)s.") % {
                "before": choice(Account.Status, effect["from"]).lower(),
                "after": choice(Account.Status, effect["to"]).lower(),
            }
        elif effect["effect"] == "asset":
            what = choice(Asset.Kind, effect["kind"])
            name = (called or {}).get(effect["id"]) or f"…{effect['id'][-4:]}"
            words = _("%(kind)s %(name)s is back in service.") % {"kind": what, "name": name}
        elif effect["effect"] == "membership":
            words = returning(effect)
        elif effect["effect"] == "lift":
            words = _("The restriction “%s” is lifted.") % choice(Restriction.Kind, effect["kind"])
        elif effect["effect"] == "balance" and effect["to"] == effect["from"]:
            words = _("The balance of %s stays open.") % money.words(effect["to"], currency)
        elif effect["effect"] == "balance" and effect["to"] == 0:
            words = _("The balance of %s counts as paid; nothing is owed any more.") % money.words(
                effect["from"], currency
            )
        elif effect["effect"] == "balance":
            words = _("The balance goes from %(before)s to %(after)s.") % {
                "before": money.words(effect["from"], currency),
                "after": money.words(effect["to"], currency),
            }
        elif effect["effect"] == "confirm":
            system = SYSTEMS.get(effect["system"], effect["system"])
            words = _("Nothing changes before a linked system confirms: %s. Then, at once:") % system
        elif effect["effect"] == "message":
            words = told(effect, address)
        else:
            words = str(effect["effect"])
        said.append(words)
    return said


def returning(effect):
    """Say how a membership comes back, at which price and with what; one that has a case of its own, in which term."""
    words = {"plan": effect["plan"], "before": choice(Membership.Status, effect["from"]).lower()}
    if "price_minor" not in effect:  # facts from before they told of it
        said = _("The membership %(plan)s, %(before)s now, comes back.") % words
    else:
        words |= {"price": price(effect), "entitlements": ", ".join(map(str, effect["entitlements"]))}
        said = (
            _("The membership %(plan)s, %(before)s now, comes back: %(price)s, with %(entitlements)s.")
            if effect["entitlements"]
            else _("The membership %(plan)s, %(before)s now, comes back: %(price)s.")
        ) % words
    if effect.get("new_term"):
        said += " " + _("A new term begins with the day of the decision, at the price agreed.")
    elif effect.get("to") == Membership.Status.TRIAL:
        said += " " + _("Its trial goes on until %s.") % day(effect["ends_on"])
    elif effect.get("ends_on"):
        said += " " + _("Its term goes on until %s.") % day(effect["ends_on"])
    if effect.get("to") == Membership.Status.ACTIVE:
        said += " " + _("The client's billing is told to charge for it again.")
    return said


def day(text):
    return date_format(date.fromisoformat(text), "j M Y")


def told(effect, address):
    if address == "":
        return _("The member is not told: no mail address is known.")
    if address is None:
        return _("The member is told by mail, in %s.") % language(effect["language"])
    return _("The member is told by mail, in %(language)s, at %(address)s.") % {
        "language": language(effect["language"]),
        "address": address,
    }


DEVIATIONS = {
    "failed_attempts": lambda facts: _("A check failed before it was met"),
    "serious_restriction": lambda facts: _("A security or compliance restriction is open"),
    "several_restrictions": lambda facts: _("%d restrictions are open at once") % len(facts["restrictions"]),
    "sent_back_before": lambda facts: _("It was sent back before"),
    "balance_open": lambda facts: _("More is owed than was paid: %s") % owed(facts),
    "check_waived": lambda facts: _("Goes without a check: %s") % ", ".join(waived(facts)),
    "names_others": lambda facts: _("Names somebody else: %s") % "; ".join(naming_others(facts)),
    "evidence_stale": lambda facts: (
        _("Evidence from before service stopped on %(day)s: %(checks)s")
        % {"day": day(facts["stale"]["stopped_on"]), "checks": ", ".join(stale(facts))}
    ),
    "restriction_unsettled": lambda facts: _("A restriction is open that no check has settled"),
    "signal_confirmed": lambda facts: _("Confirmed: %s") % ", ".join(signals(facts)),
    "reinstated_before": lambda facts: (
        _("This membership was reinstated before")
        if facts.get("membership")
        else _("This account was reinstated before")
    ),
    "appeal": lambda facts: _("An appeal: somebody else has declined it"),
}


def deviations(facts):
    """Say what differs from routine, one line each."""
    return [DEVIATIONS[code](facts) if code in DEVIATIONS else code for code in facts["risk"]["reasons"]]


def signals(facts):
    return [choice(Signal.Rule, row["rule"]).lower() for row in facts["signals"]]


def named_others(found):
    """Say whom the words of a check name beside the account that it is about."""
    words = {"account": _("another account"), "client": _("another client")}
    return _(" and ").join(words.get(what, what) for what in found)


def naming_others(facts):
    rows = [row for row in facts["checks"] if row["facts"].get(OTHERS)]
    return [f"{str(CATALOGUE[row['code']].label).lower()} ({named_others(row['facts'][OTHERS])})" for row in rows]


def stale(facts):
    """Say of each check that is proven with something too old, from which day that is."""
    said = []
    for row in facts["checks"]:
        if row["code"] in facts["stale"]["checks"]:
            spec, given = CATALOGUE[row["code"]], row["facts"]
            days = [day(given[each.name]) for each in spec.fields if each.since_stop and given.get(each.name)]
            said.append(f"{str(spec.label).lower()} ({', '.join(days)})")
    return said


def run_out(check, last):
    """Say that the evidence of a check proves nothing any more, and since when."""
    words = {"check": CATALOGUE[check.code].label, "day": date_format(last, "j M Y")}
    return _("%(check)s: what proves it was good until %(day)s") % words


def waived(facts):
    found = [row["code"] for row in facts["checks"] if row["outcome"] == Check.Outcome.WAIVED]
    return [str(CATALOGUE[code].label).lower() for code in found]


def owed(facts):
    return money.words(facts["balance"]["owed_minor"], facts["balance"]["currency"])


def plan(snapshot):
    """Say which plan is meant, as it was on the day the facts were taken: "Fiber 100, 70.70 USD a month"."""
    if not snapshot:
        return ""
    return f"{snapshot['name']}, {price(snapshot)}"


def price(agreed):
    return _("%(price)s per %(cycle)s") % {
        "price": money.words(agreed["price_minor"], agreed["currency"]),
        "cycle": choice(Plan.Cycle, agreed["cycle"]).lower(),
    }
