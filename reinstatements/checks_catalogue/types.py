"""What a check is: the evidence that proves it, as typed fields, and which restrictions it settles."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise


@dataclass(frozen=True)
class EvidenceField:
    """One typed value. Personal values are sealed; the others are facts that a decision is bound to."""

    name: str
    label: "StrOrPromise"
    kind: str = "text"
    """text, choice, date or money (minor units in the account's currency)"""
    choices: tuple = ()
    personal: bool = False
    help: "StrOrPromise" = ""
    required: bool = True
    """Whether a check that is met must have it; one that failed may lack any."""
    since_stop: bool = False
    """Whether a day before service stopped proves nothing about its return."""


@dataclass(frozen=True)
class CheckType:
    code: str
    label: "StrOrPromise"
    help: "StrOrPromise"
    fields: tuple[EvidenceField, ...]
    lifts: frozenset[str] = field(default_factory=frozenset)
    """The kinds of restriction that this check proves to be settled."""
    good_for_days: int | None = None
    """For how many days after it was recorded it still proves something; ``None`` for always."""
    is_log: bool = False
    """Whether its fields are what a log of this kind of case must hold: by no door is it met while one is missing."""

    def lacking(self, facts, evidence):
        """Return the labels of the required fields that are not there."""
        given = {name for name, value in {**facts, **evidence}.items() if value not in (None, "")}
        return [str(each.label) for each in self.fields if each.required and each.name not in given]


def since_stop(name, label):
    """A day on which something was done for the return, and so not before service stopped."""
    return EvidenceField(name, label, "date", since_stop=True)


def reference(label, help="", required=True):
    return EvidenceField("reference", label, personal=True, help=help, required=required)
