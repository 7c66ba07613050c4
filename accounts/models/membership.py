from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition
from simple_history.models import HistoricalRecords

from accounts import rules
from accounts.models.account import Account
from accounts.models.base import StatusModel, status_field, tenant_manager
from accounts.models.client import Client
from accounts.models.plan import Plan


class Membership(StatusModel):
    """The account's standing on one plan."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        TRIAL = "trial", _("Trial")
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        SUSPENDED = "suspended", _("Suspended")
        EXPIRED = "expired", _("Expired")
        CANCELLED = "cancelled", _("Cancelled")

    subject_type = "membership"
    opening_statuses = frozenset({Status.PENDING, Status.ACTIVE, Status.CANCELLED})

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="memberships", verbose_name=_("account"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="memberships", verbose_name=_("plan"))
    starts_on = models.DateField(_("from"), null=True)
    ends_on = models.DateField(_("until"), null=True)
    status = status_field(Status.choices)

    objects = tenant_manager()
    history = HistoricalRecords(history_id_field=models.BigAutoField(), no_db_index=["client", "account", "plan"])

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")

    def __str__(self):
        return f"{self.plan} ({self.get_status_display()})"

    @transition(
        field=status,
        source=Status.PENDING,
        target=Status.ACTIVE,
        permission=rules.can_change_service,
        custom={"label": _("Activate")},
    )
    def activate(self):
        """The plan's entitlements are usable from now on."""

    @transition(
        field=status,
        source=Status.ACTIVE,
        target=Status.CANCELLED,
        permission=rules.can_change_service,
        custom={"label": _("Cancel")},
    )
    def cancel(self):
        """Permanent, but for a reinstatement."""
