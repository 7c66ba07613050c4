"""What is typed while somebody is on the telephone. What of it is right, the services say."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.call_questions import QUESTIONS
from accounts.digests import MAX_QUERY_LETTERS
from accounts.fields import Words
from accounts.models import ContactAttempt, Representative
from accounts.models.settings import Asked
from accounts.services.contacting import LONGEST_NAME

HOLDER = "holder"


class NumberForm(forms.Form):
    """Sent, never in an address: a number is personal data."""

    number = forms.CharField(
        label=_("Phone number"),
        max_length=MAX_QUERY_LETTERS,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "autofocus": True}),
        help_text=_("In any notation. A name, a mail address and an account number are found too."),
    )


class CallForm(forms.Form):
    """Who speaks, and what they answer. The words go no further than the comparison."""

    speaker = forms.ChoiceField(label=_("Who speaks"))
    turn = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args, standing, representatives, **kwargs):
        super().__init__(*args, initial={"turn": standing.turn, "speaker": HOLDER}, **kwargs)
        self.representatives = {str(row.pk): row for row, _name in representatives}
        self.fields["speaker"].choices = [
            (HOLDER, _("The holder")),
            *((str(row.pk), f"{name} ({row.get_scope_display()})") for row, name in representatives),
        ]
        self.asked = standing.asked
        for code in standing.asked:
            self.fields[code] = forms.CharField(
                label=Asked(code).label,
                help_text=QUESTIONS[code].help,
                max_length=300,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    @property
    def said(self):
        return {
            "turn": self.cleaned_data["turn"],
            "answers": {code: self.cleaned_data[code] for code in self.asked},
            "representative": self.representatives.get(self.cleaned_data["speaker"]),
        }


class AttemptForm(forms.Form):
    direction = forms.ChoiceField(label=_("Who called"), choices=ContactAttempt.Direction.choices)
    outcome = forms.ChoiceField(label=_("What came of it"), choices=ContactAttempt.Outcome.choices)
    call_back_at = forms.DateTimeField(
        label=_("Call back at"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    note = Words(rows=2, required=False, label=_("Note"), help_text=_("Kept sealed."))


class RepresentativeForm(forms.Form):
    name = Words(rows=0, longest=LONGEST_NAME, label=_("Name"))
    scope = forms.ChoiceField(label=_("What they may do"), choices=Representative.Scope.choices)
    valid_until = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
