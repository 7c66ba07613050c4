from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client
from accounts.models.membership import Membership


class RestrictionQuerySet(TenantQuerySet):
    def of_account(self, account):
        """Return what is open about the account itself, not about one of its memberships."""
        return self.filter(account=account, membership=None, lifted_at=None)

    def of_membership(self, membership):
        return self.filter(account=membership.account_id, membership=membership, lifted_at=None)


class Restriction(Row):
    """One reason why an account, or a membership, is out of service: opened with a cause, lifted with evidence."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("Payment")
        POLICY = "policy", _("Policy")
        SECURITY = "security", _("Security")
        COMPLIANCE = "compliance", _("Compliance")
        DATA = "data", _("Customer data")
        INACTIVITY = "inactivity", _("Inactivity")
        VOLUNTARY = "voluntary", _("Voluntary")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="restrictions")
    membership = models.ForeignKey(
        Membership,
        models.PROTECT,
        related_name="restrictions",
        null=True,
        help_text=_("The one that is out of service; without one it is the whole account."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    reason = models.CharField(_("reason code"), max_length=40)
    opened_at = models.DateTimeField(_("since"), default=timezone.now)
    opened_entry = models.UUIDField(_("opened by entry"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_entry = models.UUIDField(_("lifted by entry"), null=True, blank=True)

    objects = tenant_manager(RestrictionQuerySet)

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        ordering = ("opened_at",)
        indexes = [
            models.Index(
                fields=["client", "kind", "account"],
                condition=models.Q(lifted_at=None, membership=None),
                name="restriction_open_by_kind",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lifted_at=None, lifted_entry=None)
                | models.Q(lifted_at__isnull=False, lifted_entry__isnull=False),
                name="restriction_lifted_by_an_entry",
            )
        ]

    def __str__(self):
        return self.get_kind_display()
