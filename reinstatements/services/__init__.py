from reinstatements.services.appealing import appeal
from reinstatements.services.automatic import reinstate_by_rule, review
from reinstatements.services.calls import prove_identity
from reinstatements.services.cases import open_case, withdraw
from reinstatements.services.checks import record_check, reopen_check, send_for_approval
from reinstatements.services.confirming import ask_again, confirm, not_confirmed, reconsider
from reinstatements.services.correcting import correct
from reinstatements.services.decisions import FactsChanged, approve, decline, send_back
from reinstatements.services.handling import add_note, assign, claim, release, skip, start, take_over
from reinstatements.services.policies import propose, put_in_force, turn_down
from reinstatements.services.reversing import reverse
from reinstatements.services.submitting import submit
from reinstatements.services.waiting import ask_member, take_answer
from reinstatements.services.waivers import ask_waiver, grant_waiver, refuse_waiver

__all__ = [
    "FactsChanged",
    "add_note",
    "appeal",
    "approve",
    "ask_again",
    "ask_member",
    "ask_waiver",
    "assign",
    "claim",
    "confirm",
    "correct",
    "decline",
    "grant_waiver",
    "not_confirmed",
    "open_case",
    "propose",
    "prove_identity",
    "put_in_force",
    "reconsider",
    "record_check",
    "refuse_waiver",
    "reinstate_by_rule",
    "release",
    "reopen_check",
    "reverse",
    "review",
    "send_back",
    "send_for_approval",
    "skip",
    "start",
    "submit",
    "take_answer",
    "take_over",
    "turn_down",
    "withdraw",
]
