"""What is typed about working time: the filter of the breaches, a priority, and a client's calendar and targets."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import Words, WordsForm
from accounts.forms_shifts import WeekForm
from accounts.grants import CAPABILITIES, Role
from reinstatements import breaches
from reinstatements.forms import QueueForm
from reinstatements.models import ReinstatementRequest
from reinstatements.services.clock_settings import GROUPS, LOGIN, LONGEST_MINUTES, MOST_RUNGS
from reinstatements.sla import UNDECIDED, Priority, Step

WHATS = [
    ("", _("Open, its time is over")),
    (breaches.STEP, _("Open, the time of its step is over")),
    (breaches.ENDED, _("Decided too late")),
]
Status = ReinstatementRequest.Status
IN_TIME_OR_NOT = UNDECIDED | {Status.APPROVED, Status.COMPLETED, Status.DECLINED}
STATUSES = [(value, label) for value, label in Status.choices if value in IN_TIME_OR_NOT]


class BreachForm(QueueForm):
    """How the breaches are narrowed. Each list of them has the order and the columns that tell what is worst."""

    field_order = ("what", "client", "status", "priority", "kind", "held", "q")
    what = forms.ChoiceField(required=False, choices=WHATS, label=_("What"))
    status = forms.ChoiceField(required=False, choices=[("", _("All statuses")), *STATUSES], label=_("Status"))
    priority = forms.ChoiceField(
        required=False, choices=[("", _("All priorities")), *Priority.choices], label=_("Priority")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("due", "sort", "columns"):
            del self.fields[name]

    def narrow(self, cases, user):
        for name in ("status", "priority"):
            if self.cleaned_data[name]:
                cases = cases.filter(**{name: self.cleaned_data[name]})
        return super().narrow(cases, user)

    @property
    def chosen_what(self):
        return self.cleaned_data["what"] or breaches.OPEN

    @property
    def is_narrowed(self):
        return any(field.value() for field in self)


class PriorityForm(WordsForm):
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices)
    note = Words(rows=2, required=False, label=_("Why"))


GROUP_LABELS = {
    "worker": _("Who works on it"),
    "deciders": _("Whose decision is due"),
    "supervisors_on_shift": _("Supervisors on shift"),
    **{role.value: _("All: %(role)s") % {"role": role.label} for role in Role if "see" in CAPABILITIES[role]},
}
"""The groups to choose from. Whoever sees no cases, as administrators do not, is told of none."""


class ClockForm(WeekForm):
    """A client's calendar, targets and ladder. The rows of the ladder that are left empty are left out."""

    country = forms.CharField(
        label=_("Country of the public holidays"),
        required=False,
        max_length=2,
        help_text=_("ISO 3166, two letters. Without one no public holiday counts."),
        widget=forms.TextInput(attrs={"size": 4, "autocomplete": "off"}),
    )
    region = forms.CharField(
        label=_("Region"),
        required=False,
        max_length=10,
        help_text=_("Where its holidays differ, such as BY in Germany."),
        widget=forms.TextInput(attrs={"size": 6, "autocomplete": "off"}),
    )
    days = forms.CharField(
        label=_("Days with hours of their own"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("One a line: 2026-12-24 09:00-12:00, or 2026-12-31 closed. They go before holidays and the week."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args, settings, people, **kwargs):
        initial = {
            **settings.week,
            "time_zone": settings.time_zone,
            "country": settings.country,
            "region": settings.region,
            "days": "\n".join(f"{day} {text or 'closed'}" for day, text in settings.days.items()),
            "seen": settings.version,
        }
        super().__init__(*args, initial=initial, **kwargs)
        for priority, label in Priority.choices:
            for step, step_label in Step.choices:
                self.fields[f"{priority}_{step}"] = forms.IntegerField(
                    label=f"{label}: {step_label}",
                    required=False,
                    min_value=1,
                    max_value=LONGEST_MINUTES,
                    initial=settings.targets.get(priority, {}).get(step),
                    widget=forms.NumberInput(attrs={"aria-label": f"{label}: {step_label}"}),
                )
        choices = [*GROUP_LABELS.items(), *((f"{LOGIN}{user.pk}", str(user)) for user in people)]
        self.rungs = min(len(settings.ladder) + 2, MOST_RUNGS)
        for number in range(self.rungs):
            self.add_rung(number, settings.ladder[number] if number < len(settings.ladder) else {}, choices)

    def add_rung(self, number, rung, choices):
        known = dict(choices)
        gone = [
            (who, _("somebody who sees no cases here") if who in GROUPS else _("somebody who left"))
            for who in rung.get("tell", ())
            if who not in known
        ]
        fields = {
            "percent": forms.IntegerField(
                label=_("Percent of the time"), required=False, min_value=1, max_value=100, initial=rung.get("percent")
            ),
            "plus": forms.IntegerField(
                label=_("Working minutes after that"),
                required=False,
                min_value=0,
                max_value=LONGEST_MINUTES,
                initial=rung.get("plus"),
            ),
            "tell": forms.MultipleChoiceField(
                label=_("Who is told"),
                required=False,
                choices=[*choices, *gone],
                initial=rung.get("tell"),
                widget=forms.CheckboxSelectMultiple,
            ),
        }
        for name, field in fields.items():
            self.fields[f"rung{number}_{name}"] = field

    def clean_days(self):
        found = {}
        for line in self.cleaned_data["days"].splitlines():
            day, _space, text = line.strip().partition(" ")
            if day in found:
                raise forms.ValidationError(_("%(day)s stands here twice.") % {"day": day})
            if day:
                found[day] = "" if text.strip().lower() in ("", "closed") else text.strip()
        return found

    @property
    def wanted(self):
        """What the service takes, once the form is valid."""
        typed = self.cleaned_data
        targets = {
            priority: {step: typed[f"{priority}_{step}"] for step in Step.values if typed[f"{priority}_{step}"]}
            for priority in Priority.values
        }
        ladder = [
            {
                "percent": typed[f"rung{number}_percent"],
                "plus": typed[f"rung{number}_plus"] or 0,
                "tell": typed[f"rung{number}_tell"],
            }
            for number in range(self.rungs)
            if typed[f"rung{number}_percent"]
        ]
        kept = {name: typed[name] for name in ("time_zone", "country", "region", "days")}
        return {**kept, "week": self.week, "targets": targets, "ladder": ladder}

    def report(self, error):
        """Show what the service refused at the field that it is about."""
        name = error.field if error.field in self.fields else None
        self.add_error(name, error.message)

    def named(self, *names):
        return [self[name] for name in names]

    @property
    def week_fields(self):
        return self.named("mon", "tue", "wed", "thu", "fri", "sat", "sun", "time_zone")

    @property
    def holiday_fields(self):
        return self.named("country", "region", "days")

    @property
    def target_rows(self):
        return [(label, [self[f"{priority}_{step}"] for step in Step.values]) for priority, label in Priority.choices]

    @property
    def ladder_rows(self):
        """The steps with their fields, each told in one line; what is wrong is open."""
        found = []
        for number in range(self.rungs):
            percent, plus, tell = fields = self.named(*(f"rung{number}_{name}" for name in ("percent", "plus", "tell")))
            labels, when = dict(tell.field.choices), percent.value()
            if when and plus.value() and str(plus.value()) != "0":
                when = _("%(percent)s %% and %(minutes)s working minutes") % {"percent": when, "minutes": plus.value()}
            elif when:
                when = f"{when} %"
            is_wrong = any(field.errors for field in fields)
            found.append(
                {
                    "fields": fields,
                    "when": when,
                    "who": [labels.get(who, who) for who in tell.value() or ()],
                    "is_open": is_wrong or (self.is_bound and not when and bool(tell.value())),
                }
            )
        return found
