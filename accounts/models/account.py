from functools import partial

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import transition
from simple_history.models import HistoricalRecords

from accounts import asof, rules
from accounts.models.account_rows import INDEXES, AccountQuerySet
from accounts.models.account_rows import NumberKey as NumberKey  # migrations name it here
from accounts.models.base import StatusModel, status_field, tenant_manager
from accounts.models.client import Client


def stood_as(status):
    """The condition of leaving a review: back to the status that it was entered from, and to no other."""

    def condition(account):
        return account.standing_before == status

    return condition


class Account(StatusModel):
    """One customer of one client. Names and contact data are sealed under the key of this one person."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACTIVE = "active", _("Active")
        ON_HOLD = "on_hold", _("On hold")
        SUSPENDED = "suspended", _("Suspended")
        UNDER_REVIEW = "under_review", _("Under review")
        DEACTIVATED = "deactivated", _("Deactivated")
        CLOSED = "closed", _("Closed")
        MERGED = "merged", _("Merged")

    STOPPED = (Status.ON_HOLD, Status.SUSPENDED, Status.DEACTIVATED, Status.CLOSED)

    MERGEABLE = (Status.PENDING, Status.ACTIVE, *STOPPED)

    subject_type = "account"
    may_run_ahead = True
    _moved: tuple | list = ()
    opening_statuses = frozenset({Status.PENDING, Status.ACTIVE, Status.CLOSED})
    sealed_fields = ("holder_name", "email", "phone", "address", "payment_method")

    client = models.ForeignKey(Client, models.PROTECT, related_name="accounts", verbose_name=_("client"))
    number = models.CharField(_("account number"), max_length=60)
    holder_name = models.BinaryField(_("holder"), null=True, editable=False)
    email = models.BinaryField(_("email address"), null=True, editable=False)
    phone = models.BinaryField(_("phone number"), null=True, editable=False)
    address = models.BinaryField(_("address"), null=True, editable=False)
    payment_method = models.BinaryField(_("payment method"), null=True, editable=False)
    language = models.CharField(_("language"), max_length=10)
    time_zone = models.CharField(_("time zone"), max_length=50)
    country = models.CharField(_("country"), max_length=2)
    balance_minor = models.BigIntegerField(_("balance owed"), default=0, help_text=_("In minor units."))
    currency = models.CharField(_("currency"), max_length=3)
    overdue_since = models.DateField(_("overdue since"), null=True, editable=False)
    ladder_days = models.PositiveSmallIntegerField(_("step of the overdue ladder"), default=0, editable=False)
    next_step_at = models.DateTimeField(_("next step of the overdue ladder"), null=True, editable=False)
    opened_on = models.DateField(_("customer since"), null=True)
    erased_at = models.DateTimeField(_("personal data erased"), null=True, editable=False)
    status = status_field(Status.choices)
    next_change_at = models.DateTimeField(_("changes by itself"), null=True, editable=False)
    standing_before = models.CharField(
        _("status before the review"), max_length=20, blank=True, choices=Status, editable=False
    )
    review_ends_at = models.DateTimeField(_("review ends"), null=True, editable=False)
    assets = models.JSONField(_("assets"), default=list, blank=True, editable=False)
    head_number = models.BigIntegerField(default=0, editable=False)
    head_hash = models.BinaryField(max_length=32, default=b"", editable=False)

    objects = tenant_manager(AccountQuerySet)
    history = HistoricalRecords(
        excluded_fields=[
            *("overdue_since", "ladder_days", "next_step_at", "next_change_at", "standing_before", "review_ends_at"),
            *("assets", "head_number", "head_hash"),
        ],
        history_id_field=models.BigAutoField(),
        user_db_constraint=False,
        no_db_index=["client", "number"],
    )

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [models.UniqueConstraint(fields=["client", "number"], name="account_number_once")]
        indexes = INDEXES

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("account", args=[self.pk])

    @property
    def status_now(self):
        """The status that is true now, also where no job has written yet that a suspension or a review is over."""
        if self.review_ends_at and self.review_ends_at <= timezone.now():
            return Account.Status(self.standing_before)
        return Account.Status(asof.status_now(self.status, self.next_change_at, timezone.now()))

    @property
    def is_under_review(self):
        return self.status_now == Account.Status.UNDER_REVIEW

    @property
    def is_stopped(self):
        return self.status_now in Account.STOPPED

    @property
    def account_id(self):
        return self.pk

    def move_assets(self, *, is_out):
        """Take out of service with the account what does not stay, or bring back what is out; see ``Asset``."""
        moved = [each for each in self.assets if each["out"] != is_out and not (is_out and each["stays"])]
        if moved:
            self.assets = [each | {"out": is_out} if each in moved else each for each in self.assets]
        self._moved = [{"id": each["id"], "kind": each["kind"]} for each in moved]

    def also_told(self):
        moved, self._moved = self._moved, []
        return {"assets": moved} if moved else {}

    @transition(
        field=status,
        source=Status.PENDING,
        target=Status.ACTIVE,
        permission=rules.can_change_service,
        custom={"label": _("Activate")},
    )
    def activate(self):
        self.opened_on = self.opened_on or timezone.localdate()

    @transition(
        field=status,
        source=Status.ACTIVE,
        target=Status.ON_HOLD,
        permission=rules.can_change_service,
        custom={"label": _("Hold for payment")},
    )
    def hold(self):
        """Payment is missing; the restriction that is opened with this says how much."""
        self.move_assets(is_out=True)

    @transition(
        field=status,
        source=[Status.ACTIVE, Status.ON_HOLD, Status.UNDER_REVIEW],
        target=Status.SUSPENDED,
        permission=rules.can_suspend,
        custom={"label": _("Suspend")},
    )
    def suspend(self, next_change_at=None):
        """The restriction that is opened with this says why."""
        self.next_change_at = next_change_at
        self.leave_review()
        self.move_assets(is_out=True)

    @transition(
        field=status,
        source=[Status.ACTIVE, Status.ON_HOLD, Status.SUSPENDED],
        target=Status.UNDER_REVIEW,
        permission=rules.can_change_service,
        custom={"label": _("Put under review")},
    )
    def put_under_review(self, ends_at):
        """Something looks wrong and is looked into, until ``ends_at`` at the latest; then it stands as it stood."""
        self.standing_before, self.review_ends_at = self.status, ends_at
        self.next_change_at = None

    @transition(
        field=status,
        source=Status.UNDER_REVIEW,
        target=Status.ACTIVE,
        permission=rules.can_change_service,
        conditions=[stood_as(Status.ACTIVE)],
        custom={"label": _("End review")},
    )
    def end_review(self):
        """Back in service, where it was before."""
        self.leave_review()

    @transition(
        field=status,
        source=Status.UNDER_REVIEW,
        target=Status.ON_HOLD,
        permission=rules.can_change_service,
        conditions=[stood_as(Status.ON_HOLD)],
        custom={"label": _("End review, on hold as before")},
    )
    def end_review_held(self):
        """On hold as before; the review has lifted nothing."""
        self.leave_review()

    @transition(
        field=status,
        source=Status.UNDER_REVIEW,
        target=Status.SUSPENDED,
        permission=rules.can_change_service,
        conditions=[stood_as(Status.SUSPENDED)],
        custom={"label": _("End review, suspended as before")},
    )
    def end_review_suspended(self):
        """Suspended as before; the review has lifted nothing."""
        self.leave_review()

    def leave_review(self):
        self.standing_before, self.review_ends_at = "", None

    @transition(
        field=status,
        source=[Status.ACTIVE, Status.ON_HOLD, Status.SUSPENDED, Status.UNDER_REVIEW],
        target=Status.DEACTIVATED,
        permission=rules.can_change_service,
        custom={"label": _("Deactivate")},
    )
    def deactivate(self):
        """The customer left, was inactive or broke the rules; the account is retained."""
        self.next_change_at = None
        self.leave_review()
        self.move_assets(is_out=True)

    @transition(
        field=status,
        source=[
            *(Status.PENDING, Status.ACTIVE, Status.ON_HOLD, Status.SUSPENDED, Status.UNDER_REVIEW),
            Status.DEACTIVATED,
        ],
        target=Status.CLOSED,
        permission=rules.can_change_service,
        custom={"label": _("Close")},
    )
    def close(self):
        """Final, but for a reinstatement."""
        self.next_change_at = None
        self.leave_review()
        self.move_assets(is_out=True)

    @transition(
        field=status,
        source=list(STOPPED),
        target=Status.ACTIVE,
        permission=rules.can_reinstate,
        custom={"label": _("Reinstate")},
    )
    def reinstate(self):
        """Back in service; the service has lifted every restriction before."""
        self.next_change_at = None
        self.move_assets(is_out=False)

    @transition(
        field=status,
        source=list(MERGEABLE),
        target=Status.MERGED,
        permission=rules.can_decide_merge,
        custom={"label": _("Merge")},
    )
    def merge(self):
        """Absorbed by another account, as a second person has confirmed."""
        self.next_change_at = None

    unmerged = partial(
        transition,
        field=status,
        source=Status.MERGED,
        permission=rules.can_decide_merge,
        custom={"label": _("Undo the merge"), "action": "unmerge"},
    )

    @unmerged(target=Status.PENDING)
    def unmerge_to_pending(self):
        """It was pending when it was absorbed; the database compares."""

    @unmerged(target=Status.ACTIVE)
    def unmerge_to_active(self):
        """It was active when it was absorbed; the database compares."""

    @unmerged(target=Status.ON_HOLD)
    def unmerge_to_on_hold(self):
        """It was on hold when it was absorbed; the database compares."""

    @unmerged(target=Status.SUSPENDED)
    def unmerge_to_suspended(self):
        """It was suspended when it was absorbed; the database compares."""

    @unmerged(target=Status.DEACTIVATED)
    def unmerge_to_deactivated(self):
        """It was deactivated when it was absorbed; the database compares."""

    @unmerged(target=Status.CLOSED)
    def unmerge_to_closed(self):
        """It was closed when it was absorbed; the database compares."""

    del unmerged
