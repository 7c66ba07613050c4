"""When a client's rules raise a signal, and when its people work."""

import re

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts import signals
from accounts.admin.base import ClientFilter, ScopedAdmin
from accounts.grants import Role
from accounts.models import SignalSettings

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d|24:00"
LINE = re.compile(rf"(\w{{3}})(?:-(\w{{3}}))?((?: +(?:{CLOCK})-(?:{CLOCK}))+)")
MOST = 10_000


def parse_hours(text):
    """Return what lines such as ``mon-fri 08:00-12:00 13:00-18:00`` say, a list of pairs for each weekday."""
    week = [[] for _day in DAYS]
    for line in filter(None, map(str.strip, text.lower().splitlines())):
        found = LINE.fullmatch(line)
        first, last = (found[1], found[2] or found[1]) if found else ("", "")
        if first not in DAYS or last not in DAYS or DAYS.index(last) < DAYS.index(first):
            raise ValueError(line)
        pairs = [part.split("-") for part in found[3].split()]
        if any(opens >= closes for opens, closes in pairs):
            raise ValueError(line)
        for day in range(DAYS.index(first), DAYS.index(last) + 1):
            week[day] += pairs
    return week if any(week) else []


def hours_text(week):
    rows = [f"{DAYS[day]} {' '.join('-'.join(pair) for pair in pairs)}" for day, pairs in enumerate(week) if pairs]
    return "\n".join(rows)


def parse_limits(text):
    """Return what lines such as ``requests 5`` and ``roles agent supervisor`` say."""
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, *values = line.split()
        if name == "roles" and values and set(values) <= set(Role.values):
            found[name] = values
        elif name in signals.LIMITS and len(values) == 1 and re.fullmatch(r"[0-9]{1,5}", values[0]):
            if not 0 < int(values[0]) <= MOST:
                raise ValueError(line)
            found[name] = int(values[0])
        else:
            raise ValueError(line)
    return found


def limits_text(limits):
    return "\n".join(
        f"{name} {' '.join(value) if isinstance(value, list) else value}" for name, value in limits.items()
    )


class SignalSettingsForm(forms.ModelForm):
    limits = forms.CharField(
        label=_("Limits"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One a line, a name and a number, where it differs from: %s. roles names who takes out of service.")
        % ", ".join(f"{name} {value}" for name, value in signals.LIMITS.items()),
    )
    hours = forms.CharField(
        label=_("Working hours"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("In the client's time zone, such as: mon-fri 08:00-18:00. Without any, no hour is unusual."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["limits"] = limits_text(self.instance.limits)
        self.initial["hours"] = hours_text(self.instance.hours)

    def clean_limits(self):
        return self.read("limits", parse_limits)

    def clean_hours(self):
        return self.read("hours", parse_hours)

    def read(self, name, parse):
        try:
            return parse(self.cleaned_data[name])
        except ValueError as error:
            raise forms.ValidationError(_("This line cannot be read: %s") % str(error)[:80]) from None


@admin.register(SignalSettings)
class SignalSettingsAdmin(ScopedAdmin):
    form = SignalSettingsForm
    fields = ("client", "limits", "hours")
    fixed = ("client",)
    list_display = ("client",)
    list_filter = (ClientFilter,)
    list_select_related = ("client",)
