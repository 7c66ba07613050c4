"""What people type about who works on what: a reason to take over, a colleague, an absence, somebody's skills."""

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import ReasonField, Words, WordsForm
from accounts.grants import Role
from reinstatements import desk_reasons
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.models import Skills
from reinstatements.models.request import Kind
from reinstatements.services.waiting import LONGEST

MOMENT = "%Y-%m-%dT%H:%M"


class NoteForm(WordsForm):
    note = Words(rows=2, label=_("Note"), help_text=_("Stands on the timeline, sealed. The member does not see it."))


class ReleaseForm(WordsForm):
    note = Words(rows=2, label=_("What the next one should know"), required=False)


class WhyForm(WordsForm):
    """One of our own reasons, and a note for whoever wonders."""

    reasons: list = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"] = ReasonField(self.reasons)
        self.fields["note"] = Words(rows=2, label=_("Note"), required=False)


class TakeOverForm(WhyForm):
    reasons = desk_reasons.TAKE_OVER


class SkipForm(WhyForm):
    reasons = desk_reasons.SKIP


class ClientWhyForm(WordsForm):
    """Why somebody at the client pauses a case or has it climb, in a code and in words."""

    def __init__(self, *args, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"] = ReasonField(reasons)
        self.fields["note"] = Words(rows=2, label=_("Why, in words"))


class CommentForm(WordsForm):
    note = Words(rows=2, label=_("Comment"), help_text=_("Whoever works on the case reads it. The member does not."))


class LiftForm(WordsForm):
    note = Words(rows=2, label=_("What was settled"), required=False)


class AskMemberForm(WordsForm):
    """What the member reads, and a note for colleagues."""

    asked = Words(
        rows=2,
        longest=LONGEST,
        label=_("What the member is to send or do"),
        help_text=_("The member reads just these words. Write in their language."),
    )
    note = Words(rows=0, longest=LONGEST, label=_("Note for colleagues"), required=False)


class AnswerForm(WordsForm):
    answer = Words(rows=3, label=_("What the member answered"), help_text=_("And how: by phone, by mail, in a letter."))


class FileForm(forms.Form):
    def __init__(self, *args, checks, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"] = forms.FileField(
            label=_("File"),
            help_text=_("PDF, PNG or JPEG, 8 MB at most."),
            widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
        )
        choices = [("", _("The case as a whole")), *((row.code, CATALOGUE[row.code].label) for row in checks)]
        self.fields["check_code"] = forms.ChoiceField(choices=choices, label=_("What it proves"), required=False)


class AssignForm(WordsForm):
    """``people`` are the logins that work the client's cases, in the words that one chooses by."""

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(user.pk): user for user, _words in people}
        choices = [("", _("Choose somebody")), *((str(user.pk), words) for user, words in people)]
        self.fields["worker"] = forms.ChoiceField(choices=choices, label=_("Who works on it"))
        self.fields["note"] = Words(rows=2, label=_("A word to them"), required=False)

    def clean_worker(self):
        return self.people[self.cleaned_data["worker"]]


class BulkApproveForm(WordsForm):
    def __init__(self, *args, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"] = ReasonField(reasons)
        self.fields["note"] = Words(rows=2, label=_("Note"), required=False)


class AbsenceForm(WordsForm):
    """A time in which somebody is away, in the time zone of whoever types it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, label in (("starts_at", _("From")), ("ends_at", _("Until"))):
            self.fields[name] = forms.DateTimeField(
                label=label,
                input_formats=[MOMENT, "%Y-%m-%dT%H:%M:%S"],
                widget=forms.DateTimeInput(format=MOMENT, attrs={"type": "datetime-local"}),
                error_messages={"invalid": _("Write day and time, such as 2026-11-30T08:00.")},
            )
        self.fields["note"] = Words(
            rows=2,
            label=_("What whoever takes over should know"),
            required=False,
            help_text=_("Stands on each case that is handed over."),
        )

    @staticmethod
    def begin():
        return {"starts_at": timezone.localtime().strftime(MOMENT)}


class SkillsForm(forms.ModelForm):
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of case"),
        choices=Kind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means every kind."),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages of the member"),
        choices=settings.MESSAGE_LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means every language."),
    )

    class Meta:
        model = Skills
        fields = ("takes_cases", "kinds", "languages", "most")


class DefinitionForm(forms.Form):
    """A queue of one's own, or for roles where one is a supervisor."""

    name = forms.CharField(label=_("Name"), max_length=60)
    roles = forms.MultipleChoiceField(
        label=_("Who works from it"),
        required=False,
        choices=[(role.value, role.label) for role in Role if role != Role.ADMINISTRATOR],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nobody chosen means yourself alone."),
    )

    def __init__(self, *args, may_share, **kwargs):
        super().__init__(*args, auto_id="define_%s", **kwargs)
        if not may_share:
            del self.fields["roles"]


class InviteForm(forms.Form):
    """Whom to ask at the client: one of those who approve for it."""

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(user.pk): user for user in people}
        choices = [("", _("Choose somebody")), *((str(user.pk), str(user)) for user in people)]
        self.fields["user"] = forms.ChoiceField(choices=choices, label=_("Who is asked"))

    def clean_user(self):
        return self.people[self.cleaned_data["user"]]


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        help_text=_("Eight digits, in the second mail."),
    )
