"""A policy as a form: rows that need no script. What a policy may say is the document's affair."""

from django.forms import formset_factory
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts import money
from accounts.errors import Invalid
from accounts.services.overdue import PAID_RULE
from reinstatements import policy_words
from reinstatements.policies import conditions, documents
from reinstatements.policies.conditions import FACTS, Condition
from reinstatements.policy_forms.rows import (
    EVERY,
    CheckRow,
    ConditionRow,
    ConfirmationRow,
    LevelRow,
    TimesForm,
    WaiverRow,
    combined,
)
from reinstatements.policy_words import STEPS

BLANK = 2
"""Empty rows at the end of each list, to be filled in."""


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


def numbered(rows, currency, reason):
    """Return the conditions of a policy in words, by their number."""
    return [
        (number, policy_words.condition(Condition(row["fact"], row["is"], tuple_of(row["value"])), currency, reason))
        for number, row in enumerate(rows, 1)
    ]


def tuple_of(value):
    return tuple(value) if isinstance(value, list) else value
