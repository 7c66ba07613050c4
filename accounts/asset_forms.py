"""The forms of what a customer uses: putting it down, and that they do not have it any more."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import Words
from accounts.models import Asset
from accounts.services.assets import LONGEST


class AssetForm(forms.Form):
    kind = forms.ChoiceField(label=_("What it is"))
    identifier = forms.CharField(label=_("Its number or name"), max_length=LONGEST, help_text=_("Kept sealed."))
    stays = forms.BooleanField(label=_("Stays in service while the account is stopped"), required=False)
    reason = forms.ChoiceField(label=_("Reason"))
    note = Words(rows=2, label=_("In words"), required=False)

    def __init__(self, *args, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("Choose what it is")), *Asset.Kind.choices]
        self.fields["reason"].choices = [("", _("Choose a reason")), *reasons]


class RemoveAssetForm(forms.Form):
    asset = forms.ChoiceField(label=_("What they do not have any more"))
    reason = forms.ChoiceField(label=_("Reason"))

    def __init__(self, *args, reasons, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["asset"].choices = [("", _("Choose one")), *offered]
        self.fields["reason"].choices = [("", _("Choose a reason")), *reasons]
