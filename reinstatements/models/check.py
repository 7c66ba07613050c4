from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import Client
from accounts.models.base import Row, tenant_manager
from reinstatements.models.request import ReinstatementRequest


class Check(Row):
    """Something that must be confirmed before a case can be approved, with what proves it."""

    class Outcome(models.TextChoices):
        OPEN = "open", _("Open")
        MET = "met", _("Met")
        FAILED = "failed", _("Failed")
        ASKED = "asked", _("Waiver asked for")
        WAIVED = "waived", _("Waived")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(ReinstatementRequest, models.PROTECT, related_name="checks")
    code = models.CharField(_("check"), max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.OPEN)
    facts = models.JSONField(_("facts"), default=dict, help_text=_("Codes, amounts and dates, no personal data."))
    evidence_digest = models.CharField(max_length=64, blank=True)
    entry = models.UUIDField(_("entry"), null=True, help_text=_("Its disclosure holds the evidence."))
    failures = models.PositiveSmallIntegerField(_("times failed"), default=0)
    done_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", null=True)
    done_at = models.DateTimeField(_("done"), null=True)

    objects = tenant_manager()
    history = HistoricalRecords(history_id_field=models.BigAutoField(), no_db_index=["client", "case", "done_by"])

    class Meta:
        verbose_name = _("check")
        verbose_name_plural = _("checks")
        ordering = ("position", "code")
        constraints = [models.UniqueConstraint(fields=["case", "code"], name="check_once_a_case")]

    def __str__(self):
        return self.code
