"""What people type about a case: shape, limits and formats. Whether it may be done is the services' affair."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import reasons as reason_codes
from accounts import standins
from accounts.fields import MoneyField, ReasonField, Words, WordsForm
from accounts.models import ReasonCode
from reinstatements import drawing
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.models import Check, ReinstatementRequest
from reinstatements.models.request import Kind

LONGEST_REFERENCE = 200
LONGEST_FACTS = 256 * 1024
OLDEST_EVIDENCE = timedelta(days=10 * 365)


class OpenForm(WordsForm):
    def __init__(self, *args, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["resume_reason"] = ReasonField(reasons)
        self.fields["resume_reason"].label = _("Why should service resume?")
        self.fields["statement"] = Words(
            rows=5,
            label=_("In words"),
            help_text=_("What the member did or explained. Whoever decides reads this first."),
        )


class DecisionForm(WordsForm):
    """A reason code, and words wherever a colleague must be able to follow it."""

    def __init__(self, *args, reasons, words, preselected="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"] = ReasonField(reasons, initial=preselected)
        self.fields["note"] = Words(rows=2, **words)


class SendForm(WordsForm):
    note = Words(rows=2, label=_("Note to whoever decides"), required=False)


class WaiverForm(WordsForm):
    """Why a case should go without a check, or why it should not."""

    note = Words(rows=2, label=_("Why, in words"))


class WaiverDecisionForm(WordsForm):
    """Whether a case goes without a check; words are needed where it does not."""

    note = Words(rows=2, label=_("Note"), help_text=_("Needed where the waiver is refused."), required=False)


class ReviewForm(WordsForm):
    """What somebody found who looked again at the decision of a rule."""

    finding = forms.ChoiceField(
        label=_("What did you find?"),
        choices=[("", _("Choose")), ("in_order", _("In order")), ("not_in_order", _("Not in order"))],
    )
    note = Words(rows=2, label=_("Note"), help_text=_("Needed where something is not in order."), required=False)


class EvidenceForm(WordsForm):
    """The typed evidence of one check. A check that failed may lack what could not be found."""

    def __init__(self, *args, check, outcome=Check.Outcome.MET, **kwargs):
        super().__init__(*args, auto_id=f"{check.code}_%s", **kwargs)
        self.spec = CATALOGUE[check.code]
        today = timezone.now().astimezone(ZoneInfo(check.case.client.time_zone)).date()
        for field in self.spec.fields:
            self.fields[field.name] = evidence_field(
                field, check.case.account.currency, today, is_met=outcome == Check.Outcome.MET
            )

    def split(self):
        """Return what was typed as ``(facts, evidence)``: codes, amounts and dates, and what is personal."""
        facts, personal = {}, {}
        for field in self.spec.fields:
            value = self.cleaned_data[field.name]
            if value not in (None, ""):
                (personal if field.personal else facts)[field.name] = (
                    value.isoformat() if field.kind == "date" else value
                )
        return facts, personal


def evidence_field(spec, currency, today, *, is_met):
    common = {"label": spec.label, "help_text": spec.help, "required": is_met and spec.required}
    if spec.kind == "choice":
        return forms.ChoiceField(choices=[("", _("Choose")), *spec.choices], **common)
    if spec.kind == "money":
        return MoneyField(currency, **common)
    if spec.kind == "date":
        return EvidenceDate(today, lies_ahead=spec.name.endswith("_until"), is_met=is_met, **common)
    return Words(rows=0, longest=LONGEST_REFERENCE, **common)


class EvidenceDate(forms.DateField):
    """A day that must have come, or, for something that is valid until then, must not have passed."""

    def __init__(self, today, *, lies_ahead, is_met, **kwargs):
        limits = {} if lies_ahead else {"max": today.isoformat()}
        super().__init__(
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **limits}),
            error_messages={
                "invalid": _("Write the date as year, month and day, such as %s.") % today.isoformat(),
            },
            **kwargs,
        )
        self.today, self.lies_ahead, self.is_met = today, lies_ahead, is_met

    def clean(self, value):
        day = super().clean(value)
        if day is None:
            return None
        if self.lies_ahead and self.is_met and day < self.today:
            raise forms.ValidationError(_("This date has passed, so it proves nothing. Record the check as failed."))
        if not self.lies_ahead and day > self.today:
            raise forms.ValidationError(_("This date lies in the future."))
        if day < self.today - OLDEST_EVIDENCE:
            raise forms.ValidationError(_("This date is more than ten years ago."))
        return day


Status = ReinstatementRequest.Status
HELD = [("", _("Anybody")), ("me", _("Me")), ("nobody", _("Nobody")), ("others", _("Others"))]
DUE = [("", _("At any time")), ("late", _("Past due")), ("soon", _("In two hours")), ("today", _("In 24 hours"))]
SORTS = [("", _("As usual")), ("due", _("Due first")), ("newest", _("Newest first"))]


class QueueForm(forms.Form):
    """How a list of cases is narrowed. Account numbers and case codes only: no personal data stands in an address."""

    client = forms.ChoiceField(required=False, label=_("Client"))
    kind = forms.ChoiceField(required=False, choices=[("", _("All kinds")), *Kind.choices], label=_("Kind"))
    status = forms.ChoiceField(
        required=False,
        choices=[("", _("Any")), *((value, Status(value).label) for value in ReinstatementRequest.OPEN)],
        label=_("Status"),
    )
    held = forms.ChoiceField(required=False, choices=HELD, label=_("Worked by"))
    due = forms.ChoiceField(required=False, choices=DUE, label=_("Due"))
    sort = forms.ChoiceField(required=False, choices=SORTS, label=_("Order"))
    columns = forms.MultipleChoiceField(
        required=False,
        choices=[(name, label) for name, (label, _draw) in drawing.COLUMNS.items()],
        label=_("Columns"),
        widget=forms.CheckboxSelectMultiple,
    )
    q = forms.CharField(required=False, max_length=60, label=_("Case or account"))

    def __init__(self, *args, clients, **kwargs):
        super().__init__(*args, **kwargs)
        self.clients = {client.code: client for client in clients}
        field = self.fields["client"]
        field.choices = [("", _("All clients")), *((client.code, client.name) for client in clients)]
        if len(clients) < 2:
            field.widget = forms.HiddenInput()

    def narrow(self, cases, user):
        """Return those of ``cases`` that the checked form asks for, as ``user`` looks at them."""
        wanted, now = self.cleaned_data, standins.now(user)
        if wanted["status"]:
            cases = cases.filter(status=wanted["status"])
        if wanted["held"] == "me":
            cases = cases.filter(worker=user)
        elif wanted["held"] == "nobody":
            cases = cases.filter(worker=None)
        elif wanted["held"] == "others":
            cases = cases.filter(worker__isnull=False).exclude(worker=user)
        if wanted.get("due"):
            limit = {"late": timedelta(), "soon": timedelta(hours=2), "today": timedelta(days=1)}[wanted["due"]]
            cases = cases.filter(due_at__lt=now + limit)
        if wanted["client"]:
            cases = cases.filter(client=self.clients[wanted["client"]])
        if wanted["kind"]:
            cases = cases.filter(kind=wanted["kind"])
        if wanted["q"]:
            begins = Q(code__startswith=wanted["q"].upper()) | Q(account__number__istartswith=wanted["q"])
            cases = cases.filter(begins)
        return cases

    def chosen(self):
        """Return the clients that the checked form leaves."""
        return [client for code, client in self.clients.items() if self.cleaned_data["client"] in ("", code)]

    def order(self, usual):
        """Return the order that the checked form asks for, else the queue's own."""
        return {"due": ("due_at", "id"), "newest": ("-opened_at", "-id")}.get(self.cleaned_data["sort"], usual)

    @property
    def shown_columns(self):
        chosen = self.cleaned_data.get("columns") if self.is_bound and self.is_valid() else None
        return chosen or drawing.USUAL

    @property
    def looks(self):
        """What the form has in common with every other that looks the same; nothing where something was typed."""
        if not self.is_valid() or self["q"].value():
            return None
        chosen = tuple((name, str(value)) for name, value in self.cleaned_data.items() if value)
        return get_language(), tuple((code, client.name) for code, client in self.clients.items()), chosen

    @property
    def first_fields(self):
        """The fields that stand in the open: by these one looks for something."""
        return [self[name] for name in ("client", "kind", "q") if not self[name].is_hidden]

    @property
    def more_fields(self):
        return [self[name] for name in ("status", "held", "due", "sort", "columns")]

    @property
    def has_more(self):
        is_other = any(self[name].value() for name in ("status", "held", "due", "sort"))
        return is_other or self["columns"].value() not in (None, [], drawing.USUAL)

    @property
    def is_narrowed(self):
        return any(self[name].value() for name in ("client", "kind", "status", "held", "due", "q"))


def reasons_by_use(case, rows=None):
    """Return ``{use: [(code, label), ...]}`` of what the client's staff choose from, and what the case asks for.

    ``rows`` are the client's reason codes in their order, where they were read already.
    """
    found = {}
    for row in reason_codes.of(case.client_id) if rows is None else rows:
        if row.is_active or (row.use == ReasonCode.Use.RESUME and row.code == case.resume_reason):
            found.setdefault(row.use, []).append((row.code, row.label))
    return found


WORDS = {
    "statement": _("Why service should resume"),
    "note": _("Your words"),
    "reference": _("Reference"),
    "response": _("What the customer was told"),
    "before": _("As it stood"),
    "after": _("As it is right"),
}


def typed(data):
    """Return the words of a form that could not be used, as ``(label, text)``, to be shown again."""
    return [(label, data[name]) for name, label in WORDS.items() if data.get(name, "").strip()]
