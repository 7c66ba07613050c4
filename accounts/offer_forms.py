"""What the list of offers is narrowed by, and the form that redeems one."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.forms import Words
from accounts.models import Offer


class OfferFilterForm(forms.Form):
    """``chosen`` are the clients that the address leaves; none where it names one that is not among ``clients``."""

    client = forms.ChoiceField(label=_("Client"), required=False)
    standing = forms.ChoiceField(label=_("Standing"), required=False, choices=[("", _("All")), *Offer.Standing.choices])

    def __init__(self, data=None, *, clients):
        wanted = (data or {}).get("client", "")
        self.chosen = [client for client in clients if wanted in ("", client.code)]
        super().__init__(data)
        self.fields["client"].choices = [("", _("All")), *((client.code, client.name) for client in clients)]
        if len(clients) < 2:
            del self.fields["client"]

    def narrowed(self, rows):
        rows = rows.filter(client__in=self.chosen)
        which = self.cleaned_data["standing"]
        return rows.standing(which, timezone.localdate()) if which else rows


class RedeemForm(forms.Form):
    code = forms.CharField(
        label=_("Code of the offer"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    note = Words(rows=2, label=_("In words"), required=False)
