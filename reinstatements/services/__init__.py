from reinstatements.services.automatic import reinstate_by_rule, review
from reinstatements.services.cases import open_case, start, submit, withdraw
from reinstatements.services.checks import record_check, reopen_check, send_for_approval
from reinstatements.services.decisions import FactsChanged, approve, decline, send_back
from reinstatements.services.policies import propose, put_in_force, turn_down
from reinstatements.services.reversing import reverse
from reinstatements.services.waivers import ask_waiver, grant_waiver, refuse_waiver

__all__ = [
    "FactsChanged",
    "approve",
    "ask_waiver",
    "decline",
    "grant_waiver",
    "open_case",
    "propose",
    "put_in_force",
    "record_check",
    "refuse_waiver",
    "reinstate_by_rule",
    "reopen_check",
    "reverse",
    "review",
    "send_back",
    "send_for_approval",
    "start",
    "submit",
    "turn_down",
    "withdraw",
]
