"""What is typed about the answer of a linked system."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import ReasonField, Words, WordsForm
from reinstatements.linked_systems import FAILURES


class ConfirmedForm(WordsForm):
    reference = forms.CharField(
        label=_("Reference"),
        max_length=60,
        help_text=_("The number that the system gave to what it did, such as NET-2026-1187."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class NotConfirmedForm(ConfirmedForm):
    reason = ReasonField(FAILURES)
    note = Words(rows=2, required=False, label=_("Your words"))


class AgainForm(WordsForm):
    note = Words(rows=2, required=False, label=_("Your words"))


class ReconsiderForm(WordsForm):
    note = Words(rows=2, label=_("What has changed"))
