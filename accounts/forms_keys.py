"""The shape of a key that somebody issues for a program."""

from django import forms
from django.core.validators import MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.filters import LAST_DAY
from accounts.models import ApiKey


class ApiKeyForm(forms.Form):
    client = forms.ChoiceField(label=_("Client"))
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("What will use it, such as Nightly reports."))
    scope = forms.ChoiceField(
        label=_("What it may do"),
        choices=ApiKey.Scope.choices,
        help_text=_("Never more than you may. What you are kept away from, it is kept away from."),
    )
    ends_on = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[MaxValueValidator(LAST_DAY)],
        help_text=_("At most a year from now."),
    )

    def __init__(self, *args, clients, **kwargs):
        super().__init__(*args, **kwargs)
        self.clients = {client.code: client for client in clients}
        choices = [(client.code, client.name) for client in clients]
        self.fields["client"].choices = choices if len(choices) == 1 else [("", _("Choose a client")), *choices]
        self.fields["ends_on"].widget.attrs["min"] = timezone.localdate().isoformat()

    def clean_client(self):
        return self.clients[self.cleaned_data["client"]]
