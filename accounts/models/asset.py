from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client


class AssetQuerySet(TenantQuerySet):
    def in_use(self):
        return self.filter(removed_entry=None)


class Asset(Row):
    """One thing that a customer uses and that stops and comes back with the account. What it is called is sealed.

    Whether it is out of service stands in ``Account.assets``, so that an account stops and returns in one row.
    """

    class Kind(models.TextChoices):
        MOBILE_NUMBER = "mobile_number", _("Mobile number")
        BANK_ACCOUNT = "bank_account", _("Bank account")
        SOFTWARE_LOGIN = "software_login", _("Software login")
        SUBSCRIPTION = "subscription", _("Subscription")
        PATIENT_PORTAL = "patient_portal", _("Patient portal")
        POLICY = "policy", _("Policy")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="asset_rows", db_index=False, verbose_name=_("account")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    identifier = models.BinaryField(_("identifier"))
    digest = models.BinaryField(_("digest"), max_length=16)
    stays = models.BooleanField(_("stays in service"), default=False)
    added_at = models.DateTimeField(_("since"), default=timezone.now)
    added_entry = models.UUIDField(_("added by entry"))
    removed_at = models.DateTimeField(_("until"), null=True)
    removed_entry = models.UUIDField(_("removed by entry"), null=True)

    objects = tenant_manager(AssetQuerySet)

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        ordering = ("kind", "added_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "digest"], condition=Q(removed_entry=None), name="asset_once"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_entry=None)
                | Q(removed_at__isnull=False, removed_entry__isnull=False),
                name="asset_removed_by_an_entry",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-id"], name="asset_by_client"),
            models.Index(fields=["digest"], condition=Q(removed_entry=None), name="asset_by_digest"),
        ]

    def __str__(self):
        return self.get_kind_display()
