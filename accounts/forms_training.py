"""What is typed about a training."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DayField(forms.DateField):
    def __init__(self, **kwargs):
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **kwargs)


class TrainingForm(forms.Form):
    subject = forms.CharField(label=_("Training"), max_length=120)
    completed_on = DayField(label=_("Completed on"), initial=timezone.localdate)
    valid_until = DayField(label=_("Valid until"))
