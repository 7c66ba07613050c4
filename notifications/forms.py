from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.row_filter import ALL, RowFilter
from notifications.models import Delivery, Event


class DeliveryFilter(RowFilter):
    """What the list of messages is narrowed by."""

    columns = {"status": "status", "event": "event_name"}
    status = forms.ChoiceField(label=_("Status"), required=False, choices=ALL + Delivery.Status.choices)
    event = forms.ChoiceField(label=_("Message"), required=False, choices=ALL + Event.choices)
