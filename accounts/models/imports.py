from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import grants
from accounts.models.background import BackgroundRun, BackgroundRunQuerySet
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client


class ColumnMapping(Row):
    """How the files of one client are read: which column feeds which field, and how values are written."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    kind = models.CharField(_("kind"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    settings = models.JSONField(_("settings"), default=dict)
    saved_at = models.DateTimeField(_("saved"), auto_now=True)

    class ForAdministrators(TenantQuerySet):
        capability = "configure"

    objects = tenant_manager(ForAdministrators)

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["client", "kind", "name"], name="column_mapping_once")]

    def __str__(self):
        return self.name


class ImportRunQuerySet(BackgroundRunQuerySet):
    capability = "configure"


class ImportRun(BackgroundRun):
    """One file that somebody handed in: tried, then taken. ``done`` counts the lines that are dealt with.

    The file itself lies sealed outside of the database; ``file_key`` opens it and goes with it. Of what stands in it
    only counts stay here.
    """

    kind = models.CharField(_("kind"), max_length=20)
    file_name = models.CharField(_("file"), max_length=120)
    file_size = models.PositiveBigIntegerField(_("size"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    file_key = models.BinaryField(null=True, editable=False)
    layout = models.JSONField(_("how the file is read"), default=dict)
    settings = models.JSONField(_("settings"), default=dict)
    as_of = models.DateField(_("the day that the file speaks of"), default=timezone.localdate)
    is_dry_run = models.BooleanField(_("only tried"), default=True)
    taken = models.PositiveBigIntegerField(_("taken"), default=0)
    known = models.PositiveBigIntegerField(_("known already"), default=0)
    refused = models.PositiveBigIntegerField(_("refused"), default=0)
    absent = models.PositiveBigIntegerField(_("named by no line"), null=True)
    closed_at = models.DateTimeField(_("on record"), null=True, editable=False)

    objects = tenant_manager(ImportRunQuerySet)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["client", "-created_at", "-id"], name="import_by_client"),
            models.Index(fields=["wanted_at", "id"], condition=models.Q(finished_at=None), name="import_to_do"),
            models.Index(fields=["created_at"], condition=models.Q(closed_at=None), name="import_not_closed"),
        ]

    def __str__(self):
        return self.file_name


class ImportProblemQuerySet(models.QuerySet):
    def for_user(self, user):
        return self.filter(run__client__in=grants.client_ids(user, "configure"))


class ImportProblem(models.Model):
    """What is wrong with one line of a file: which column and why, and never what stands there."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="problems", db_index=False)
    line = models.PositiveBigIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=60, blank=True)
    reason = models.CharField(_("what is wrong"), max_length=200)

    objects = tenant_manager(ImportProblemQuerySet, client="run__client")

    class Meta:
        verbose_name = _("problem of an import")
        verbose_name_plural = _("problems of an import")
        ordering = ("id",)
        indexes = [models.Index(fields=["run", "id"], name="import_problems")]
