from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.models import Delivery, Event

ALL = [("", _("All"))]


class DeliveryFilter(forms.Form):
    """What the list of messages is narrowed by; ``clients`` are those that whoever asks watches over."""

    client = forms.ChoiceField(label=_("Client"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=ALL + Delivery.Status.choices)
    event = forms.ChoiceField(label=_("Message"), required=False, choices=ALL + Event.choices)

    def __init__(self, data, *, clients):
        super().__init__(data)
        self.clients = clients
        self.fields["client"].choices = ALL + [(client.code, client.name) for client in clients]

    def narrow(self, deliveries):
        """Return the rows that match; the form is valid."""
        chosen = {"client__code": "client", "status": "status", "event_name": "event"}
        wanted = {column: self.cleaned_data[name] for column, name in chosen.items() if self.cleaned_data[name]}
        return deliveries.filter(**wanted)

    def chosen(self):
        """Return the clients that the checked form leaves."""
        return [client for client in self.clients if self.cleaned_data["client"] in ("", client.code)]

    @property
    def is_on(self):
        return any(self.data.get(name) for name in self.fields)
