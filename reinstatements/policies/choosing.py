"""Which checks, approvals and waivers a policy asks of one case, and why. Pure: nothing is read.

It takes the rules of a version and the profile of a case (``facts.profile``), and gives the same answer years later.
"""

from dataclasses import dataclass, replace
from typing import Any

from reinstatements.policies import conditions
from reinstatements.policies.conditions import Condition


@dataclass(frozen=True)
class Because:
    """Why something was chosen: the conditions that held. With neither, it is asked of every case."""

    conditions: tuple[Condition, ...] = ()
    restriction: str = ""
    """The kind of restriction that asks for it."""
    unknown: tuple[str, ...] = ()
    """Facts that the case does not tell, so that their condition was taken to hold."""


ALWAYS = Because()


@dataclass(frozen=True)
class Asked:
    """A check that the case must have."""

    code: str
    because: tuple[Because, ...]


@dataclass(frozen=True)
class Level:
    """An approval that the case must have: so many people who hold the role, none of them twice."""

    role: str
    count: int
    because: Because


@dataclass(frozen=True)
class Waiver:
    """A check that the case may go without, where somebody with this role grants it."""

    check: str
    role: str
    because: Because


@dataclass(frozen=True)
class Choice:
    checks: tuple[Asked, ...]
    levels: tuple[Level, ...]
    waivers: tuple[Waiver, ...]

    @property
    def codes(self):
        return [check.code for check in self.checks]

    def waiver(self, code):
        return next((waiver for waiver in self.waivers if waiver.check == code), None)


def choose(rules: dict[str, Any], profile: dict[str, Any]) -> Choice:
    """Return what these rules ask of a case with this profile, each with the conditions that held.

    Checks come in the order of the document, each once: those of every case, those of its restrictions, those of a
    condition. Levels come in the order in which they decide; the same role twice means other people.
    """
    found: dict[str, list[Because]] = {code: [ALWAYS] for code in rules["checks"]}
    for kind in profile["restrictions"]:
        for code in rules["checks_by_restriction"].get(kind, []):
            found.setdefault(code, []).append(Because(restriction=kind))
    for rule in rules.get("checks_when", []):
        because = demanded(rule, profile, rules)
        for code in rule["checks"] if because else ():
            found.setdefault(code, []).append(because)
    checks = tuple(Asked(code, tuple(dict.fromkeys(why))) for code, why in found.items())
    waivers = tuple(
        Waiver(rule["check"], rule["role"], because)
        for rule in rules.get("waivers", [])
        if rule["check"] in found and (because := spared(rule, profile, rules))
    )
    return Choice(checks, choose_levels(rules, profile), waivers)


def choose_levels(rules, profile):
    """Return the levels alone, for whoever asks for nothing else."""
    return tuple(
        Level(rule["role"], rule["count"], because)
        for rule in rules["levels"]
        if (because := demanded(rule, profile, rules))
    )


def linked_system(rules, profile):
    """Return the code of the linked system that must confirm before anything is done, "" where none must."""
    found = (rule["system"] for rule in rules.get("confirmations", []) if demanded(rule, profile, rules))
    return next(found, "")


def levels_of_every_case(rules):
    """Return the levels that no condition stands before."""
    return tuple(Level(rule["role"], rule["count"], ALWAYS) for rule in rules["levels"] if not rule.get("when"))


def demanded(rule, profile, rules):
    """Return why a rule that adds something applies, ``None`` where it does not: what is not known is held to be so."""
    return judged(rule, profile, rules, if_unknown=True)


def spared(rule, profile, rules):
    """Return why a rule that spares something applies, ``None`` where it does not, or where it is not known."""
    return judged(rule, profile, rules, if_unknown=False)


def judged(rule, profile, rules, *, if_unknown):
    if not rule.get("when"):
        return ALWAYS
    because = Because(conditions.read(rule["when"]))
    unknown = []
    for condition in because.conditions:
        holds = condition.holds(profile, rules.get("currency", ""))
        if holds is None:
            unknown.append(condition.fact)
        if holds is False or (holds is None and not if_unknown):
            return None
    return replace(because, unknown=tuple(unknown))


def automatic(rules, rule, profile):
    """Whether a named rule may decide a case with this profile."""
    lane = rules.get("automatic")
    if lane is None:
        return True  # a version from before policies said so
    return rule in lane["rules"] and spared(lane, profile, rules) is not None
