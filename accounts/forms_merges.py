"""What people type when accounts are merged. Whether it can be done, the services say."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import ReasonField, Words


class IntoForm(forms.Form):
    """Which account stays."""

    into = forms.CharField(
        label=_("Number of the account that stays"),
        max_length=60,
        help_text=_("An account of the same client. Nothing is done before you and another person have seen both."),
    )


class ReasonForm(forms.Form):
    """A reason of the client, and words beside it."""

    def __init__(self, *args, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"] = ReasonField(reasons)
        self.fields["note"] = Words(rows=3, required=False, label=_("In words"))


class ConfirmForm(forms.Form):
    note = Words(rows=2, required=False, label=_("In words"))
