from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts import status_rules
from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client
from accounts.models.membership import Membership

LONGEST_OFFSET = 3660
OFFSET = [MinValueValidator(-LONGEST_OFFSET), MaxValueValidator(LONGEST_OFFSET)]


class StatusRuleQuerySet(TenantQuerySet):
    def by_client(self, client_ids):
        """Return ``{client id: [Rule, ...]}`` of the rules in use."""
        found = {}
        for row in self.filter(client__in=client_ids, is_active=True).order_by("client_id", "weight"):
            found.setdefault(row.client_id, []).append(row.as_rule())
        return found


class StatusRule(Row):
    """One of a client's own statuses of memberships, and between which days it holds; see ``status_rules``."""

    class Event(models.TextChoices):
        JOINED = status_rules.JOINED, _("member since")
        TERM_STARTS = status_rules.TERM_STARTS, _("first day of the term")
        TERM_ENDS = status_rules.TERM_ENDS, _("last day of the term")
        TRIAL_ENDS = status_rules.TRIAL_ENDS, _("last day of the trial")

    client = models.ForeignKey(
        Client, models.CASCADE, related_name="status_rules", db_index=False, verbose_name=_("client")
    )
    name = models.CharField(_("name"), max_length=40)
    weight = models.PositiveSmallIntegerField(_("weight"), help_text=_("Of those that hold the lightest counts."))
    statuses = models.JSONField(_("for memberships that are"), default=list, blank=True)
    starts = models.CharField(_("from"), max_length=20, choices=Event, blank=True)
    starts_days = models.SmallIntegerField(_("days after that"), default=0, validators=OFFSET)
    ends = models.CharField(_("until"), max_length=20, choices=Event, blank=True)
    ends_days = models.SmallIntegerField(_("days after that"), default=0, validators=OFFSET)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = tenant_manager(StatusRuleQuerySet)
    history = HistoricalRecords(history_id_field=models.BigAutoField(), no_db_index=["client"])

    class Meta:
        verbose_name = _("own status of memberships")
        verbose_name_plural = _("own statuses of memberships")
        ordering = ("client", "weight")
        constraints = [models.UniqueConstraint(fields=["client", "weight"], name="status_rule_weight_once")]

    def __str__(self):
        return self.name

    def as_rule(self):
        return status_rules.Rule(
            *(self.name, self.weight, frozenset(self.statuses)),
            *(self.starts, self.starts_days, self.ends, self.ends_days),
        )


class StatusOverride(models.Model):
    """That somebody set a membership's own status by hand, until a day. The last row of a membership counts."""

    id = models.BigAutoField(primary_key=True)
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="status_overrides", db_index=False)
    name = models.CharField(_("own status"), max_length=40, blank=True)
    until = models.DateField(_("until"), null=True)
    entry = models.UUIDField(_("recorded by entry"))

    objects = tenant_manager()

    class Meta:
        verbose_name = _("status set by hand")
        verbose_name_plural = _("statuses set by hand")
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(name="", until=None) | ~Q(name="") & Q(until__isnull=False), name="override_until_a_day"
            )
        ]
        indexes = [models.Index(fields=["membership", "-id"], name="override_of_membership")]

    def __str__(self):
        return self.name

    def by_hand(self):
        return status_rules.ByHand(self.name, self.until)
