from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Client, User
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from reinstatements.models.request import ReinstatementRequest


class EvidenceFileQuerySet(TenantQuerySet):
    def listed(self):
        """Leave out what was removed, and do not read what is in the files."""
        return self.filter(removed_at=None).defer("content").select_related("added_by")


class EvidenceFile(Row):
    """A file that proves something in a case: name and content lie sealed under the key of the account's one person."""

    class Type(models.TextChoices):
        PDF = "application/pdf", _("PDF")
        PNG = "image/png", _("PNG picture")
        JPEG = "image/jpeg", _("JPEG picture")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    case = models.ForeignKey(ReinstatementRequest, models.PROTECT, related_name="files")
    check_code = models.CharField(_("belongs to"), max_length=40, blank=True)
    name = models.BinaryField(_("name"), null=True)
    content = models.BinaryField(_("content"), null=True)
    content_type = models.CharField(_("type"), max_length=20, choices=Type)
    size = models.PositiveIntegerField(_("size"), help_text=_("In bytes."))
    entry = models.UUIDField(_("entry"))
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    added_at = models.DateTimeField(_("added"), default=timezone.now)
    removed_at = models.DateTimeField(_("removed"), null=True)

    objects = tenant_manager(EvidenceFileQuerySet)

    class Meta:
        verbose_name = _("evidence file")
        verbose_name_plural = _("evidence files")
        ordering = ("added_at", "id")
        constraints = [
            models.CheckConstraint(condition=models.Q(size__gt=0), name="evidence_file_is_not_empty"),
        ]

    def __str__(self):
        return str(self.pk)
