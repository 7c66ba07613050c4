from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts import review_guidelines
from accounts.admin.base import ClientFilter, ScopedAdmin
from accounts.grants import TRAINED, Role
from accounts.models import AccountSettings
from accounts.models.settings import Asked, Blocked, Required


class Days(forms.CharField):
    """A few numbers of days, with commas between them; how many and which is the model's to say."""

    def prepare_value(self, value):
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value):
        words = super().to_python(value).replace(",", " ").split()
        return sorted(
            (int(word) if word.isascii() and word.isdigit() and len(word) < 6 else word for word in words), key=str
        )

    def has_changed(self, initial, data):
        return self.prepare_value(initial) != data


class Roles(forms.MultipleChoiceField):
    """Roles, kept as their codes with commas between them."""

    def prepare_value(self, value):
        return value.split(",") if isinstance(value, str) else value

    def clean(self, value):
        return ",".join(super().clean(value))

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial) if initial else [], data)


class Guidelines(forms.CharField):
    """The guidelines of a review, one a line."""

    widget = forms.Textarea(attrs={"rows": 6, "cols": 80})

    def prepare_value(self, value):
        return review_guidelines.written(value) if isinstance(value, list) else value

    def to_python(self, value):
        return review_guidelines.parsed(super().to_python(value))

    def has_changed(self, initial, data):
        return self.prepare_value(initial or []).split("\n") != (data or "").split("\r\n")


class SettingsForm(forms.ModelForm):
    required = forms.MultipleChoiceField(
        label=_("Required before an account is activated"),
        choices=Required,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What is there and wrong, such as an address that no mail reaches, keeps it pending as well."),
    )
    review_blocks = forms.MultipleChoiceField(
        label=_("Stopped while under review"),
        choices=Blocked,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A reinstatement always is."),
    )
    review_guidelines = Guidelines(
        label=_("Guidelines of a review"),
        required=False,
        help_text=_(
            "One a line, such as: Ask where the money comes from. What is for one country only begins with its code in"
            " brackets, such as [DE]. A person ends a review when each was followed."
        ),
    )
    call_questions = forms.MultipleChoiceField(
        label=_("What a caller is asked"),
        choices=Asked,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What is not on file of a customer is not asked."),
    )
    training_roles = Roles(
        label=_("Roles that ask for a training"),
        choices=[choice for choice in Role.choices if choice[0] in TRAINED],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Whoever has no valid training is shut out of the role from this moment on. Record trainings first."
        ),
    )
    renewal_reminders = Days(
        label=_("Reminders of a renewal, days before"),
        required=False,
        max_length=40,
        help_text=_("Such as 30, 7. Each comes once for each term; none where it is empty."),
    )
    offer_days = Days(
        label=_("Offers to come back, days after a membership has expired"),
        required=False,
        max_length=40,
        help_text=_("Such as 7, 30. Each comes once after each expiry, with a code; none where it is empty."),
    )
    trial_reminders = Days(label=_("Reminders of the end of a trial, days before"), required=False, max_length=40)

    def clean(self):
        cleaned = super().clean()
        asked, count = cleaned.get("call_questions"), cleaned.get("call_asked")
        if asked and count and count > len(asked):
            self.add_error("call_asked", _("More questions than there are to choose from."))
        return cleaned


@admin.register(AccountSettings)
class AccountSettingsAdmin(ScopedAdmin):
    form = SettingsForm
    fields = (
        "client",
        "required",
        "review_days",
        "review_blocks",
        "review_tells",
        "review_guidelines",
        "retention_months",
        "renewal_reminders",
        "trial_reminders",
        "offer_days",
        "offer_valid_days",
        "ends_need_two",
        "training_roles",
        "call_questions",
        "call_asked",
        "call_attempts",
        "call_lock_minutes",
    )
    fixed = ("client",)
    list_display = ("client", "review_days", "retention_months")
    list_filter = (ClientFilter,)
    list_select_related = ("client",)
