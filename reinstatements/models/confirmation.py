from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Client
from accounts.models.base import Row, tenant_manager
from reinstatements.models.request import ReinstatementRequest


class Confirmation(Row):
    """One answer of a linked system about an approved case, under the system's own reference. Append-only.

    ``approved`` is the entry that approved what is answered; an answer counts for that approval alone.
    """

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        FAILED = "failed", _("Not done")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(ReinstatementRequest, models.PROTECT, related_name="confirmations")
    system = models.CharField(_("linked system"), max_length=20)
    outcome = models.CharField(_("answer"), max_length=10, choices=Outcome)
    reference = models.CharField(_("reference"), max_length=60)
    reason = models.CharField(_("reason"), max_length=40)
    approved = models.UUIDField(_("entry that approved"))
    entry = models.UUIDField(_("entry"))
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False)
    answered_at = models.DateTimeField(_("answered"))

    objects = tenant_manager()

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ("answered_at",)
        constraints = [
            models.UniqueConstraint(
                fields=["client", "system", "reference", "outcome"], name="answer_of_a_system_once"
            ),
            models.CheckConstraint(
                condition=~Q(reference="") & ~Q(system="") & ~Q(reason=""), name="confirmation_says_what"
            ),
        ]
