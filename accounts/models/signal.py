from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client


class SignalQuerySet(TenantQuerySet):
    capability = "judge_signals"

    def waiting(self):
        return self.filter(status=Signal.Status.RAISED)


class Signal(Row):
    """A sign of fraud or error: the rule that raised it, the rows it rests on, and what somebody found of it.

    ``about`` is the login whose doing it is, where it is somebody's: that person does not judge it. One of
    ``account`` and ``about`` is always there. Raising is a row; confirming and clearing are entries of the ledger.
    """

    class Status(models.TextChoices):
        RAISED = "raised", _("To be looked at")
        CONFIRMED = "confirmed", _("Confirmed")
        CLEARED = "cleared", _("Cleared")

    class Rule(models.TextChoices):
        MANY_REQUESTS = "many_requests", _("Many deactivations or requests to come back")
        CONTACT_CHANGED = "contact_changed", _("Contact data changed shortly before a request")
        SHARED_CONTACT = "shared_contact", _("One phone or mail address on many accounts")
        UNUSUAL_ROLE = "unusual_role", _("Taken out of service by somebody without the usual role")
        OUT_OF_HOURS = "out_of_hours", _("Changed far outside working hours")
        PING_PONG = "ping_pong", _("Status goes back and forth")
        MANY_REVEALS = "many_reveals", _("Shows far more personal data than colleagues do")
        FAILED_CALLS = "failed_calls", _("Failed again and again to prove by phone who they are")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="signals", null=True, db_index=False, verbose_name=_("account")
    )
    about = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("about")
    )
    rule = models.CharField(_("rule"), max_length=20, choices=Rule)
    evidence = models.JSONField(_("evidence"), help_text=_("Keys of rows, counts and codes, no personal data."))
    fingerprint = models.CharField(_("SHA-256 of what raised it"), max_length=64)
    raised_at = models.DateTimeField(_("raised"), default=timezone.now)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.RAISED)
    judged_entry = models.UUIDField(_("judged by entry"), null=True)

    objects = tenant_manager(SignalQuerySet)

    class Meta:
        verbose_name = _("signal")
        verbose_name_plural = _("signals")
        ordering = ("-raised_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["client", "fingerprint"], name="signal_once"),
            models.CheckConstraint(
                condition=Q(account__isnull=False) | Q(about__isnull=False), name="signal_is_about_something"
            ),
            models.CheckConstraint(
                condition=Q(status="raised", judged_entry=None)
                | Q(status__in=("confirmed", "cleared"), judged_entry__isnull=False),
                name="signal_judged_by_an_entry",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-raised_at", "-id"], name="signal_by_client"),
            models.Index(
                fields=["client", "-raised_at", "-id"], condition=Q(status="raised"), name="signal_to_look_at"
            ),
            models.Index(fields=["account", "status"], name="signal_by_account"),
        ]

    def __str__(self):
        return self.get_rule_display()

    @property
    def tone(self):
        """The colour of its status: a tone of the badges."""
        return {"raised": "warn", "confirmed": "bad"}.get(self.status, "ok")

    def get_absolute_url(self):
        return reverse("signal", args=[self.pk])


class SignalSettings(Row):
    """When a client's rules raise a signal, where that differs from the product's own numbers, and its working hours.

    ``looked_at`` is the key of the last entry that the rules have surely seen.
    """

    client = models.OneToOneField(Client, models.CASCADE, related_name="signal_settings", verbose_name=_("client"))
    limits = models.JSONField(_("limits"), default=dict, blank=True)
    hours = models.JSONField(
        _("working hours"), default=list, blank=True, help_text=_('One list a day from Monday on: [["08:00", "18:00"]]')
    )
    looked_at = models.BigIntegerField(default=0, editable=False)

    objects = tenant_manager()
    history = HistoricalRecords(
        excluded_fields=["looked_at"], history_id_field=models.BigAutoField(), no_db_index=["client"]
    )

    class Meta:
        verbose_name = _("rules for signals")
        verbose_name_plural = _("rules for signals")

    def __str__(self):
        return str(self.client)
