from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client


class AccessRecordQuerySet(TenantQuerySet):
    capability = "see_access"


class AccessRecord(Row):
    """Who looked: a member opened, data revealed, a search, the start and the end of an export. Append-only."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        REVEALED = "revealed", _("Revealed")
        SEARCHED = "searched", _("Searched")
        EXPORT_STARTED = "export_started", _("Export started")
        EXPORT_ENDED = "export_ended", _("Export ended")
        FILE_OPENED = "file_opened", _("Evidence opened")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", null=True, verbose_name=_("account"))
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name=_("who"))
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    related = models.UUIDField(_("belongs to"), null=True)
    details = models.JSONField(_("details"), default=dict, help_text=_("Codes, counts and digests, no personal data."))
    created_at = models.DateTimeField(_("when"), default=timezone.now)

    objects = tenant_manager(AccessRecordQuerySet)

    class Meta:
        verbose_name = _("access record")
        verbose_name_plural = _("access records")
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["client", "-created_at", "-id"], name="access_by_client"),
            models.Index(
                fields=["client", "-created_at", "-id"],
                condition=models.Q(kind="export_started"),
                name="export_by_client",
            ),
            models.Index(fields=["related"], condition=models.Q(kind="export_ended"), name="end_of_export"),
        ]

    def __str__(self):
        return self.get_kind_display()
