import os

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import transition
from simple_history.models import HistoricalRecords

from accounts.models import Account, Client, Membership
from accounts.models.base import StatusModel, status_field, tenant_manager
from reinstatements import rules
from reinstatements.models.policy import Policy
from reinstatements.models.request_rows import CONSTRAINTS, INDEXES, RequestQuerySet
from reinstatements.sla import Priority

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
# 240 is as often as the alphabet goes into a byte: what is above would make its first signs likelier.
SIGN_OF_BYTE, TOO_HIGH = (CODE_ALPHABET.encode() * 9)[:256], bytes(range(240, 256))


def new_code():
    """Return a short code that can be read out on the phone: eight signs, none mistaken for another."""
    found = ""
    while len(found) < 8:
        found += os.urandom(12).translate(SIGN_OF_BYTE, TOO_HIGH).decode()
    return found[:8]


class Kind(models.TextChoices):
    SUBSCRIPTION = "subscription", _("Subscription")
    SERVICE_PLAN = "service_plan", _("Service plan")
    ACCOUNT_STATUS = "account_status", _("Account status")
    CUSTOMER_DATA = "customer_data", _("Customer data")
    PAYMENT = "payment", _("Payment")


class ReinstatementRequest(StatusModel):
    """The case: why service stopped, why it should resume, what must be true first and who decided."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        IN_VERIFICATION = "in_verification", _("In verification")
        AWAITING_MEMBER = "awaiting_member", _("Awaiting member")
        AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
        APPROVED = "approved", _("Approved")
        COMPLETED = "completed", _("Completed")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        LAPSED = "lapsed", _("Lapsed")

    OPEN = (
        Status.DRAFT,
        Status.SUBMITTED,
        Status.IN_VERIFICATION,
        Status.AWAITING_MEMBER,
        Status.AWAITING_APPROVAL,
        Status.APPROVED,
    )

    subject_type = "reinstatement"
    # A rule that decides a case opens it as submitted; a person begins with a draft. The guards hold it so.
    opening_statuses = frozenset({Status.DRAFT, Status.SUBMITTED})

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="reinstatements", verbose_name=_("account"))
    membership = models.ForeignKey(
        Membership,
        models.PROTECT,
        related_name="reinstatements",
        null=True,
        blank=True,
        verbose_name=_("membership"),
        help_text=_("The one that is to come back; without one it is the whole account."),
    )
    code = models.CharField(_("case"), max_length=12, unique=True, default=new_code, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="+", verbose_name=_("policy"))
    stopped_status = models.CharField(_("status before"), max_length=20)
    stopped_reason = models.CharField(_("why it stopped"), max_length=40)
    stopped_entry = models.UUIDField(_("stopped by entry"))
    stopped_at = models.DateTimeField(_("stopped at"), null=True, editable=False)
    resume_reason = models.CharField(_("why it should resume"), max_length=40)
    opened_entry = models.UUIDField(_("opened by entry"))
    appeals = models.OneToOneField(
        "self",
        models.PROTECT,
        related_name="appealed_by",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("appeal against"),
        help_text=_("The declined case on whose evidence the appeal is decided."),
    )
    appeal_until = models.DateTimeField(_("may be appealed until"), null=True, editable=False)
    maker = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name=_("asked by"))
    worker = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("worked by")
    )
    level = models.PositiveSmallIntegerField(_("level that is due"), default=0)
    level_role = models.CharField(_("role that is due"), max_length=20, blank=True)
    sent_back_count = models.PositiveSmallIntegerField(_("times sent back"), default=0)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    priority = models.CharField(_("priority"), max_length=10, choices=Priority, default=Priority.NORMAL)
    due_at = models.DateTimeField(_("due"), null=True)
    step_due_at = models.DateTimeField(_("step due"), null=True, editable=False)
    # Working time used until ``clock_since`` by part, in microseconds; the clock rests while that is empty.
    clock = models.JSONField(_("time used"), default=dict, editable=False)
    clock_since = models.DateTimeField(_("clock runs since"), null=True, editable=False)
    clock_version = models.PositiveIntegerField(_("version of the working time"), default=0, editable=False)
    alerts = models.PositiveSmallIntegerField(_("steps of the ladder taken"), default=0, editable=False)
    next_alert_at = models.DateTimeField(_("next step of the ladder"), null=True, editable=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    claim_until = models.DateTimeField(_("claimed until"), null=True)
    returns_to = models.ForeignKey(
        "accounts.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("returns to"),
        help_text=_("Who sent it back and looks at it again."),
    )
    undecidable_since = models.DateTimeField(_("nobody can decide it in time, since"), null=True)
    paused_at = models.DateTimeField(_("paused by the client"), null=True, editable=False)
    escalated_at = models.DateTimeField(_("escalated by the client"), null=True, editable=False)
    asked_at = models.DateTimeField(_("member asked"), null=True)
    remind_at = models.DateTimeField(_("member reminded at"), null=True)
    lapses_at = models.DateTimeField(_("lapses"), null=True)
    sent_for_approval_at = models.DateTimeField(_("sent for approval"), null=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    linked_system = models.CharField(_("linked system that confirms"), max_length=20, blank=True, editable=False)
    confirm_by = models.DateTimeField(_("to be confirmed by"), null=True, editable=False)
    unconfirmed_since = models.DateTimeField(_("not confirmed, since"), null=True, editable=False)
    completed_at = models.DateTimeField(_("completed"), null=True)
    is_automatic = models.BooleanField(_("decided by a rule"), default=False, editable=False)
    review_wanted = models.BooleanField(_("to be reviewed"), default=False)
    status = status_field(Status.choices)

    objects = tenant_manager(RequestQuerySet)
    history = HistoricalRecords(
        history_id_field=models.BigAutoField(),
        user_db_constraint=False,
        no_db_index=["client", "account", "membership", "code", "policy", "maker", "worker", "returns_to", "appeals"],
    )

    class Meta:
        verbose_name = _("reinstatement request")
        verbose_name_plural = _("reinstatement requests")
        constraints = CONSTRAINTS
        indexes = INDEXES

    def __str__(self):
        return self.code

    def get_absolute_url(self):
        return reverse("case", args=[self.code])

    @property
    def is_open(self):
        return self.status in self.OPEN

    @property
    def evidence_of(self):
        """The key of the case whose checks and files a decision rests on: an appeal has none of its own."""
        return self.appeals_id or self.pk

    @property
    def stopped_status_label(self):
        """The word of the status that the account, or the membership, had when the case was opened."""
        statuses = Membership.Status if self.membership_id else Account.Status
        return str(dict(statuses.choices).get(self.stopped_status, self.stopped_status))

    @transition(
        field=status,
        source=Status.DRAFT,
        target=Status.SUBMITTED,
        permission=rules.can_work,
        custom={"label": _("Submit")},
    )
    def submit(self, at=None):
        self.submitted_at = at or timezone.now()

    @transition(
        field=status,
        source=Status.DRAFT,
        target=Status.AWAITING_APPROVAL,
        conditions=[lambda case: case.appeals_id],
        permission=rules.can_work,
        custom={"label": _("Appeal")},
    )
    def appeal(self, role, at):
        self.submitted_at = self.sent_for_approval_at = at
        self.ask_level(0, role)

    @transition(
        field=status,
        source=Status.SUBMITTED,
        target=Status.IN_VERIFICATION,
        permission=rules.can_work,
        custom={"label": _("Start verification")},
    )
    def start(self, worker, at=None, until=None):
        self.hold(worker, at or timezone.now(), until)

    @transition(
        field=status,
        source=Status.IN_VERIFICATION,
        target=Status.AWAITING_APPROVAL,
        permission=rules.can_work,
        custom={"label": _("Send for approval")},
    )
    def send_for_approval(self, role, at=None):
        self.sent_for_approval_at = at or timezone.now()
        self.claim_until = None
        self.ask_level(0, role)

    @transition(
        field=status,
        source=Status.IN_VERIFICATION,
        target=Status.AWAITING_MEMBER,
        permission=rules.can_work,
        custom={"label": _("Ask the member")},
    )
    def ask_member(self, at, remind_at, lapses_at):
        self.asked_at, self.remind_at, self.lapses_at = at, remind_at, lapses_at
        self.claim_until = None

    @transition(
        field=status,
        source=Status.AWAITING_MEMBER,
        target=Status.IN_VERIFICATION,
        permission=rules.can_work,
        custom={"label": _("The member has answered")},
    )
    def member_answered(self, until=None):
        self.claim_until = until if self.worker_id else None
        self.asked_at = self.remind_at = self.lapses_at = None

    @transition(
        field=status,
        source=Status.AWAITING_MEMBER,
        target=Status.LAPSED,
        permission=rules.is_rule,
        custom={"label": _("Lapse")},
    )
    def lapse(self):
        self.remind_at = None

    @transition(
        field=status,
        source=Status.AWAITING_APPROVAL,
        target=Status.IN_VERIFICATION,
        conditions=[lambda case: not case.appeals_id],
        permission=rules.can_decide,
        custom={"label": _("Send back")},
    )
    def send_back(self, until=None, returns_to=None):
        self.sent_back_count += 1
        self.returns_to = returns_to
        self.level_role = ""
        self.claim_until = until if self.worker_id else None

    @transition(
        field=status,
        source=Status.AWAITING_APPROVAL,
        target=Status.APPROVED,
        permission=rules.can_decide,
        custom={"label": _("Approve")},
    )
    def approve(self, at=None, system="", confirm_by=None):
        self.decided_at = at or timezone.now()
        self.level_role = ""
        self.linked_system, self.confirm_by, self.unconfirmed_since = system, confirm_by, None

    @transition(
        field=status,
        source=Status.SUBMITTED,
        target=Status.APPROVED,
        conditions=[lambda case: case.is_automatic],
        permission=rules.is_rule,
        custom={"label": _("Approve by a rule")},
    )
    def approve_by_rule(self, at):
        self.decided_at = at

    @transition(
        field=status,
        source=Status.APPROVED,
        target=Status.AWAITING_APPROVAL,
        conditions=[lambda case: case.linked_system],
        permission=rules.can_work,
        custom={"label": _("Ask for approval again")},
    )
    def reconsider(self, role, at):
        self.sent_for_approval_at, self.decided_at, self.returns_to = at, None, None
        self.linked_system, self.confirm_by, self.unconfirmed_since = "", None, None
        self.ask_level(0, role)

    @transition(
        field=status,
        source=Status.APPROVED,
        target=Status.COMPLETED,
        permission=rules.can_complete,
        custom={"label": _("Complete")},
    )
    def complete(self, at=None):
        self.completed_at = at or timezone.now()

    @transition(
        field=status,
        source=Status.AWAITING_APPROVAL,
        target=Status.DECLINED,
        permission=rules.can_decide,
        custom={"label": _("Decline")},
    )
    def decline(self, at=None, appeal_until=None):
        self.decided_at = at or timezone.now()
        self.level_role = ""
        self.appeal_until = appeal_until

    @transition(
        field=status,
        source=list(OPEN),
        target=Status.WITHDRAWN,
        permission=rules.can_withdraw,
        custom={"label": _("Withdraw")},
    )
    def withdraw(self):
        self.level_role = ""

    def hold(self, worker, at, until):
        """Give the case to ``worker``, or with ``None`` back to everybody; a claim without an end lasts."""
        self.worker = worker
        self.claimed_at = at if worker else None
        self.claim_until = until if worker else None

    hold.alters_data = True

    def ask_level(self, level, role):
        """Make the level, counted from 0, the one that is due, for somebody who holds this role."""
        self.level, self.level_role = level, role

    ask_level.alters_data = True
