"""The document that a policy is: what may stand in it, and what is wrong with one. Pure.

``check`` accepts exactly what ``choosing.choose`` understands, so that no version in force leaves a case that nobody
can decide. Versions from before a key existed lack it; the engine reads them with what held then.
"""

from typing import Any

from django.utils.translation import gettext as _

from accounts import canonical
from accounts.errors import Invalid
from accounts.grants import APPROVING_ROLES, DECIDING_ROLES, Role
from accounts.models import Restriction
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.linked_systems import SYSTEMS
from reinstatements.policies.conditions import FACTS, NUMBERS, WORDS
from reinstatements.rules import ALWAYS_ALLOWED, RULES

STEPS = ("verification", "member", "decision", "completion")
"""The steps of a case that have a time: collecting evidence, waiting for the member, each decision, linked systems."""
KEYS = frozenset(
    {
        *("checks", "checks_by_restriction", "checks_when", "levels", "waivers", "target_minutes", "minutes"),
        *("review_one_in", "automatic", "appeal_days", "bulk_approval", "currency", "confirmations"),
    }
)
OPTIONAL = frozenset({"currency", "confirmations"})
LONGEST_MINUTES, MOST_PEOPLE, MOST_ROWS, LARGEST = 366 * 24 * 60, 9, 30, 10**15


def check(rules: dict[str, Any], kind: str) -> None:
    """Raise ``Invalid``, in words for whoever wrote it, where these rules cannot be those of a policy of this kind."""
    _wants(isinstance(rules, dict), _("A policy is a set of rules."))
    _wants(
        not (unknown := sorted(set(rules) - KEYS)), _("A policy does not say this: %s.") % ", ".join(map(str, unknown))
    )
    _wants(not (lacking := sorted(KEYS - OPTIONAL - set(rules))), _("The policy lacks: %s.") % ", ".join(lacking))
    try:
        canonical.encode(rules)
    except canonical.CanonicalError as error:
        raise Invalid(_("This policy cannot be written down: %s") % error) from error
    _codes(rules["checks"], field="checks")
    _restrictions(rules, kind)
    for rule in _rows(rules["checks_when"], {"checks"}):
        _wants(rule["checks"], _("A condition for checks names at least one."))
        _codes(rule["checks"], field="checks_when")
    _levels(rules["levels"])
    _waivers(rules)
    for rule in _rows(rules.get("confirmations", []), {"system"}):
        _wants(rule["system"] in SYSTEMS, _("A confirmation names a system that the product knows."))
    _times(rules)
    _wants(isinstance(rules["bulk_approval"], bool), _("Bulk approval is on or off."))
    _wants(isinstance(rules.get("currency", ""), str), _("A currency is three letters."))
    _automatic(rules["automatic"])


MANDATORY = {"payment": ("payment", "payment_received"), "customer_data": ("data", "data_corrected")}
"""What the log of a kind of case must hold, as ``{kind: (restriction, check)}``: amount, reference, day of a payment;
what was wrong, what is right, and how that was verified."""


def _restrictions(rules, kind):
    by_kind = rules["checks_by_restriction"]
    _wants(
        isinstance(by_kind, dict) and set(by_kind) <= set(Restriction.Kind.values),
        _("Checks are named by the kind of restriction."),
    )
    for restricted in Restriction.Kind:
        codes = by_kind.get(restricted, [])
        _codes(codes, field="checks_by_restriction")
        _wants(
            any(restricted in CATALOGUE[code].lifts for code in (*rules["checks"], *codes)),
            _("No check settles a restriction of the kind “%s”, so its cases could never be approved.")
            % restricted.label,
            field="checks_by_restriction",
        )
    restriction, needed = MANDATORY.get(str(kind), ("", ""))
    _wants(
        not needed or needed in (*rules["checks"], *by_kind.get(restriction, [])),
        _("Cases of this kind must have the check “%s”.") % (CATALOGUE[needed].label if needed else ""),
        field="checks_by_restriction",
    )


def _levels(levels):
    _wants(levels, _("Somebody must decide: name at least one level."), field="levels")
    for level in _rows(levels, {"role", "count"}):
        _wants(level["role"] in APPROVING_ROLES, _("A level names a role that decides."), field="levels")
        _wants(
            _is_number(level["count"], 1, MOST_PEOPLE),
            _("A level asks for 1 to %d people.") % MOST_PEOPLE,
            field="levels",
        )
    _wants(
        any(not level.get("when") and level["role"] in DECIDING_ROLES for level in levels),
        _("At least one level of your own must decide every case, without a condition."),
        field="levels",
    )


def _waivers(rules):
    for rule in _rows(rules["waivers"], {"check", "role"}):
        _codes([rule["check"]], field="waivers")
        _wants(rule["role"] in DECIDING_ROLES, _("A waiver names a role that decides."), field="waivers")


def _times(rules):
    _wants(
        _is_number(rules["target_minutes"], 1, LONGEST_MINUTES),
        _("The time for a case is 1 to %d minutes.") % LONGEST_MINUTES,
        field="target_minutes",
    )
    minutes = rules["minutes"]
    _wants(
        isinstance(minutes, dict)
        and set(minutes) <= set(STEPS)
        and all(_is_number(value, 1, LONGEST_MINUTES) for value in minutes.values()),
        _("The time for a step is 1 to %d minutes.") % LONGEST_MINUTES,
        field="minutes",
    )
    _wants(
        _is_number(rules["review_one_in"], 1, 1000),
        _("Of what a rule decides, one in 1 to 1,000 is looked at."),
        field="review_one_in",
    )
    _wants(_is_number(rules["appeal_days"], 0, 366), _("An appeal is open for 0 to 366 days."), field="appeal_days")


def _automatic(lane):
    _wants(
        isinstance(lane, dict)
        and set(lane) <= {"rules", "when"}
        and isinstance(lane.get("rules"), list)
        and set(lane["rules"]) <= set(RULES),
        _("The automatic lane names rules that the product knows."),
        field="automatic",
    )
    _wants(
        set(ALWAYS_ALLOWED) <= set(lane["rules"]),
        _("What has ended by its own date, and what was decided elsewhere, cannot wait for a person."),
        field="automatic",
    )
    _conditions(lane.get("when", []))


def _rows(rows, keys):
    """Return the rules of a list once each surely has these keys, and conditions beside them at the most."""
    _wants(isinstance(rows, list) and len(rows) <= MOST_ROWS, _("A list of rules has %d rows at most.") % MOST_ROWS)
    for row in rows:
        _wants(isinstance(row, dict) and keys <= set(row) <= keys | {"when"}, _("A rule lacks a part of it."))
        _conditions(row.get("when", []))
    return rows


def _conditions(rows):
    _wants(isinstance(rows, list) and len(rows) <= MOST_ROWS, _("A rule has %d conditions at most.") % MOST_ROWS)
    for row in rows:
        _wants(
            isinstance(row, dict) and set(row) == {"fact", "is", "value"} and row["fact"] in FACTS,
            _("A condition names a fact, how it is compared and with what."),
        )
        fact, value = FACTS[row["fact"]], row["value"]
        if fact.kind == "words":
            allowed = {code for code, _label in fact.choices}
            _wants(
                row["is"] in WORDS
                and isinstance(value, list)
                and value
                and all(isinstance(word, str) and word and (word in allowed or not allowed) for word in value),
                _("The condition on “%s” lacks what it is compared with.") % fact.label,
            )
        else:
            _wants(
                row["is"] in NUMBERS and _is_number(value, 0, LARGEST),
                _("The condition on “%s” lacks a number.") % fact.label,
            )


def _codes(codes, *, field):
    _wants(
        isinstance(codes, list)
        and all(isinstance(code, str) and code in CATALOGUE for code in codes)
        and len(set(codes)) == len(codes),
        _("Checks come from the catalogue, each once."),
        field=field,
    )


def _is_number(value, low, high):
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _wants(holds, message, field=None):
    if not holds:
        raise Invalid(message, field=field)


def roles(among=DECIDING_ROLES):
    """Return the roles that a waiver may name, or a level ``among`` those that approve, with their words."""
    return [(role.value, role.label) for role in Role if role in among]
