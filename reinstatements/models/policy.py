from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Client
from accounts.models.base import Row, tenant_manager


class Policy(Row):
    """Which checks, approvals and times apply to a kind of case at a client. A version is never edited."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="policies", verbose_name=_("client"))
    kind = models.CharField(_("kind of case"), max_length=20)
    version = models.PositiveIntegerField(_("version"))
    rules = models.JSONField(_("rules"))
    in_force_from = models.DateTimeField(_("in force from"))

    objects = tenant_manager()
    history = HistoricalRecords(history_id_field=models.BigAutoField(), no_db_index=["client"])

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ("client", "kind", "-version")
        constraints = [models.UniqueConstraint(fields=["client", "kind", "version"], name="policy_version_once")]

    def __str__(self):
        return f"{self.kind} {self.version}"

    @property
    def levels(self):
        """The approvals needed, in order: ``[{"role": "supervisor", "count": 1}, ...]``."""
        return self.rules["levels"]
