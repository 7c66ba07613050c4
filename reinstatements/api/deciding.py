"""Deciding a case by a program: for those who decide it on its page, on the facts that the program was told."""

from ninja import Router, Schema

from accounts.api.access import DECIDE
from accounts.api.problems import checked
from accounts.api.types import Code, Sha256, Token, Words, answers
from accounts.errors import Moved
from reinstatements import rules, services
from reinstatements.api.cases import CaseOut, load
from reinstatements.api.working import again
from reinstatements.forms_decision import decision_form
from reinstatements.services import attention
from reinstatements.services.decisions import what_happened

router = Router(tags=["Decide a case"])
TOLD = {"auth": DECIDE, "response": answers(CaseOut)}


class Decision(Schema):
    """``facts_sha256`` and ``opened`` are those that the case was told with.

    Where its facts have changed since, nothing is decided and the answer is 409: ask for the case again.
    """

    reason: Code
    note: Words = ""
    facts_sha256: Sha256
    opened: Token = ""


def decide(request, code, name, sent, service):
    case = load(request, code, rules.has_approving_role)
    if case.status != case.Status.AWAITING_APPROVAL:
        raise Moved(what_happened(case))
    wanted = checked(decision_form(name, case, {"reason": sent.reason, "note": sent.note}))
    looked = attention.of(sent.opened, case, request.user)
    return again(request, service(case, actor=request.user, seen=sent.facts_sha256, attention=looked, **wanted))


@router.post("/cases/{code}/approve", **TOLD, url_name="case_approve", summary="Approve it")
def approve(request, code: Code, sent: Decision):
    """Approve at the level that is due; at the last one the account comes back into service."""
    return decide(request, code, "approve", sent, services.approve)


@router.post("/cases/{code}/decline", **TOLD, url_name="case_decline", summary="Decline it")
def decline(request, code: Code, sent: Decision):
    """Decline for a reason and in words; the account stays as it is, and the member hears the reason."""
    return decide(request, code, "decline", sent, services.decline)


@router.post("/cases/{code}/send-back", **TOLD, url_name="case_send_back", summary="Send it back")
def send_back(request, code: Code, sent: Decision):
    """Send a case back to verification, with what to mend."""
    return decide(request, code, "send_back", sent, services.send_back)
