from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client


class DueFailure(Row):
    """Something that comes by itself and could not be written: of which account, why, and when it is tried again.

    Without an account it is the job itself that failed for this client. The row goes once it is written, or is not due
    any more.
    """

    class Job(models.TextChoices):
        SUSPENSIONS = "suspensions", _("Suspension that ends")
        REVIEWS = "reviews", _("Review that ends")
        LADDERS = "ladders", _("Step of the overdue ladder")
        MEMBERSHIPS = "memberships", _("Membership that changes")
        REMINDERS = "reminders", _("Reminder of a renewal or the end of a trial")
        OFFERS = "offers", _("Offer to come back")
        SIGNALS = "signals", _("Look for signals")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="due_failures", null=True, db_index=False)
    job = models.CharField(_("what is due"), max_length=20, choices=Job)
    failure = models.CharField(_("why it failed"), max_length=300)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    first_at = models.DateTimeField(_("failed first"), default=timezone.now)
    last_at = models.DateTimeField(_("failed last"), default=timezone.now)
    retry_at = models.DateTimeField(_("tried again"), default=timezone.now)

    objects = tenant_manager(TenantQuerySet)

    class Meta:
        verbose_name = _("due change that failed")
        verbose_name_plural = _("due changes that failed")
        ordering = ("first_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "job"], condition=Q(account__isnull=False), name="due_failure_once_an_account"
            ),
            models.UniqueConstraint(
                fields=["client", "job"], condition=Q(account=None), name="due_failure_once_a_client"
            ),
        ]
        indexes = [models.Index(fields=["client", "first_at", "id"], name="due_failure_by_client")]

    def __str__(self):
        return self.get_job_display()
