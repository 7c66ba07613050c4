"""The shape of what people send about a whole account: one form for each thing that can be done to it."""

from datetime import datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import ReasonField, Words, WordsForm
from accounts.membership_forms import INITIATORS, DayField
from accounts.models import Restriction
from accounts.models.settings import settings_of
from accounts.services.guidelines import Outcome
from accounts.services.lifecycle import CAUSES_OF_DEACTIVATION
from accounts.zones import zone

DAY = timedelta(days=1)


class DeedForm(WordsForm):
    """Why, and a note; the forms below add what is theirs. Days are days of the client."""

    def __init__(self, *args, client, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.client, self.zone = client, zone(client.time_zone)
        self.today = timezone.now().astimezone(self.zone).date()
        self.add_fields()
        self.fields["reason"] = ReasonField(reasons)
        self.fields["note"] = Words(rows=2, label=_("Note"), required=False, help_text=_("Kept sealed, on the record."))
        self.add_confirmation()

    def add_fields(self):
        """Add the fields that only this form has, above the others."""

    def add_confirmation(self):
        """Add what has to be ticked before the button is pressed, below the others."""

    def add_end(self, help_text, **kwargs):
        self.fields["ends_at"] = DayField(label=_("Last day"), help_text=help_text, required=False, **kwargs)
        self.fields["ends_at"].widget.attrs["min"] = self.today.isoformat()

    def clean_ends_at(self):
        """Return the moment at which the last day is over, in the client's time zone."""
        day = self.cleaned_data["ends_at"]
        if day is None:
            return None
        if day < self.today:
            raise forms.ValidationError(_("This day has passed."))
        return datetime.combine(day + DAY, time.min, tzinfo=self.zone)


class SuspendForm(DeedForm):
    def add_fields(self):
        choices = [("", _("Choose a cause")), *Restriction.Kind.choices]
        self.fields["kind"] = forms.ChoiceField(label=_("Cause"), choices=choices)
        self.add_end(_("Then it ends by itself. Without one, an approved reinstatement ends it."))


class EndForm(DeedForm):
    def add_fields(self):
        self.add_end(_("Without one, only an approved reinstatement ends the suspension."))


class ReviewForm(DeedForm):
    def add_fields(self):
        settings = settings_of(self.client)
        self.fields["tell"] = forms.BooleanField(
            label=_("Tell the member, now and when it ends"), required=False, initial=settings.review_tells
        )
        last = self.today + settings.review_days * DAY
        self.add_end(_("The review ends by itself when this day is over, if nobody ended it before."), initial=last)


class InitiatorForm(DeedForm):
    def add_fields(self):
        self.fields["initiator"] = forms.ChoiceField(
            label=_("Who wants it?"), choices=INITIATORS, widget=forms.RadioSelect
        )


class DeactivateForm(InitiatorForm):
    def add_fields(self):
        causes = [(kind.value, kind.label) for kind in CAUSES_OF_DEACTIVATION]
        self.fields["kind"] = forms.ChoiceField(label=_("Cause"), choices=[("", _("Choose a cause")), *causes])
        super().add_fields()


class CloseForm(InitiatorForm):
    def add_confirmation(self):
        self.fields["confirmed"] = forms.BooleanField(
            label=_("I have read what closing brings about. It is final."),
            error_messages={"required": _("Confirm that you have read it.")},
        )


class GuidelineForm(WordsForm):
    """How one guideline of a review was followed."""

    outcome = forms.ChoiceField(choices=Outcome)
    note = Words(rows=0, required=False)


FORMS = {
    "suspend": SuspendForm,
    "change_suspension": EndForm,
    "put_under_review": ReviewForm,
    "deactivate": DeactivateForm,
    "close": CloseForm,
}
