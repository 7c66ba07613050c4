"""What people type about an appeal: who makes it, how and when it came, and what the member says."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import Words, WordsForm
from accounts.models import CustomerQuery
from reinstatements.forms_desk import MOMENT

HOLDER = "holder"


class AppealForm(WordsForm):
    """``representatives`` are ``(row, name)`` of those who ask for service back in the holder's place."""

    def __init__(self, *args, representatives, **kwargs):
        super().__init__(*args, auto_id="appeal_%s", **kwargs)
        self.representatives = {str(row.pk): row for row, _name in representatives}
        people = [(key, name) for key, (_row, name) in zip(self.representatives, representatives, strict=True)]
        self.fields["speaker"] = forms.ChoiceField(
            label=_("Who appeals"), choices=[(HOLDER, _("The holder")), *people], initial=HOLDER
        )
        self.fields["channel"] = forms.ChoiceField(
            label=_("How it came"), choices=[("", _("Choose")), *CustomerQuery.Channel.choices]
        )
        self.fields["received_at"] = forms.DateTimeField(
            label=_("Received"),
            input_formats=[MOMENT, "%Y-%m-%dT%H:%M:%S"],
            widget=forms.DateTimeInput(format=MOMENT, attrs={"type": "datetime-local"}),
            error_messages={"invalid": _("Write day and time, such as 2026-11-30T08:00.")},
            help_text=_("It counts when it came, not when it is put down here."),
        )
        self.fields["statement"] = Words(
            rows=5,
            label=_("What the member says"),
            help_text=_("Kept sealed. Whoever decides the appeal reads it first."),
        )

    @staticmethod
    def begin():
        return {"received_at": timezone.localtime().strftime(MOMENT)}

    @property
    def said(self):
        """Return what the service asks for. A minute that is named is counted to the present at the most."""
        told = {name: self.cleaned_data[name] for name in ("channel", "received_at", "statement")}
        return told | {"representative": self.representatives.get(self.cleaned_data["speaker"])}
