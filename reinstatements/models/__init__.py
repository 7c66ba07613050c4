from reinstatements.models.approval import Approval, Participation
from reinstatements.models.check import Check
from reinstatements.models.confirmation import Confirmation
from reinstatements.models.definition import QueueDefinition
from reinstatements.models.desk import CaseBulk, DeskSettings, Skills, Skip
from reinstatements.models.external import Invitation
from reinstatements.models.file import EvidenceFile
from reinstatements.models.past import PastStep
from reinstatements.models.policy import Policy
from reinstatements.models.request import ReinstatementRequest
from reinstatements.models.reversal import Reversal
from reinstatements.models.sla import ClockSettings
from reinstatements.models.waiver import Waiver

__all__ = [
    "Approval",
    "CaseBulk",
    "Check",
    "ClockSettings",
    "Confirmation",
    "DeskSettings",
    "EvidenceFile",
    "Invitation",
    "Participation",
    "PastStep",
    "Policy",
    "QueueDefinition",
    "ReinstatementRequest",
    "Reversal",
    "Skills",
    "Skip",
    "Waiver",
]
