"""What is chosen about alerts, and what the list of them is narrowed by."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.row_filter import ALL, RowFilter
from notifications.models import StaffNotice
from notifications.services.alerts import ALWAYS_TOLD, EVENTS, GROUPS


class AlertSettingsForm(forms.Form):
    """For each event whether members hear of it, and which groups of staff do; ``kept`` is what holds now."""

    def __init__(self, data=None, *, kept=None):
        super().__init__(data)
        unsaid, staff = (kept.unsaid, kept.staff) if kept else ([], {})
        for number, (event, label) in enumerate(EVENTS.items()):
            self.fields[f"members_{number}"] = forms.BooleanField(
                label=_("Members"), required=False, initial=event not in unsaid, disabled=event in ALWAYS_TOLD
            )
            self.fields[f"staff_{number}"] = forms.MultipleChoiceField(
                label=label,
                required=False,
                choices=list(GROUPS.items()),
                initial=staff.get(event, []),
                widget=forms.CheckboxSelectMultiple,
            )

    @property
    def lines(self):
        """Yield the name of each event with its two fields."""
        for number, label in enumerate(EVENTS.values()):
            yield label, self[f"members_{number}"], self[f"staff_{number}"]

    def wanted(self):
        """Return what the checked form says, as ``alerts.save`` takes it."""
        chosen = self.cleaned_data
        events = list(enumerate(EVENTS))
        return {
            "unsaid": [name for number, name in events if not chosen[f"members_{number}"] and name not in ALWAYS_TOLD],
            "staff": {name: chosen[f"staff_{number}"] for number, name in events},
        }


class AlertFilter(RowFilter):
    """What the list of alerts to staff is narrowed by."""

    columns = {"status": "status", "case": "about_case"}
    status = forms.ChoiceField(label=_("Status"), required=False, choices=ALL + StaffNotice.Status.choices)
    case = forms.UUIDField(required=False, widget=forms.HiddenInput)
