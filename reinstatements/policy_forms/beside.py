"""What stands beside a policy's rules: the case that is imagined to try them, and the day they begin."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import MoneyField
from accounts.models import Restriction, Signal
from reinstatements.policies import conditions
from reinstatements.policy_forms.rows import NUMBER


class ProfileForm(forms.Form):
    """The facts of a case that is only imagined, to see what a policy would ask of it."""

    restrictions = forms.MultipleChoiceField(
        label=_("Open restrictions"), choices=Restriction.Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    owed_minor = forms.CharField(label=_("Balance owed"), required=False)
    stopped_reason = forms.ChoiceField(label=_("Why it stopped"), required=False)
    risk_reasons = forms.MultipleChoiceField(
        label=_("What raises the risk"),
        choices=conditions.RISK_REASONS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    signals = forms.MultipleChoiceField(
        label=_("Confirmed signals"),
        choices=Signal.Rule.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    account_age_days = forms.IntegerField(
        label=_("Age of the account in days"), required=False, min_value=0, max_value=100_000, widget=NUMBER
    )
    reinstated_before = forms.IntegerField(
        label=_("Earlier reinstatements"), required=False, min_value=0, max_value=1000, widget=NUMBER
    )

    def __init__(self, *args, client, kind, stop_reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.client, self.kind = client, kind
        self.fields["owed_minor"] = MoneyField(client.currency, label=_("Balance owed"), required=False)
        self.fields["stopped_reason"].choices = [("", _("Any")), *stop_reasons]
        self.order_fields(["restrictions", "owed_minor"])

    def profile(self):
        """Return the facts as ``facts.profile`` gives them of a real case."""
        typed = self.cleaned_data
        confirmed = {"signal_confirmed"} if typed["signals"] else set()
        raising = [code for code, _label in conditions.RISK_REASONS if code in confirmed | set(typed["risk_reasons"])]
        return {
            "kind": self.kind,
            "owed_minor": typed["owed_minor"] or 0,
            "currency": self.client.currency,
            "risk": "elevated" if raising else "routine",
            "risk_reasons": raising,
            "industry": self.client.industry,
            "stopped_reason": typed["stopped_reason"] or None,
            "restrictions": sorted(typed["restrictions"]),
            "account_age_days": typed["account_age_days"],
            "reinstated_before": typed["reinstated_before"] or 0,
            "signals": sorted(typed["signals"]),
        }


class InForceForm(forms.Form):
    on = forms.DateField(
        label=_("In force from"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("From midnight where the client is. Empty: from now on. Cases that are open keep their version."),
    )
