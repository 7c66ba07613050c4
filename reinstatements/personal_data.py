"""Which columns of this app hold personal data. Codes and rules are plain."""

from accounts import personal
from reinstatements.models import Approval, Check, Participation, Policy, ReinstatementRequest, Reversal, Waiver

personal.declare(
    ReinstatementRequest, plain=["code", "stopped_status", "stopped_reason", "resume_reason", "level_role"]
)
# What proves a check, in words, is a disclosure of its entry.
personal.declare(Check, plain=["code", "facts", "evidence_digest"])
personal.declare(Approval, plain=["rule", "reason", "case_hash", "facts"])
personal.declare(Participation)
personal.declare(Waiver, plain=["code"])
personal.declare(Reversal, plain=["reason"])
# The note says what changes in the rules; the form asks for no names.
personal.declare(Policy, plain=["kind", "rules", "note"])
