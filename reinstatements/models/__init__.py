from reinstatements.models.approval import Approval, Participation
from reinstatements.models.check import Check
from reinstatements.models.policy import Policy
from reinstatements.models.request import ReinstatementRequest

__all__ = ["Approval", "Check", "Participation", "Policy", "ReinstatementRequest"]
