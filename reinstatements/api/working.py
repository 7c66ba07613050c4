"""What programs do on a case before it is decided. Each operation is one of the case's page, by the same service."""

from typing import Literal

from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from pydantic import Field

from accounts.api.access import WORK
from accounts.api.problems import checked
from accounts.api.types import Code, Words, answers
from reinstatements import rules, services
from reinstatements.api.cases import CaseOut, load, told
from reinstatements.forms import EvidenceForm, SendForm
from reinstatements.forms_decision import decision_form
from reinstatements.forms_desk import NoteForm, ReleaseForm

router = Router(tags=["Work on a case"])
TOLD = {"auth": WORK, "response": answers(CaseOut)}


class Note(Schema):
    note: Words = ""


class Finding(Schema):
    """What a check has found. ``evidence`` are its fields by name, as text: days as YYYY-MM-DD, amounts in whole units
    with a point (``10.50``), choices by their code. Which fields a check has stands in the answer to an empty one.
    """

    outcome: Literal["met", "failed"]
    evidence: dict[Code, Words] = Field(default={}, max_length=50)


class Withdrawal(Schema):
    reason: Code
    note: Words = ""


def again(request, case):
    return told(load(request, case.code), request.user)


@router.post("/cases/{code}/submit", **TOLD, url_name="case_submit", summary="Submit a draft")
def submit(request, code: Code):
    """Put a draft into the queue."""
    return again(request, services.submit(load(request, code, rules.can_work), actor=request.user))


@router.post("/cases/{code}/start", **TOLD, url_name="case_start", summary="Begin its verification")
def start(request, code: Code):
    """Begin the verification of a case that was submitted; it is claimed with it."""
    return again(request, services.start(load(request, code, rules.can_work), actor=request.user))


@router.post("/cases/{code}/claim", **TOLD, url_name="case_claim", summary="Claim it")
def claim(request, code: Code):
    """Claim a case that nobody works on."""
    return again(request, services.claim(load(request, code, rules.can_work), actor=request.user))


@router.post("/cases/{code}/release", **TOLD, url_name="case_release", summary="Let go of it")
def release(request, code: Code, sent: Note):
    """Let go of a case, with what the next one should know."""
    case = load(request, code, rules.can_work)
    note = checked(ReleaseForm(sent.dict()))["note"]
    return again(request, services.release(case, actor=request.user, note=note))


@router.post("/cases/{code}/notes", **TOLD, url_name="case_note", summary="Keep a note")
def note(request, code: Code, sent: Note):
    """Keep a note on a case, sealed; the member does not see it."""
    case = load(request, code, rules.can_note)
    services.add_note(case, actor=request.user, note=checked(NoteForm(sent.dict()))["note"])
    return again(request, case)


@router.post("/cases/{code}/checks/{check}", **TOLD, url_name="case_check", summary="Record what a check found")
def check(request, code: Code, check: Code, sent: Finding):
    """Record a check as met or failed, with its evidence."""
    case = load(request, code, rules.can_work)
    found = get_object_or_404(case.checks.select_related("case__client", "case__account"), code=check)
    form = EvidenceForm(sent.evidence, check=found, outcome=sent.outcome)
    checked(form)
    facts, evidence = form.split()
    services.record_check(case, found.code, actor=request.user, outcome=sent.outcome, facts=facts, evidence=evidence)
    return again(request, case)


@router.post("/cases/{code}/send", **TOLD, url_name="case_send", summary="Send it for approval")
def send(request, code: Code, sent: Note):
    """Send a case whose checks are met for approval."""
    case = load(request, code, rules.can_work)
    words = checked(SendForm(sent.dict()))["note"]
    return again(request, services.send_for_approval(case, actor=request.user, note=words))


@router.post("/cases/{code}/withdraw", **TOLD, url_name="case_withdraw", summary="Withdraw it")
def withdraw(request, code: Code, sent: Withdrawal):
    """End a case that is not wanted any more; the account stays as it is."""
    case = load(request, code, rules.can_work)
    wanted = checked(decision_form("withdraw", case, sent.dict()))
    return again(request, services.withdraw(case, actor=request.user, **wanted))
