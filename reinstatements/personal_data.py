"""Which columns of this app hold personal data. Codes and rules are plain."""

from django.utils.translation import gettext_lazy as _

from accounts import personal
from reinstatements.models import (
    Approval,
    CaseBulk,
    Check,
    ClockSettings,
    Confirmation,
    DeskSettings,
    EvidenceFile,
    Invitation,
    Participation,
    PastStep,
    Policy,
    QueueDefinition,
    ReinstatementRequest,
    Reversal,
    Skills,
    Skip,
    Waiver,
)

personal.declare(
    ReinstatementRequest,
    plain=["code", "stopped_status", "stopped_reason", "resume_reason", "level_role", "clock", "linked_system"],
)
# What proves a check, in words, is a disclosure of its entry.
personal.declare(Check, plain=["code", "facts", "evidence_digest"])
personal.declare(Approval, plain=["rule", "reason", "case_hash", "facts"])
personal.declare(
    EvidenceFile,
    sealed={"name": personal.Sealed(_("proving a case")), "content": personal.Sealed(_("proving a case"))},
    plain=["check_code"],
)
personal.declare(Participation)
# Keyed digests of what was sent to somebody who works for the client.
personal.declare(Invitation, plain=["link_digest", "code_digest"])
personal.declare(Waiver, plain=["code"])
personal.declare(Reversal, plain=["reason"])
# The note says what changes in the rules; the form asks for no names.
personal.declare(Policy, plain=["kind", "rules", "note"])
# A reference is a number of the other system; its form has no room for words.
personal.declare(Confirmation, plain=["system", "reference", "reason"])
personal.declare(DeskSettings)
personal.declare(QueueDefinition, plain=["name", "query", "roles"])
personal.declare(CaseBulk, plain=["deed", "cases", "outcomes"])
personal.declare(Skip, plain=["reason"])
personal.declare(Skills, plain=["kinds", "languages"])
personal.declare(ClockSettings, plain=["week", "time_zone", "country", "region", "days", "targets", "ladder"])
# Who did a step is staff of the source, by login or name, as in the log that it came from; no member stands there.
personal.declare(PastStep, plain=["source", "request", "step", "agent", "role", "digest"])
