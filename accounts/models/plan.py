from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts import terms
from accounts.models.base import Row, tenant_manager
from accounts.models.client import Client


class Plan(Row):
    """What a client sells: a price per cycle and the entitlements that come with it."""

    class Cycle(models.TextChoices):
        MONTH = "month", _("Month")
        QUARTER = "quarter", _("Quarter")
        YEAR = "year", _("Year")
        TWO_YEARS = "two_years", _("Two years")

    class Basis(models.TextChoices):
        ROLLING = terms.ROLLING, _("From the day it begins")
        CALENDAR = terms.CALENDAR, _("By the calendar")

    client = models.ForeignKey(Client, models.CASCADE, related_name="plans", verbose_name=_("client"))
    code = models.SlugField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=100)
    price_minor = models.BigIntegerField(_("price"), help_text=_("In minor units: 2985 is 29.85."))
    currency = models.CharField(_("currency"), max_length=3)
    cycle = models.CharField(_("cycle"), max_length=20, choices=Cycle, default=Cycle.MONTH)
    entitlements = models.JSONField(_("entitlements"), default=list, blank=True)
    tiers = models.JSONField(_("tiers"), default=list, blank=True)
    basis = models.CharField(_("terms run"), max_length=20, choices=Basis, default=Basis.ROLLING)
    auto_renew = models.BooleanField(_("renews by itself"), default=True)
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace"), default=0, help_text=_("After a term that is not renewed, until the membership expires.")
    )
    trial_days = models.PositiveSmallIntegerField(_("days of trial"), default=0)
    trial_converts = models.BooleanField(
        _("trial becomes a paid term by itself"), default=True, help_text=_("Otherwise it expires with its last day.")
    )
    pause_extends = models.BooleanField(
        _("a pause extends the term"), default=True, help_text=_("By its days. Otherwise the term ends as agreed.")
    )
    is_active = models.BooleanField(_("sold"), default=True)

    objects = tenant_manager()
    history = HistoricalRecords(history_id_field=models.BigAutoField(), no_db_index=["code", "client"])

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ("client", "code")
        constraints = [models.UniqueConstraint(fields=["client", "code"], name="plan_code_once")]

    def __str__(self):
        return self.name

    def snapshot(self):
        """Return the plan as it is now, for a ledger entry that must not change when the plan is edited."""
        return {
            "code": self.code,
            "name": self.name,
            "price_minor": self.price_minor,
            "currency": self.currency,
            "cycle": self.cycle,
            "entitlements": self.entitlements,
            "terms": {
                "basis": str(self.basis),
                "auto_renew": self.auto_renew,
                "grace_days": self.grace_days,
                "trial_days": self.trial_days,
                "trial_converts": self.trial_converts,
                "pause_extends": self.pause_extends,
            },
        }
