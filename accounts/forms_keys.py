"""The shape of a key that somebody issues for a program."""

from django import forms
from django.core.validators import MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import OfClientForm
from accounts.filters import LAST_DAY
from accounts.models import ApiKey


class ApiKeyForm(OfClientForm):
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

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].widget.attrs["min"] = timezone.localdate().isoformat()
