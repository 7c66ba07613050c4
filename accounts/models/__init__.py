from accounts.models.access import AccessRecord
from accounts.models.account import Account
from accounts.models.api_key import ApiKey
from accounts.models.asset import Asset
from accounts.models.call import Call, ContactAttempt, Representative
from accounts.models.client import Client, Industry, ReasonCode
from accounts.models.delegation import Delegation
from accounts.models.difference import Difference
from accounts.models.draft import Draft
from accounts.models.due import DueFailure
from accounts.models.ending import EndingDecision, EndingProposal
from accounts.models.export import ExportRun
from accounts.models.history import ImportedEvent, ImportedRecord
from accounts.models.imports import ColumnMapping, ImportProblem, ImportRun
from accounts.models.ledger import Disclosure, Origin, StatusChange
from accounts.models.lists import BulkChange, SavedView
from accounts.models.membership import Membership
from accounts.models.merge import AccountMerge, MergeDecision
from accounts.models.offer import Offer
from accounts.models.outbox import OutboxEvent
from accounts.models.payment import Charge, OverdueLadder, Payment
from accounts.models.plan import Plan
from accounts.models.points import PointsEntry
from accounts.models.query import CustomerQuery
from accounts.models.reminder import Reminder
from accounts.models.restriction import Restriction
from accounts.models.schedule import ScheduledChange
from accounts.models.settings import AccountSettings
from accounts.models.shift import Absence, StaffHours
from accounts.models.signal import Signal, SignalSettings
from accounts.models.staff import ClientRole, Person, User
from accounts.models.status_rule import StatusOverride, StatusRule
from accounts.models.subject import SearchDigest, SubjectKey
from accounts.models.training import TrainingRecord

__all__ = [
    "Absence",
    "AccessRecord",
    "Account",
    "AccountMerge",
    "AccountSettings",
    "ApiKey",
    "Asset",
    "BulkChange",
    "Call",
    "Charge",
    "Client",
    "ClientRole",
    "ColumnMapping",
    "ContactAttempt",
    "CustomerQuery",
    "Delegation",
    "Difference",
    "Disclosure",
    "Draft",
    "DueFailure",
    "EndingDecision",
    "EndingProposal",
    "ExportRun",
    "ImportProblem",
    "ImportRun",
    "ImportedEvent",
    "ImportedRecord",
    "Industry",
    "Membership",
    "MergeDecision",
    "Offer",
    "Origin",
    "OutboxEvent",
    "OverdueLadder",
    "Payment",
    "Person",
    "Plan",
    "PointsEntry",
    "ReasonCode",
    "Reminder",
    "Representative",
    "Restriction",
    "SavedView",
    "ScheduledChange",
    "SearchDigest",
    "Signal",
    "SignalSettings",
    "StaffHours",
    "StatusChange",
    "StatusOverride",
    "StatusRule",
    "SubjectKey",
    "TrainingRecord",
    "User",
]
