from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts import debts
from accounts.admin.base import ClientFilter, ScopedAdmin
from accounts.models import OverdueLadder


class LadderForm(forms.ModelForm):
    steps = forms.CharField(
        label=_("Steps"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "One a line: days since the debt was due, and remind, hold or suspend. For example: 30 remind, 40 hold,"
            " 50 suspend, each on its own line."
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["steps"] = "\n".join(f"{days} {action}" for days, action in self.instance.steps)

    def clean_steps(self):
        rows = []
        for line in self.cleaned_data["steps"].splitlines():
            days, _blank, action = line.strip().partition(" ")
            if line.strip():
                rows.append(
                    [int(days) if days.isascii() and days.isdecimal() and len(days) < 9 else days, action.strip()]
                )
        try:
            return [[step.days, step.action] for step in debts.steps_of(rows)]
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


@admin.register(OverdueLadder)
class OverdueLadderAdmin(ScopedAdmin):
    form = LadderForm
    fields = ("client", "steps", "is_active")
    fixed = ("client",)
    list_display = ("client", "is_active")
    list_filter = (ClientFilter,)
    list_select_related = ("client",)
