"""Which columns of this app hold personal data. Codes, settings and the provider's own staff are plain."""

from django.utils.translation import gettext_lazy as _

from accounts import masking, personal
from accounts.models import (
    AccessRecord,
    Account,
    AccountMerge,
    AccountSettings,
    ApiKey,
    Asset,
    BulkChange,
    Call,
    Charge,
    Client,
    ClientRole,
    ColumnMapping,
    ContactAttempt,
    CustomerQuery,
    Delegation,
    Difference,
    Disclosure,
    Draft,
    DueFailure,
    EndingDecision,
    EndingProposal,
    ExportRun,
    ImportedEvent,
    ImportedRecord,
    ImportProblem,
    ImportRun,
    Membership,
    MergeDecision,
    Offer,
    OutboxEvent,
    OverdueLadder,
    Payment,
    Person,
    Plan,
    PointsEntry,
    ReasonCode,
    Reminder,
    Representative,
    Restriction,
    SavedView,
    ScheduledChange,
    SearchDigest,
    Signal,
    SignalSettings,
    StaffHours,
    StatusChange,
    StatusOverride,
    StatusRule,
    SubjectKey,
    TrainingRecord,
    User,
)

personal.declare(
    Account,
    sealed={
        "holder_name": personal.Sealed(_("To know whom we speak with"), masking.mask_name, "name"),
        "email": personal.Sealed(_("To tell the member what happened"), masking.mask_email, "email"),
        "phone": personal.Sealed(_("To call the member back"), masking.mask_phone, "phone"),
        "address": personal.Sealed(_("To verify the member"), masking.mask_generic),
        "payment_method": personal.Sealed(_("To say how the member pays"), masking.mask_ending),
    },
    # The number is the client's name for the account. It stays when a person is erased: the record needs it.
    plain=["number", "language", "time_zone", "country", "currency", "assets", "head_hash"],
)
personal.declare(
    Asset,
    sealed={"identifier": personal.Sealed(_("To say what stops and comes back"), masking.mask_ending)},
    plain=["digest"],
)
personal.declare(
    Disclosure, sealed={"ciphertext": personal.Sealed(_("Words beside an entry"))}, plain=["field", "salt"]
)
personal.declare(Draft, sealed={"fields": personal.Sealed(_("What was typed and not sent"))}, plain=["form"])
# The kind of error, and what the product itself says of it.
personal.declare(DueFailure, plain=["failure"])
personal.declare(SubjectKey, plain=["wrapped"])
personal.declare(SearchDigest, plain=["digest"])
personal.declare(Membership, plain=["agreed", "tier"])
personal.declare(ScheduledChange, plain=["snapshot", "reason", "initiator"])
personal.declare(PointsEntry, plain=["reason"])
personal.declare(StatusRule, plain=["name", "statuses"])
personal.declare(StatusOverride, plain=["name"])
personal.declare(Reminder, plain=["kind"])
personal.declare(Restriction, plain=["reason"])
personal.declare(
    StatusChange,
    plain=[
        *("body", "hash", "subject_type", "action", "from_status", "to_status", "reason", "rule", "case_hash"),
        "caused_by_type",
    ],
)
personal.declare(OutboxEvent, plain=["name", "payload", "failure"])
personal.declare(AccessRecord, plain=["reason", "details"])
personal.declare(
    Client, plain=["code", "name", "language", "time_zone", "country", "currency", "sender_name", "head_hash"]
)
personal.declare(ReasonCode, plain=["code", "label"])
personal.declare(SavedView, plain=["name", "query"])
personal.declare(BulkChange, plain=["deed", "reason", "accounts", "outcomes"])
personal.declare(
    AccountSettings,
    plain=[
        *("required", "review_blocks", "review_guidelines", "renewal_reminders", "trial_reminders", "offer_days"),
        *("call_questions", "training_roles"),
    ],
)
# A keyed digest; the code itself is a sealed word beside the entry.
personal.declare(Offer, plain=["code_digest"])
personal.declare(Plan, plain=["code", "name", "currency", "entitlements", "tiers"])
personal.declare(Person, plain=["name"])
personal.declare(User, plain=["password", "username", "first_name", "last_name", "email", "language", "time_zone"])
personal.declare(ClientRole)
personal.declare(Delegation)
# Whoever issues a key names it; of the secret itself there is a digest only.
personal.declare(ApiKey, plain=["name", "scope", "sha256", "hint"])
personal.declare(StaffHours, plain=["week"])
# Headers of files and codes. What stands under the headers is in the file alone, which is sealed and then removed.
personal.declare(ColumnMapping, plain=["kind", "name", "settings"])
personal.declare(ImportRun, plain=["kind", "file_name", "sha256", "file_key", "layout", "settings", "failure"])
personal.declare(
    ExportRun, plain=["export", "form", "filters", "time_zone", "language", "file_key", "sha256", "failure"]
)
# The number that the client's system has for an account, as an account's own.
personal.declare(Difference, plain=["number", "source"])
personal.declare(ImportProblem, plain=["column", "reason"])
# Numbers that the client's systems give; what the bank or the payer wrote is a sealed word beside the entry.
personal.declare(Charge, plain=["external_id", "currency"])
personal.declare(Payment, plain=["external_id", "refers_to", "currency"])
personal.declare(OverdueLadder, plain=["steps"])
personal.declare(ImportedEvent, plain=["source", "digest"])
personal.declare(ImportedRecord, plain=["source", "kind", "reference", "event", "digest"])
# Codes, amounts and digests of what is sealed.
personal.declare(AccountMerge, plain=["reason", "facts", "facts_hash"])
personal.declare(MergeDecision, plain=["reason", "facts_hash"])
personal.declare(EndingProposal, plain=["reason", "initiator"])
personal.declare(EndingDecision, plain=["reason"])
# Keys of rows, counts and codes; what somebody wrote about a signal is a sealed word beside the entry that judged it.
personal.declare(Signal, plain=["evidence", "fingerprint"])
personal.declare(SignalSettings, plain=["limits", "hours"])
# A code and a channel; what was asked and answered are sealed words beside the entries.
personal.declare(CustomerQuery, plain=["topic"])
personal.declare(
    Representative, sealed={"name": personal.Sealed(_("To know who speaks for the member"), masking.mask_name)}
)
# Codes of the questions. What was answered is nowhere.
personal.declare(Call, plain=["asked"])
personal.declare(ContactAttempt)
# The name of a course. Whom it is about are the provider's own staff.
personal.declare(TrainingRecord, plain=["subject"])
