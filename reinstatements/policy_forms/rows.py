"""The rows of a policy's form: a condition, or a rule that may stand under some. They check shape."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import money
from accounts.grants import APPROVING_ROLES
from accounts.models import Restriction
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.linked_systems import SYSTEMS
from reinstatements.policies import conditions, documents
from reinstatements.policies.conditions import FACTS, NUMBERS, WORDS
from reinstatements.policy_words import STEPS

EVERY = "every"
NUMBER = forms.NumberInput(attrs={"inputmode": "numeric", "size": 6})


def combined(fact, operator):
    return f"{fact}:{operator}"


def comparisons():
    """Return what a condition may compare, as ``(code, words)``: "balance owed, at least"."""
    found = []
    for name, fact in FACTS.items():
        for operator in WORDS if fact.kind == "words" else NUMBERS:
            words = conditions.OPERATORS[operator]
            found.append((combined(name, operator), f"{fact.label}, {words}"))
    return found


def word_choices(stop_reasons):
    """Return the words that facts may be, by fact: ``[(label, [(code, words), ...]), ...]``."""
    found = []
    for name, fact in FACTS.items():
        if fact.kind == "words":
            choices = fact.choices or stop_reasons
            found.append((str(fact.label), [(f"{name}:{code}", words) for code, words in choices]))
    return found


class ConditionRow(forms.Form):
    """One condition, which rules name by its number."""

    condition: dict | None = None
    """What was typed, as a document says it; ``None`` for a row that was left empty."""
    compares = forms.ChoiceField(label=_("Compares"), required=False)
    number = forms.CharField(label=_("With the number or amount"), required=False, max_length=20)
    words = forms.MultipleChoiceField(
        label=_("With any of these"), required=False, widget=forms.SelectMultiple(attrs={"size": 5})
    )

    def __init__(self, *args, currency, stop_reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["compares"].choices = [("", _("No condition")), *comparisons()]
        self.fields["words"].choices = word_choices(stop_reasons)

    def clean(self):
        wanted = super().clean()
        if not wanted.get("compares"):
            return wanted
        name, _mark, operator = wanted["compares"].partition(":")
        fact = FACTS[name]
        if fact.kind == "words":
            chosen = [word.partition(":")[2] for word in wanted.get("words", []) if word.startswith(f"{name}:")]
            if not chosen:
                self.add_error("words", _("Choose what “%s” is compared with.") % fact.label)
                return wanted
            value = chosen
        else:
            value = self.number_of(fact, wanted.get("number", ""))
            if value is None:
                return wanted
        self.condition = {"fact": name, "is": operator, "value": value}
        return wanted

    def number_of(self, fact, text):
        try:
            return money.parse(text, self.currency) if fact.kind == "money" else int(text)
        except (ValueError, OverflowError):
            self.add_error("number", _("Write what “%s” is compared with, such as 500.") % fact.label)
            return None


class RuleRow(forms.Form):
    """A row of the policy that may stand under conditions, which it names by their numbers."""

    when = forms.MultipleChoiceField(
        label=_("Under the conditions"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, numbers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["when"].choices = numbers
        self.order_fields([name for name in self.fields if name != "when"] + ["when"])

    def row(self):
        """Return what was typed, ``None`` for a row that was left empty."""
        wanted = self.cleaned_data
        return wanted if wanted.get(self.needed) else None


class CheckRow(RuleRow):
    needed = "check"
    check = forms.ChoiceField(label=_("Check"), required=False)
    asked = forms.ChoiceField(label=_("Asked for"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["check"].choices = [("", _("No check")), *((code, each.label) for code, each in CATALOGUE.items())]
        by_kind = [(kind.value, _("Restriction: %s") % str(kind.label).lower()) for kind in Restriction.Kind]
        self.fields["asked"].choices = [(EVERY, _("Every case")), *by_kind]


class LevelRow(RuleRow):
    needed = "role"
    role = forms.ChoiceField(label=_("Role that approves"), required=False)
    count = forms.IntegerField(label=_("How many people"), required=False, min_value=1, max_value=9, widget=NUMBER)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", _("No level")), *documents.roles(APPROVING_ROLES)]


class WaiverRow(RuleRow):
    needed = "check"
    check = forms.ChoiceField(label=_("Check that may be waived"), required=False)
    role = forms.ChoiceField(label=_("Role that grants it"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["check"].choices = [("", _("No check")), *((code, each.label) for code, each in CATALOGUE.items())]
        self.fields["role"].choices = documents.roles()


class ConfirmationRow(RuleRow):
    needed = "system"
    system = forms.ChoiceField(
        label=_("System that must confirm"), required=False, choices=[("", _("No system")), *SYSTEMS.items()]
    )


class TimesForm(forms.Form):
    """What a policy says once."""

    target_minutes = forms.IntegerField(
        label=_("Time for the whole case, in minutes"), min_value=1, max_value=documents.LONGEST_MINUTES, widget=NUMBER
    )
    review_one_in = forms.IntegerField(
        label=_("Of what a rule decides, a person looks at one in"), min_value=1, max_value=1000, widget=NUMBER
    )
    appeal_days = forms.IntegerField(
        label=_("An appeal is open for, in days"), min_value=0, max_value=366, widget=NUMBER
    )
    pays_back = forms.BooleanField(
        label=_("Who has paid all comes back at once, by a rule, where only payment stood in the way"),
        required=False,
    )
    lane_when = forms.MultipleChoiceField(
        label=_("By that rule only under the conditions"), required=False, widget=forms.CheckboxSelectMultiple
    )
    bulk_approval = forms.BooleanField(
        label=_("Several cases may be approved at once, each checked on its own"), required=False
    )
    note = forms.CharField(
        label=_("What changes, and why"),
        max_length=300,
        help_text=_("Whoever puts it in force reads this. No names of customers."),
    )

    def __init__(self, *args, numbers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["lane_when"].choices = numbers
        for step, label in STEPS.items():
            self.fields[f"minutes_{step}"] = forms.IntegerField(
                label=_("%s, in minutes") % label,
                required=False,
                min_value=1,
                max_value=documents.LONGEST_MINUTES,
                widget=NUMBER,
                help_text=_("Empty: the client's own target."),
            )
        self.order_fields(["target_minutes", *(f"minutes_{step}" for step in STEPS)])
