"""What a policy may ask about a case, and whether it holds. Pure: nothing is read.

A condition names one fact, how it is compared and with what. Whether it holds has three answers: yes, no, and not
known, where the case does not tell. What adds a check or an approval is taken to hold where it is not known; what
spares one is not.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Industry, Restriction, Signal

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

AT_LEAST, BELOW, ONE_OF, NONE_OF = "at_least", "below", "one_of", "none_of"
OPERATORS = {AT_LEAST: _("at least"), BELOW: _("less than"), ONE_OF: _("one of"), NONE_OF: _("none of")}
NUMBERS, WORDS = (AT_LEAST, BELOW), (ONE_OF, NONE_OF)
RISKS = (("routine", _("routine")), ("elevated", _("elevated")))
RISK_REASONS = (
    ("failed_attempts", _("a check failed before it was met")),
    ("serious_restriction", _("a security or compliance restriction")),
    ("several_restrictions", _("several restrictions at once")),
    ("sent_back_before", _("sent back before")),
    ("check_waived", _("goes without a check")),
    ("names_others", _("evidence that names another client or account")),
    ("evidence_stale", _("evidence from before service stopped")),
    ("signal_confirmed", _("a confirmed signal of fraud or error")),
    ("reinstated_before", _("reinstated before")),
    ("appeal", _("an appeal against a declined case")),
)
"""What raises the risk of a case. What only says that something is still to be done is not among it."""


@dataclass(frozen=True)
class Fact:
    """Something known of a case that a condition may ask about."""

    label: "StrOrPromise"
    kind: str
    """money (minor units of the policy's currency), number or words"""
    choices: tuple = ()
    """What words it may be; where there are none, the client's own codes."""


FACTS = {
    "owed_minor": Fact(_("balance owed"), "money"),
    "risk": Fact(_("risk"), "words", RISKS),
    "risk_reasons": Fact(_("what raises the risk"), "words", RISK_REASONS),
    "industry": Fact(_("industry"), "words", tuple(Industry.choices)),
    "stopped_reason": Fact(_("reason of the suspension"), "words"),
    "restrictions": Fact(_("kind of restriction"), "words", tuple(Restriction.Kind.choices)),
    "account_age_days": Fact(_("age of the account in days"), "number"),
    "reinstated_before": Fact(_("earlier reinstatements"), "number"),
    "signals": Fact(_("confirmed signals"), "words", tuple(Signal.Rule.choices)),
}


@dataclass(frozen=True)
class Condition:
    fact: str
    operator: str
    value: Any
    """A whole number, or a tuple of words."""

    def holds(self, profile, currency=""):
        """Return whether it holds for a case, ``None`` where the case does not tell.

        An amount in another currency than the policy's is not known.
        """
        known = profile.get(self.fact)
        if known is None or (
            FACTS[self.fact].kind == "money" and currency and profile.get("currency") not in ("", None, currency)
        ):
            return None
        if self.operator in NUMBERS:
            return (known >= self.value) == (self.operator == AT_LEAST)
        held = {known} if isinstance(known, str) else set(known)
        return bool(held & set(self.value)) == (self.operator == ONE_OF)


def read(rows):
    """Return the conditions of a rule from its document, all of which must hold."""
    return tuple(
        Condition(row["fact"], row["is"], tuple(row["value"]) if isinstance(row["value"], list) else row["value"])
        for row in rows
    )
