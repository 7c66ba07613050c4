"""The shape of what people send about a membership: one form for each thing that can be done to it."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from accounts import money, proration, terms
from accounts.fields import ReasonField, Words, WordsForm
from accounts.models import Plan, Restriction
from accounts.services.memberships import own_status, plans

NOW, TERM_END = plans.NOW, plans.TERM_END
INITIATORS = [("member", _("The member")), ("business", _("The business"))]
WHEN = [(NOW, _("Now")), (TERM_END, _("When the term is over"))]
MOST_POINTS = 10**12


class DayField(forms.DateField):
    def __init__(self, **kwargs):
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        limits = [MinValueValidator(date(1950, 1, 1)), MaxValueValidator(date(2999, 12, 30))]
        super().__init__(widget=widget, validators=limits, **kwargs)


class OnForm(forms.Form):
    """The day that a page is asked about."""

    on = DayField(label=_("On the day"))


class DeedForm(WordsForm):
    """Who wanted it, why, and a note; the forms below add what is theirs."""

    has_when = False

    def __init__(self, *args, membership, facts, today, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.membership, self.facts, self.today = membership, facts, today
        self.add_fields()
        self.fields["initiator"] = forms.ChoiceField(
            label=_("Who wants it?"), choices=INITIATORS, widget=forms.RadioSelect
        )
        self.fields["reason"] = ReasonField(reasons)
        self.fields["note"] = Words(rows=2, label=_("Note"), required=False, help_text=_("Kept sealed, on the record."))
        if self.has_when:
            self.add_when()

    def add_fields(self):
        """Add the fields that only this form has, above the others."""

    def add_when(self):
        choices = WHEN if terms.term_over_on(self.facts) else WHEN[:1]
        self.fields["when"] = forms.ChoiceField(
            label=_("When?"), choices=choices, widget=forms.RadioSelect, initial=choices[-1][0]
        )


class RenewalForm(DeedForm):
    def add_fields(self):
        choices = [("yes", _("Renew by itself")), ("no", _("End with the term"))]
        self.fields["auto_renew"] = forms.ChoiceField(
            label=_("At the end of the term"),
            choices=choices,
            widget=forms.RadioSelect,
            initial="no" if self.facts.auto_renew else "yes",
        )

    def clean_auto_renew(self):
        return self.cleaned_data["auto_renew"] == "yes"


class PlanForm(DeedForm):
    has_when = True

    def add_fields(self):
        agreed = self.membership.snapshot
        offered = Plan.objects.filter(
            client=self.membership.client_id, is_active=True, currency=agreed["currency"]
        ).order_by("price_minor", "code")
        self.plans = {plan.code: plan for plan in offered if plan.snapshot() != agreed}
        choices = [(code, self.told(plan)) for code, plan in self.plans.items()]
        self.fields["plan"] = forms.ChoiceField(label=_("New plan"), choices=choices, widget=forms.RadioSelect)

    def told(self, plan):
        """Say what a plan costs and brings, and what changing to it now would cost."""
        change = plans.preview(self.membership, plan, self.facts, self.today)
        words = {
            "plan": plan.name,
            "price": money.words(plan.price_minor, plan.currency),
            "cycle": plan.get_cycle_display().lower(),
            "way": DIRECTIONS[change["direction"]],
        }
        said = _("%(plan)s, %(price)s per %(cycle)s: %(way)s.") % words
        # Without a term that runs there is no rest of it to settle.
        if due := change["proration"]["due_minor"]:
            settled = _("Changed now, %s is due.") if due > 0 else _("Changed now, %s is credited.")
            said += " " + settled % money.words(abs(due), plan.currency)
        for name, label in (("gained", _("Gained: %s.")), ("lost", _("Lost: %s."))):
            if change[name]:
                said += " " + label % ", ".join(map(str, change[name]))
        return said

    def clean_plan(self):
        return self.plans[self.cleaned_data["plan"]]


DIRECTIONS = {
    proration.UPGRADE: _("an upgrade"),
    proration.DOWNGRADE: _("a downgrade"),
    proration.SIDEWAYS: _("the same price"),
}


class TrialForm(DeedForm):
    def add_fields(self):
        self.fields["until"] = DayField(
            label=_("Last day of the trial"), required=False, help_text=_("Without one, as the plan says.")
        )


class PauseForm(DeedForm):
    def add_fields(self):
        self.fields["starts_on"] = DayField(label=_("First day"), initial=self.today)
        self.fields["ends_on"] = DayField(
            label=_("Last day"), required=False, help_text=_("Without one, the pause lasts until somebody resumes it.")
        )


class SuspendForm(DeedForm):
    def add_fields(self):
        choices = [("", _("Choose a kind")), *Restriction.Kind.choices]
        self.fields["kind"] = forms.ChoiceField(
            label=_("Kind"), choices=choices, help_text=_("It says which checks a reinstatement will ask for.")
        )


class CancelForm(DeedForm):
    has_when = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["understood"] = forms.BooleanField(
            label=_("I have read what ends with this. Only an approved reinstatement brings it back.")
        )

    def clean(self):
        self.cleaned_data.pop("understood", None)
        return super().clean()


class TierForm(DeedForm):
    def add_fields(self):
        choices = [("", _("No tier")), *((tier, tier) for tier in self.membership.plan.tiers)]
        self.fields["tier"] = forms.ChoiceField(
            label=_("Tier"), choices=choices, required=False, initial=self.facts.tier
        )
        self.fields["ends_on"] = DayField(
            label=_("Last day of the tier"), required=False, help_text=_("Without one, the tier does not lapse.")
        )


class PointsForm(DeedForm):
    def add_fields(self):
        self.fields["change"] = forms.IntegerField(
            label=_("Points"),
            min_value=-MOST_POINTS,
            max_value=MOST_POINTS,
            help_text=_("With a minus in front they are taken."),
        )


class OwnStatusForm(DeedForm):
    def add_fields(self):
        names = dict.fromkeys(rule.name for rule in own_status.rules_of(self.membership.client_id))
        choices = [*((name, name) for name in names), ("", _("As the rules of the client say"))]
        self.fields["name"] = forms.ChoiceField(
            label=_("Own status"), choices=choices, required=False, widget=forms.RadioSelect
        )
        self.fields["until"] = DayField(
            label=_("Last day"), required=False, help_text=_("From the day after, the rules say it again.")
        )


FORMS = {
    "override_status": OwnStatusForm,
    "set_renewal": RenewalForm,
    "change_plan": PlanForm,
    "start_trial": TrialForm,
    "pause": PauseForm,
    "suspend": SuspendForm,
    "cancel": CancelForm,
    "set_tier": TierForm,
    "change_points": PointsForm,
}


class AddForm(WordsForm):
    """A new membership for an account."""

    def __init__(self, *args, account, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        offered = Plan.objects.filter(client=account.client_id, is_active=True).order_by("price_minor", "code")
        self.plans = {plan.code: plan for plan in offered}
        choices = [(code, self.told(plan)) for code, plan in self.plans.items()]
        self.fields["plan"] = forms.ChoiceField(label=_("Plan"), choices=choices, widget=forms.RadioSelect)
        begins = [
            ("active", _("With its first paid term, today")),
            ("trial", _("With the trial of the plan, today")),
            ("pending", _("Later; somebody activates it")),
        ]
        self.fields["begins"] = forms.ChoiceField(
            label=_("How does it begin?"), choices=begins, widget=forms.RadioSelect, initial="active"
        )
        self.fields["initiator"] = forms.ChoiceField(
            label=_("Who wants it?"), choices=INITIATORS, widget=forms.RadioSelect
        )
        self.fields["reason"] = ReasonField(reasons)
        self.fields["note"] = Words(rows=2, label=_("Note"), required=False, help_text=_("Kept sealed, on the record."))

    def told(self, plan):
        words = {"plan": plan.name, "price": money.words(plan.price_minor, plan.currency)}
        return _("%(plan)s, %(price)s per %(cycle)s") % (words | {"cycle": plan.get_cycle_display().lower()})

    def clean_plan(self):
        return self.plans[self.cleaned_data["plan"]]
