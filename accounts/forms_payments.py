"""What people type about money that moved. Whether it is so, the services and the client's system say."""

from datetime import UTC, datetime, time

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import MoneyField, ReasonField, Words
from accounts.models import Payment
from accounts.zones import zone


class PaymentForm(forms.Form):
    """A payment that somebody has seen. The day is one of the client's."""

    kind = forms.ChoiceField(label=_("What"), choices=Payment.Kind.choices)
    external_id = forms.CharField(
        label=_("Number"),
        max_length=80,
        help_text=_("The one under which the client's system or the bank knows it. Each is recorded once."),
    )
    refers_to = forms.CharField(
        label=_("Number of the payment that was taken back"),
        max_length=80,
        required=False,
        help_text=_("For refunds and chargebacks."),
    )

    def __init__(self, *args, account, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone = zone(account.client.time_zone)
        today = datetime.now(self.zone).date()
        self.fields["amount_minor"] = MoneyField(account.currency, label=_("Amount"))
        self.fields["paid_at"] = forms.DateField(
            label=_("Day"),
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "max": today.isoformat()}),
            input_formats=["%Y-%m-%d"],
            initial=today,
        )
        self.fields["reference"] = Words(
            rows=2,
            longest=500,
            required=False,
            label=_("What the bank or the payer wrote"),
            help_text=_("Kept sealed. Card numbers are cut to their last four digits."),
        )

    def clean_paid_at(self):
        """Return the beginning of the day: the hour is not known."""
        moment = datetime.combine(self.cleaned_data["paid_at"], time.min, tzinfo=self.zone)
        if moment > datetime.now(UTC):
            raise forms.ValidationError(_("This day lies in the future."))
        return moment


class WriteOffForm(forms.Form):
    def __init__(self, *args, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"] = ReasonField(reasons)
        self.fields["note"] = Words(rows=3, required=False, label=_("In words"))
