"""A policy as a form: rows that need no script. They check shape; what a policy may say is the document's affair."""

from django import forms
from django.forms import formset_factory
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts import money
from accounts.errors import Invalid
from accounts.fields import MoneyField
from accounts.grants import APPROVING_ROLES
from accounts.models import Restriction
from accounts.services.overdue import PAID_RULE
from reinstatements import policy_words
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.linked_systems import SYSTEMS
from reinstatements.policies import conditions, documents
from reinstatements.policies.conditions import FACTS, NUMBERS, WORDS, Condition
from reinstatements.policy_words import STEPS

BLANK = 2
"""Empty rows at the end of each list, to be filled in."""
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
    bulk_approval = forms.BooleanField(
        label=_("Several cases may be approved at once, each checked on its own"), required=False
    )
    note = forms.CharField(
        label=_("What changes, and why"),
        max_length=300,
        help_text=_("Whoever puts it in force reads this. No names of customers."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
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


class PolicyForm:
    """All parts of the form together. ``document`` is the policy that they say, once ``is_valid``."""

    def __init__(self, data=None, *, policy, currency, stop_reasons, more=0):
        self.policy, self.currency = policy, policy.rules.get("currency", currency)
        self.rows = Rows(policy.rules)
        self.errors: list[str] = []
        self.data = data
        numbers = self.numbers(more)
        common = {"currency": self.currency, "stop_reasons": stop_reasons}
        self.conditions = self.part(ConditionRow, "conditions", self.conditions_typed(), common, more)
        self.checks = self.part(CheckRow, "checks", self.rows.checks, {"numbers": numbers}, more)
        self.levels = self.part(LevelRow, "levels", self.rows.levels, {"numbers": numbers}, more)
        typed = self.rows.confirmations
        self.confirmations = self.part(ConfirmationRow, "confirmations", typed, {"numbers": numbers}, more)
        self.waivers = self.part(WaiverRow, "waivers", self.rows.waivers, {"numbers": numbers}, more)
        self.times = TimesForm(data, initial=self.rows.times, prefix="times")

    def part(self, form, prefix, initial, kwargs, more):
        made = formset_factory(form, extra=BLANK + more, max_num=documents.MOST_ROWS, absolute_max=documents.MOST_ROWS)
        return made(self.data, initial=initial, prefix=prefix, form_kwargs=kwargs)

    def numbers(self, more):
        """Return the numbers of the conditions, as many as there are rows for them."""
        rows = len(self.rows.conditions) + BLANK + more
        if self.data is not None:
            rows = str(self.data.get("conditions-TOTAL_FORMS", ""))
            rows = min(int(rows), documents.MOST_ROWS) if rows.isascii() and rows.isdigit() else 0
        return [(str(number), str(number)) for number in range(1, rows + 1)]

    def conditions_typed(self):
        """Return the conditions as their rows are filled in."""
        found = []
        for row in self.rows.conditions:
            fact, row_typed = FACTS[row["fact"]], {"compares": combined(row["fact"], row["is"])}
            if fact.kind == "words":
                row_typed["words"] = [f"{row['fact']}:{word}" for word in row["value"]]
            else:
                is_money = fact.kind == "money"
                row_typed["number"] = money.plain(row["value"], self.currency) if is_money else str(row["value"])
            found.append(row_typed)
        return found

    @property
    def parts(self):
        return (self.conditions, self.checks, self.levels, self.waivers, self.confirmations, self.times)

    @cached_property
    def is_valid(self):
        """Whether every row can be read, and what they say together is a policy; every part shows its own errors."""
        if self.data is None:
            return False
        if False in [part.is_valid() for part in self.parts]:
            self.errors.append(_("Some of it cannot be read. It is marked below."))
            return False
        try:
            self.document = self.read()
            documents.check(self.document, self.policy.kind)
        except Invalid as error:
            self.errors.append(error.message)
        return not self.errors

    def read(self):
        """Return the document that the rows say. Raises ``Invalid`` for a rule under a condition that is empty."""
        held = {str(number): row.condition for number, row in enumerate(self.conditions, 1)}
        rules = {"checks": [], "checks_by_restriction": {}, "checks_when": [], "levels": [], "waivers": []}
        rules["confirmations"] = []
        for row in filter(None, (form.row() for form in self.checks)):
            asked, when = row["asked"] or EVERY, self.when(row, held)
            if when:
                if asked != EVERY:
                    when = [{"fact": "restrictions", "is": conditions.ONE_OF, "value": [asked]}, *when]
                rules["checks_when"].append({"checks": [row["check"]], "when": when})
            elif asked == EVERY:
                rules["checks"].append(row["check"])
            else:
                rules["checks_by_restriction"].setdefault(asked, []).append(row["check"])
        for name, part, keys in (
            ("levels", self.levels, ("role", "count")),
            ("waivers", self.waivers, ("check", "role")),
            ("confirmations", self.confirmations, ("system",)),
        ):
            for row in filter(None, (form.row() for form in part)):
                when = self.when(row, held)
                said = {key: row[key] if row[key] is not None else 1 for key in keys}
                rules[name].append(said | ({"when": when} if when else {}))
        if not rules["confirmations"] and "confirmations" not in self.policy.rules:
            del rules["confirmations"]
        said = self.times.cleaned_data
        minutes = {step: said[f"minutes_{step}"] for step in STEPS if said[f"minutes_{step}"]}
        return rules | {
            "target_minutes": said["target_minutes"],
            "minutes": minutes,
            "review_one_in": said["review_one_in"],
            "appeal_days": said["appeal_days"],
            "bulk_approval": said["bulk_approval"],
            "automatic": self.lane(said["pays_back"]),
            "currency": self.currency,
        }

    def lane(self, pays_back):
        """Return the automatic lane with the rule of the payment or without it; conditions stay as they are."""
        lane = self.policy.rules.get("automatic", {"rules": list(documents.RULES)})
        rules = [rule for rule in documents.RULES if rule in lane["rules"] and rule != PAID_RULE]
        return lane | {"rules": [*rules, *([PAID_RULE] if pays_back else [])]}

    def when(self, row, held):
        chosen = [held.get(number) for number in row["when"]]
        if None in chosen:
            raise Invalid(_("A row stands under a condition that is empty. Fill it in, or choose another."))
        return chosen


class Rows:
    """The rules of a policy as rows of its form, and their conditions, each once."""

    def __init__(self, rules):
        self.conditions: list[dict] = []
        asked = [(code, EVERY, []) for code in rules["checks"]]
        for kind, codes in rules["checks_by_restriction"].items():
            asked += [(code, kind, []) for code in codes]
        for rule in rules.get("checks_when", []):
            asked += [(code, EVERY, rule.get("when", [])) for code in rule["checks"]]
        self.checks = [{"check": code, "asked": kind, "when": self.of(when)} for code, kind, when in asked]
        self.levels = [
            {"role": rule["role"], "count": rule["count"], "when": self.of(rule.get("when", []))}
            for rule in rules["levels"]
        ]
        self.waivers = [
            {"check": rule["check"], "role": rule["role"], "when": self.of(rule.get("when", []))}
            for rule in rules.get("waivers", [])
        ]
        self.confirmations = [
            {"system": rule["system"], "when": self.of(rule.get("when", []))} for rule in rules.get("confirmations", [])
        ]
        self.times = {
            "target_minutes": rules["target_minutes"],
            "review_one_in": rules.get("review_one_in", 20),
            "appeal_days": rules.get("appeal_days", 30),
            "bulk_approval": rules.get("bulk_approval", False),
            "pays_back": PAID_RULE in rules.get("automatic", {"rules": documents.RULES})["rules"],
            **{f"minutes_{step}": value for step, value in rules.get("minutes", {}).items()},
        }

    def of(self, when):
        """Return the numbers of these conditions, which are put down where they are new."""
        found = []
        for condition in when:
            if condition not in self.conditions:
                self.conditions.append(condition)
            found.append(str(self.conditions.index(condition) + 1))
        return found


class ProfileForm(forms.Form):
    """The facts of a case that is only imagined, to see what a policy would ask of it."""

    restrictions = forms.MultipleChoiceField(
        label=_("Open restrictions"), choices=Restriction.Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    owed_minor = forms.CharField(label=_("Balance owed"), required=False)
    stopped_reason = forms.ChoiceField(label=_("Why it stopped"), required=False)
    risk_reasons = forms.MultipleChoiceField(
        label=_("What raises the risk"),
        choices=conditions.RISK_REASONS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    account_age_days = forms.IntegerField(
        label=_("Age of the account in days"), required=False, min_value=0, max_value=100_000, widget=NUMBER
    )
    reinstated_before = forms.IntegerField(
        label=_("Earlier reinstatements"), required=False, min_value=0, max_value=1000, widget=NUMBER
    )

    def __init__(self, *args, client, kind, stop_reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.client, self.kind = client, kind
        self.fields["owed_minor"] = MoneyField(client.currency, label=_("Balance owed"), required=False)
        self.fields["stopped_reason"].choices = [("", _("Any")), *stop_reasons]
        self.order_fields(["restrictions", "owed_minor"])

    def profile(self):
        """Return the facts as ``facts.profile`` gives them of a real case."""
        typed = self.cleaned_data
        return {
            "kind": self.kind,
            "owed_minor": typed["owed_minor"] or 0,
            "currency": self.client.currency,
            "risk": "elevated" if typed["risk_reasons"] else "routine",
            "risk_reasons": typed["risk_reasons"],
            "industry": self.client.industry,
            "stopped_reason": typed["stopped_reason"] or None,
            "restrictions": sorted(typed["restrictions"]),
            "account_age_days": typed["account_age_days"],
            "reinstated_before": typed["reinstated_before"] or 0,
            "signals": [],
        }


class InForceForm(forms.Form):
    on = forms.DateField(
        label=_("In force from"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("From midnight where the client is. Empty: from now on. Cases that are open keep their version."),
    )


def numbered(rows, currency, reason):
    """Return the conditions of a policy in words, by their number."""
    return [
        (number, policy_words.condition(Condition(row["fact"], row["is"], tuple_of(row["value"])), currency, reason))
        for number, row in enumerate(rows, 1)
    ]


def tuple_of(value):
    return tuple(value) if isinstance(value, list) else value
