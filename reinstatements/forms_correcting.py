"""What people type who put right what the record of an ended case says wrong."""

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts import wording
from accounts.fields import ReasonField, Words, WordsForm
from reinstatements import desk_reasons


def words_of_entry(entry):
    """Say which entry it is: its number, what happened, and when."""
    when = date_format(timezone.localtime(entry.occurred_at), "j M Y, H:i")
    return f"{entry.number} · {wording.of(entry.subject_type, entry.action).label} · {when}"


class CorrectForm(WordsForm):
    """``entries`` are ``(number, words)`` of the entries that may be corrected, newest first."""

    def __init__(self, *args, entries, **kwargs):
        super().__init__(*args, auto_id="correct_%s", **kwargs)
        self.fields["number"] = forms.TypedChoiceField(
            label=_("What is wrong"), coerce=int, choices=[("", _("Choose an entry")), *entries]
        )
        self.fields["reason"] = ReasonField(desk_reasons.CORRECT)
        self.fields["note"] = Words(
            rows=2,
            label=_("What is right"),
            help_text=_("A new entry says it. The old one stays and is marked as corrected."),
        )
