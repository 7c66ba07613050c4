from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import tenant_manager
from accounts.models.client import Client
from accounts.models.membership import Membership


class PointsEntry(models.Model):
    """One change of a membership's points. The balance of the last is the sum of all, held by the database."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="points", db_index=False)
    number = models.BigIntegerField(_("number"))
    change = models.BigIntegerField(_("change"))
    balance = models.BigIntegerField(_("balance"))
    reason = models.CharField(_("reason code"), max_length=40)
    entry = models.UUIDField(_("recorded by entry"))
    occurred_at = models.DateTimeField(_("happened"))

    objects = tenant_manager()

    class Meta:
        verbose_name = _("points entry")
        verbose_name_plural = _("points entries")
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["membership", "number"], name="points_number_once"),
            models.CheckConstraint(condition=models.Q(balance__gte=0), name="points_are_not_owed"),
            models.CheckConstraint(condition=~models.Q(change=0), name="points_change"),
        ]

    def __str__(self):
        return f"{self.change:+}"
