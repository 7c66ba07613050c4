"""When somebody on the staff works: their weekly hours, and a time away."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from accounts import hours
from accounts.zones import names

DAY_LABELS = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}


class WeekForm(forms.Form):
    """Hours for each day of the week, one field a day, and the time zone that they are read in."""

    LONGEST = 100

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for code in hours.DAYS:
            self.fields[code] = forms.CharField(
                label=DAY_LABELS[code],
                required=False,
                max_length=self.LONGEST,
                widget=forms.TextInput(attrs={"placeholder": _("none"), "autocomplete": "off"}),
            )
        zone = self.initial.get("time_zone", "")
        found = names() if not zone or zone in names() else (*names(), zone)
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone of these hours"), choices=[(name, name) for name in found]
        )

    @property
    def week(self):
        return {code: self.cleaned_data[code] for code in hours.DAYS}


class AwayForm(forms.Form):
    starts_on = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[MaxValueValidator(date(2999, 12, 31))],
    )
    ends_on = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[MaxValueValidator(date(2999, 12, 31))],
    )
