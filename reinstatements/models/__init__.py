from reinstatements.models.approval import Approval, Participation
from reinstatements.models.check import Check
from reinstatements.models.policy import Policy
from reinstatements.models.request import ReinstatementRequest
from reinstatements.models.reversal import Reversal
from reinstatements.models.waiver import Waiver

__all__ = ["Approval", "Check", "Participation", "Policy", "ReinstatementRequest", "Reversal", "Waiver"]
