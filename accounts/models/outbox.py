from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, tenant_manager
from accounts.models.client import Client


class OutboxEvent(Row):
    """Something others must hear of, written in the transaction that made it true. A to-do list, not a record."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", null=True, db_index=False)
    name = models.CharField(_("event"), max_length=60)
    entry = models.UUIDField(_("entry"))
    payload = models.JSONField(default=dict, help_text=_("Codes and ids only, never personal data."))
    created_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox events")
        ordering = ("created_at", "id")
        indexes = [
            models.Index(fields=["created_at", "id"], condition=models.Q(done_at=None), name="outbox_to_do"),
        ]

    def __str__(self):
        return self.name
