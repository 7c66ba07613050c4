from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Client
from accounts.models.base import Row, tenant_manager


class ClockSettings(Row):
    """How a client's working time counts: calendar, targets and escalation ladder. A version is never edited.

    ``targets`` are working minutes by priority and step, ``{"high": {"case": 240}}``; ``ladder`` is a list of
    ``{"percent": 80, "plus": 0, "tell": ["worker"]}``, ``plus`` in working minutes.
    """

    client = models.ForeignKey(
        Client, models.CASCADE, related_name="clock_settings", verbose_name=_("client"), db_index=False
    )
    version = models.PositiveIntegerField(_("version"))
    week = models.JSONField(_("weekly hours"))
    time_zone = models.CharField(_("time zone"), max_length=50)
    country = models.CharField(_("country of the public holidays"), max_length=2, blank=True)
    region = models.CharField(_("region of the public holidays"), max_length=10, blank=True)
    days = models.JSONField(_("days with hours of their own"), default=dict, blank=True)
    targets = models.JSONField(_("targets"), default=dict, blank=True)
    ladder = models.JSONField(_("escalation ladder"), default=list, blank=True)
    created_at = models.DateTimeField(_("in force from"), default=timezone.now)
    created_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", null=True, db_index=False)
    applied_at = models.DateTimeField(_("all open cases counted anew"), null=True, editable=False)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("working time")
        verbose_name_plural = _("working times")
        ordering = ("client", "-version")
        constraints = [models.UniqueConstraint(fields=["client", "version"], name="clock_version_once")]
        indexes = [models.Index(fields=["client"], condition=Q(applied_at=None), name="clock_to_apply")]

    def __str__(self):
        return f"{self.client} {self.version}"
