"""What is typed about linked systems, and what the lists of their messages are narrowed by."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import systems
from accounts.fields import ReasonField, Words, WordsForm
from accounts.row_filter import ALL, RowFilter
from accounts.services.billing import SETTLED
from notifications.models import LinkedSystem, WebhookDelivery


class LinkedSystemForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    kind = forms.ChoiceField(label=_("Kind"), choices=list(systems.KINDS.items()))
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Where messages are sent, such as https://network.example.com/reinstate."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    takes_restoring = forms.BooleanField(
        label=_("Restoring access"),
        required=False,
        help_text=_("It is asked when a case waits for this kind of system, and answers."),
    )
    takes_billing = forms.BooleanField(
        label=_("Billing"), required=False, help_text=_("It is told what to charge from when on, and answers.")
    )
    takes_status = forms.BooleanField(
        label=_("Status changes"),
        required=False,
        help_text=_("It is told when an account or a membership stops, comes back or changes."),
    )
    answer_hours = forms.IntegerField(label=_("Hours to answer about billing"), min_value=1, max_value=720, initial=24)


class NewLinkedSystemForm(LinkedSystemForm):
    client = forms.ChoiceField(label=_("Client"))
    field_order = ("client",)

    def __init__(self, *args, clients, **kwargs):
        super().__init__(*args, **kwargs)
        self.clients = clients
        self.fields["client"].choices = [(client.code, client.name) for client in clients]

    def clean_client(self):
        return next(client for client in self.clients if client.code == self.cleaned_data["client"])


class WebhookFilter(RowFilter):
    """What the list of messages to linked systems is narrowed by."""

    columns = {"topic": "topic", "status": "status"}
    topic = forms.ChoiceField(label=_("About"), required=False, choices=ALL + LinkedSystem.Topic.choices)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=ALL + WebhookDelivery.Status.choices)
    answer = forms.ChoiceField(
        label=_("Acknowledgement"),
        required=False,
        choices=[*ALL, ("waiting", _("Not yet")), *WebhookDelivery.Answer.choices],
    )

    def narrow(self, rows):
        rows = super().narrow(rows)
        if self.cleaned_data["answer"] == "waiting":
            return rows.filter(answer="", topic__in=("restoring", "billing"))
        return rows.filter(answer=self.cleaned_data["answer"]) if self.cleaned_data["answer"] else rows


class SettleForm(WordsForm):
    reason = ReasonField(SETTLED)
    note = Words(rows=2, label=_("What was done"))
