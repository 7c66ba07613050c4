from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models.account import Account
from accounts.models.base import Row, tenant_manager
from accounts.models.client import Client


class Charge(Row):
    """Something an account owes: an invoice, and the last day to pay it."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="charges")
    external_id = models.CharField(_("number of the invoice"), max_length=80)
    amount_minor = models.BigIntegerField(_("amount"), help_text=_("In minor units."))
    currency = models.CharField(_("currency"), max_length=3)
    due_on = models.DateField(_("due"))
    written_off_minor = models.BigIntegerField(_("written off"), default=0)
    written_off_at = models.DateTimeField(_("written off at"), null=True, blank=True)
    entry = models.UUIDField(_("recorded by entry"))

    objects = tenant_manager()

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        ordering = ("-due_on", "-id")
        constraints = [
            models.UniqueConstraint(fields=["client", "external_id"], name="charge_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="charge_has_an_amount"),
            models.CheckConstraint(
                condition=Q(written_off_minor=0, written_off_at=None)
                | Q(
                    written_off_minor__gt=0,
                    written_off_minor__lte=models.F("amount_minor"),
                    written_off_at__isnull=False,
                ),
                name="charge_written_off_up_to_its_amount",
            ),
        ]

    def __str__(self):
        return self.external_id

    @property
    def counted_minor(self):
        """What of it counts as a debt at all: written-off debts do not."""
        return self.amount_minor - self.written_off_minor


class Payment(Row):
    """Money that moved, recorded once for each external id. What was taken back is a row of its own."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("Payment")
        REFUND = "refund", _("Refund")
        CHARGEBACK = "chargeback", _("Chargeback")
        REVERSAL = "reversal", _("Chargeback won")

    TAKEN_BACK = (Kind.REFUND, Kind.CHARGEBACK)

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="payments")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    external_id = models.CharField(_("number of the payment"), max_length=80)
    refers_to = models.CharField(_("belongs to payment"), max_length=80, blank=True)
    amount_minor = models.BigIntegerField(_("amount"), help_text=_("In minor units, never negative."))
    currency = models.CharField(_("currency"), max_length=3)
    paid_at = models.DateTimeField(_("paid"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    entry = models.UUIDField(_("recorded by entry"))
    confirmed_entry = models.UUIDField(
        _("confirmed by entry"), null=True, help_text=_("The client's own system told of it, not somebody's keyboard.")
    )

    objects = tenant_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ("-paid_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["client", "external_id"], name="payment_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_has_an_amount"),
        ]

    def __str__(self):
        return self.external_id

    @property
    def is_confirmed(self):
        return self.confirmed_entry is not None

    @property
    def effect_minor(self):
        """By how much it changes what the account owes."""
        return self.amount_minor if self.kind in self.TAKEN_BACK else -self.amount_minor


class OverdueLadder(Row):
    """What happens to whoever does not pay, by the age of the oldest unpaid debt. One a client."""

    class Action(models.TextChoices):
        REMIND = "remind", _("Remind the member")
        HOLD = "hold", _("Hold the account")
        SUSPEND = "suspend", _("Suspend the account")

    client = models.OneToOneField(Client, models.CASCADE, related_name="overdue_ladder", verbose_name=_("client"))
    steps = models.JSONField(
        _("steps"), default=list, help_text=_('Days since the debt was due, and what happens: [[30, "remind"], ...]')
    )
    is_active = models.BooleanField(_("in use"), default=True)

    objects = tenant_manager()
    history = HistoricalRecords(history_id_field=models.BigAutoField(), no_db_index=["client"])

    class Meta:
        verbose_name = _("overdue ladder")
        verbose_name_plural = _("overdue ladders")

    def __str__(self):
        return str(self.client)
