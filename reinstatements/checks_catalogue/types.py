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


@dataclass(frozen=True)
class CheckType:
    code: str
    label: "StrOrPromise"
    help: "StrOrPromise"
    fields: tuple[EvidenceField, ...]
    lifts: frozenset[str] = field(default_factory=frozenset)
    """The kinds of restriction that this check proves to be settled."""


def reference(label, help="", required=True):
    return EvidenceField("reference", label, personal=True, help=help, required=required)
