from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import terms
from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client
from accounts.models.membership import Membership, agreed_terms
from accounts.models.plan import Plan


class ScheduledChangeQuerySet(TenantQuerySet):
    def waiting(self, membership):
        """Return what is still to come for a membership, in the order in which it was decided."""
        return (
            self.filter(membership=membership, settled_entry=None).select_related("plan").order_by("created_at", "id")
        )


class ScheduledChange(Row):
    """A change of a membership that was decided by one entry and takes effect, or is withdrawn, by another."""

    class Kind(models.TextChoices):
        CANCEL = "cancel", _("Cancel")
        CHANGE_PLAN = "change_plan", _("Change plan")
        PAUSE = "pause", _("Pause")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="scheduled_changes")
    kind = models.CharField(_("change"), max_length=20, choices=Kind)
    effective_on = models.DateField(_("takes effect"), null=True, help_text=_("Without a day, when the term is over."))
    until = models.DateField(_("last day"), null=True)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", null=True, db_index=False)
    snapshot = models.JSONField(_("plan as it was"), default=dict)
    reason = models.CharField(_("reason code"), max_length=40)
    initiator = models.CharField(_("wanted by"), max_length=20)
    entry = models.UUIDField(_("decided by entry"))
    settled_entry = models.UUIDField(_("settled by entry"), null=True)
    created_at = models.DateTimeField(_("decided"))

    objects = tenant_manager(ScheduledChangeQuerySet)

    class Meta:
        verbose_name = _("scheduled change")
        verbose_name_plural = _("scheduled changes")
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "kind"], condition=models.Q(settled_entry=None), name="one_change_of_a_kind_waits"
            )
        ]

    def as_rule(self):
        """Return the change as the rules of dates know it."""
        return terms.Scheduled(
            key=self.pk,
            kind=self.kind,
            on=self.effective_on,
            until=self.until,
            terms=agreed_terms(self.snapshot) if self.snapshot else None,
        )
