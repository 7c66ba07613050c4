from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.background import BackgroundRun, BackgroundRunQuerySet
from accounts.models.base import tenant_manager


class ExportRunQuerySet(BackgroundRunQuerySet):
    capability = "see_access"

    def asked_by(self, user):
        """Return what somebody asked for, at the clients where they may still look at exports."""
        return self.for_user(user).filter(user=user)

    def ready(self, now):
        return self.filter(published_at__isnull=False, removed_at=None, expires_at__gt=now)


class ExportRun(BackgroundRun):
    """A list of one client that is too long to be taken away while one waits. ``done`` counts its rows.

    The file lies sealed outside of the database; ``file_key`` opens it and goes with it. ``record`` is the access
    record that the work on it began with, until its end is on record too.
    """

    export = models.CharField(_("list"), max_length=40)
    form = models.CharField(_("kind of file"), max_length=10)
    filters = models.JSONField(_("filter"), default=dict, help_text=_("In codes, as it is on record."))
    time_zone = models.CharField(_("time zone"), max_length=50)
    language = models.CharField(_("language"), max_length=10)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    record = models.UUIDField(null=True, editable=False)
    file_key = models.BinaryField(null=True, editable=False)
    file_size = models.PositiveBigIntegerField(_("size"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    published_at = models.DateTimeField(_("ready"), null=True)
    expires_at = models.DateTimeField(_("removed on"), null=True)
    removed_at = models.DateTimeField(_("removed"), null=True)
    told_at = models.DateTimeField(null=True, editable=False)
    taken_at = models.DateTimeField(_("taken"), null=True)

    objects = tenant_manager(ExportRunQuerySet)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="export_run_by_user"),
            models.Index(fields=["wanted_at", "id"], condition=Q(finished_at=None), name="export_run_to_do"),
            models.Index(
                fields=["expires_at"],
                condition=Q(published_at__isnull=False, removed_at=None),
                name="export_run_to_remove",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(expires_at__isnull=False, record=None) & ~Q(sha256=""),
                name="export_run_published_whole",
            )
        ]

    def __str__(self):
        return self.export

    @property
    def is_ready(self):
        return bool(self.published_at and not self.removed_at and self.expires_at > timezone.now())
