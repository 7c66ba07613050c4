"""Cases for programs: the list, one with all that a decision rests on, and a new one."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from accounts import reasons
from accounts import rules as account_rules
from accounts.api.access import READ, WORK
from accounts.api.paging import part
from accounts.api.problems import checked
from accounts.api.types import Code, Limit, Number, Token, Words, answers
from accounts.errors import Refused
from accounts.exporting.selecting import clients_for
from accounts.models import Account, Membership, ReasonCode
from accounts.services import reveal, words
from reinstatements import facts, rules, services
from reinstatements.forms import OpenForm
from reinstatements.models import Check, ReinstatementRequest
from reinstatements.services import attention

router = Router(tags=["Cases"])
ORDER = ["-opened_at", "-id"]


class Line(Schema):
    code: str
    account: str
    kind: str
    status: str
    opened_at: datetime
    due_at: datetime | None
    worked_by: str | None
    waits_for: str


class Lines(Schema):
    cases: list[Line]
    next: str | None


class CheckOut(Schema):
    """``facts`` are codes, amounts in minor units and days; what is personal stays sealed."""

    code: str
    outcome: str
    facts: dict
    failures: int
    by: str | None
    at: datetime | None


class DecisionOut(Schema):
    """``level`` counts from 1; ``by`` is a login, ``rule`` a rule, ``on_behalf_of`` whose place it was taken in."""

    level: int
    role: str
    decision: str
    reason: str
    by: str | None
    on_behalf_of: str | None
    rule: str
    facts_sha256: str
    entry: UUID
    decided_at: datetime


class Stop(Schema):
    status: str
    reason: str
    entry: UUID
    at: datetime | None


class CaseOut(Schema):
    """A decision is sent with ``facts_sha256``, which binds it to these ``facts``, and with ``opened``, which says how
    long the case was looked at.
    """

    code: str
    kind: str
    status: str
    account_id: UUID
    account: str
    membership_id: UUID | None
    policy: str
    stopped: Stop
    resume_reason: str
    statement: str | None
    worked_by: str | None
    waits_for: str
    opened_at: datetime
    submitted_at: datetime | None
    started_at: datetime | None
    sent_for_approval_at: datetime | None
    decided_at: datetime | None
    completed_at: datetime | None
    due_at: datetime | None
    appeal_until: datetime | None
    checks: list[CheckOut]
    decisions: list[DecisionOut]
    facts: dict
    facts_sha256: str
    opened: str


class Ask(Schema):
    """What is asked for: a membership where it alone is out of service, else the account. ``draft`` leaves it a draft;
    otherwise it is submitted, and ``start`` begins its verification.
    """

    account_id: UUID
    membership_id: UUID | None = None
    reason: Code
    statement: Words
    draft: bool = False
    start: bool = False


FIELDS = ["code", "account__number", "kind", "status", "opened_at", "due_at", "worker__username", "level_role", "id"]


@router.get("/cases", auth=READ, response=answers(Lines), url_name="cases", summary="Cases, newest first")
def cases(request, limit: Limit = 200, cursor: Token = "", account: Number | None = None, status: Code | None = None):
    """Return the cases of the client, those of one account or in one status where that is sent."""
    rows = ReinstatementRequest.objects.for_user(request.user).filter(client__in=clients_for(request.user, "see"))
    if account:
        numbered = Account.objects.for_user(request.user).by_number(account)
        rows = rows.filter(account__in=numbered.values("pk"))
    if status:
        rows = rows.filter(status=status)
    about = ["cases", account, status]
    found, following = part(rows.order_by(*ORDER), FIELDS, about=about, text=cursor, limit=limit, order=ORDER)
    return {"cases": [dict(zip(Line.model_fields, row, strict=False)) for row in found], "next": following}


def load(request, code, may=rules.can_see):
    """Return the case with what is told of it; a 404 where the key does not lead there, and ``Refused`` where the rule
    ``may`` does not let its owner do what is asked, before anything of it is looked at.
    """
    visible = ReinstatementRequest.objects.for_user(request.user).select_related(
        "client", "account__client", "account__subject_key", "policy", "worker", "appeals"
    )
    case = get_object_or_404(visible, code=code.upper())
    if not may(case, request.user):
        raise Refused(_("Your role at this client does not allow this."))
    return case


@router.get("/cases/{code}", auth=READ, response=answers(CaseOut), url_name="case", summary="One case")
def case(request, code: Code):
    """Return a case with its checks, its decisions, and the facts that a decision rests on. It is put on record."""
    found = load(request, code)
    reveal.opened(found.account, user=request.user, related=found.pk, whole=False)
    return told(found, request.user)


def told(case, user):
    """Return a case as ``CaseOut`` has it, as it stands now."""
    now = facts.case_facts(case)
    own = {name: getattr(case, name) for name in TAKEN}
    worker = case.worker.username if case.worker_id else None
    return own | {
        "account": case.account.number,
        "policy": f"{case.policy.kind} {case.policy.version}",
        "stopped": {
            "status": case.stopped_status,
            "reason": case.stopped_reason,
            "entry": case.stopped_entry,
            "at": case.stopped_at,
        },
        "statement": statement(case, user),
        "worked_by": worker,
        "waits_for": case.level_role,
        "started_at": case.claimed_at,
        "checks": [checked_out(row) for row in Check.objects.filter(case=case.evidence_of).select_related("done_by")],
        "decisions": [decided(row) for row in case.approvals.select_related("user", "delegation__giver")],
        "facts": now,
        "facts_sha256": facts.digest(now),
        "opened": attention.opened(case, user),
    }


TAKEN = (
    *("code", "kind", "status", "account_id", "membership_id", "resume_reason", "opened_at", "submitted_at"),
    *("sent_for_approval_at", "decided_at", "completed_at", "due_at", "appeal_until"),
)


def statement(case, user):
    """Return why service should resume, in words, for those who read words."""
    if not account_rules.can_read_words(case, user):
        return None
    return words.read(case.account, [case.opened_entry]).get((case.opened_entry, "statement"))


def checked_out(row):
    return {
        **{name: getattr(row, name) for name in ("code", "outcome", "facts", "failures")},
        "by": row.done_by.username if row.done_by_id else None,
        "at": row.done_at,
    }


def decided(row):
    return {
        **{name: getattr(row, name) for name in ("role", "decision", "reason", "rule", "entry", "decided_at")},
        "level": row.level + 1,
        "by": row.user.username if row.user_id else None,
        "on_behalf_of": row.delegation.giver.username if row.delegation_id else None,
        "facts_sha256": row.case_hash,
    }


@router.post(
    "/cases", auth=WORK, response=answers(CaseOut, 201), url_name="case_open", summary="Ask for a reinstatement"
)
def open_case(request, wanted: Ask):
    """Open a case for an account, or a membership, that is out of service. Why it stopped stands in the record."""
    account = get_object_or_404(Account.objects.for_user(request.user), pk=wanted.account_id)
    if not rules.can_work(account, request.user):
        raise Refused(_("You do not work this client's cases."))
    membership = None
    if wanted.membership_id:
        membership = get_object_or_404(
            Membership.objects.for_user(request.user), pk=wanted.membership_id, account=account
        )
    offered = reasons.choices(account.client_id, ReasonCode.Use.RESUME)
    sent = checked(OpenForm({"resume_reason": wanted.reason, "statement": wanted.statement}, reasons=offered))
    with transaction.atomic():
        case = services.open_case(account, actor=request.user, membership=membership, **sent)
        if not wanted.draft:
            case = services.submit(case, actor=request.user)
            if wanted.start:
                case = services.start(case, actor=request.user)
    return Status(201, told(load(request, case.code), request.user))
