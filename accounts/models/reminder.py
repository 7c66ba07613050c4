from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import tenant_manager
from accounts.models.client import Client
from accounts.models.membership import Membership


class Reminder(models.Model):
    """That a member was reminded, or had no need to be, so many days before a membership's term or trial ends.

    Its key is what makes a reminder come once for each period, however often and on how many workers the job runs.
    """

    class Kind(models.TextChoices):
        RENEWAL = "renewal", _("Renewal ahead")
        TRIAL = "trial", _("Trial about to end")

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="reminders", db_index=False)
    kind = models.CharField(_("what is ahead"), max_length=20, choices=Kind)
    ends_on = models.DateField(_("last day"))
    days = models.PositiveSmallIntegerField(_("days before"))
    entry = models.UUIDField(_("recorded by entry"), null=True, help_text=_("None where nobody had to be told."))

    objects = tenant_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(fields=["membership", "kind", "ends_on", "days"], name="reminder_once_a_period")
        ]
