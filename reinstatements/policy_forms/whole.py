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
MORE = 3
"""How many are added to what was typed for whoever asks for more."""


class PolicyForm:
    """All parts of the form together. ``document`` is the policy that they say, once ``is_valid``.

    ``typed`` is what was sent by somebody who asks for more rows: it is shown again as it is, and judged later.
    """

    def __init__(self, data=None, *, policy, currency, stop_reasons, typed=None):
        self.policy, self.currency = policy, policy.rules.get("currency", currency)
        self.rows = Rows(policy.rules)
        self.errors: list[str] = []
        self.data, self.typed = data, typed
        numbered = {"numbers": self.numbers()}
        common = {"currency": self.currency, "stop_reasons": stop_reasons}
        self.conditions = self.part(ConditionRow, "conditions", self.conditions_typed(), common)
        self.checks = self.part(CheckRow, "checks", self.rows.checks, numbered)
        self.levels = self.part(LevelRow, "levels", self.rows.levels, numbered)
        self.confirmations = self.part(ConfirmationRow, "confirmations", self.rows.confirmations, numbered)
        self.waivers = self.part(WaiverRow, "waivers", self.rows.waivers, numbered)
        times = self.rows.times if typed is None else as_typed(TimesForm(**numbered), typed, "times")
        self.times = TimesForm(data, initial=times, prefix="times", **numbered)

    def part(self, form, prefix, initial, kwargs):
        extra = BLANK
        if self.typed is not None:
            extra, blank = MORE, form(**kwargs)
            initial = [as_typed(blank, self.typed, f"{prefix}-{row}") for row in range(rows_sent(self.typed, prefix))]
        made = formset_factory(form, extra=extra, max_num=documents.MOST_ROWS, absolute_max=documents.MOST_ROWS)
        return made(self.data, initial=initial, prefix=prefix, form_kwargs=kwargs)

    def numbers(self):
        """Return the numbers of the conditions, as many as there are rows for them."""
        rows = len(self.rows.conditions) + BLANK
        if self.data is not None:
            rows = rows_sent(self.data, "conditions")
        elif self.typed is not None:
            rows = min(rows_sent(self.typed, "conditions") + MORE, documents.MOST_ROWS)
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

    @property
    def conditions_told(self):
        """The conditions that can be said in words: those of the version, or those that were typed and can be read."""
        if self.data is None and self.typed is None:
            return self.rows.conditions
        return [row.condition for row in self.conditions] if self.is_valid else []

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
            "automatic": self.lane(said["pays_back"], self.when({"when": said["lane_when"]}, held)),
            "currency": self.currency,
        }

    def lane(self, pays_back, when):
        """Return the automatic lane with the rule of the payment, under its conditions, or without it."""
        lane = self.policy.rules.get("automatic", {"rules": list(documents.RULES)})
        rules = [rule for rule in documents.RULES if rule in lane["rules"] and rule != PAID_RULE]
        if not pays_back:
            return {"rules": rules}
        return {"rules": [*rules, PAID_RULE]} | ({"when": when} if when else {})

    def when(self, row, held):
        chosen = [held.get(number) for number in row["when"]]
        if None in chosen:
            raise Invalid(_("A row stands under a condition that is empty. Fill it in, or choose another."))
        return chosen


def rows_sent(data, prefix):
    """Return how many rows of a part were sent, never more than there may be."""
    rows = str(data.get(f"{prefix}-TOTAL_FORMS", ""))
    return min(int(rows), documents.MOST_ROWS) if rows.isascii() and rows.isdigit() else 0


def as_typed(form, data, prefix):
    """Return what was typed into the fields of a form, which nobody has judged yet."""
    return {name: field.widget.value_from_datadict(data, {}, f"{prefix}-{name}") for name, field in form.fields.items()}


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
        lane = rules.get("automatic", {"rules": documents.RULES})
        self.times = {
            "target_minutes": rules["target_minutes"],
            "review_one_in": rules.get("review_one_in", 20),
            "appeal_days": rules.get("appeal_days", 30),
            "bulk_approval": rules.get("bulk_approval", False),
            "pays_back": PAID_RULE in lane["rules"],
            "lane_when": self.of(lane.get("when", [])),
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
    """Return the conditions of a policy in words, by their number; ``None`` is a row that was left empty."""
    return [
        (number, policy_words.condition(Condition(row["fact"], row["is"], tuple_of(row["value"])), currency, reason))
        for number, row in enumerate(rows, 1)
        if row
    ]


def tuple_of(value):
    return tuple(value) if isinstance(value, list) else value
