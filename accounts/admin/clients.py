"""A client's own settings: the client, its plans and its reasons."""

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import ClientFilter, ScopedAdmin, configurable
from accounts.models import Client, Plan, ReasonCode

# In the order of .stripe-1 to .stripe-12 in static/css/reinstate.css.
COLOURS = (
    *(_("Blue"), _("Red"), _("Green"), _("Purple"), _("Orange"), _("Teal"), _("Pink"), _("Indigo")),
    *(_("Olive"), _("Brown"), _("Slate"), _("Grey")),
)
ZONES = [(name, name) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]
LONGEST_TIER = 40
capitals = RegexValidator(r"\A[A-Z]+\Z", _("Capital letters only."))
one_line = RegexValidator(r"\A[^\x00-\x1f\x7f]*\Z", _("One line, without control characters."))


def with_current(choices, value):
    """Return the choices with what is set already: saving another field must not change it."""
    return choices if not value or value in dict(choices) else [*choices, (value, value)]


class PlaceForm(forms.ModelForm):
    """Language and time zone, chosen from those that exist."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, choices in {"language": settings.MESSAGE_LANGUAGES, "time_zone": ZONES}.items():
            if name in self.fields:
                label, found = self.fields[name].label, with_current(choices, getattr(self.instance, name))
                self.fields[name] = forms.ChoiceField(label=label, choices=found, initial=getattr(self.instance, name))


class ClientForm(PlaceForm):
    colour = forms.TypedChoiceField(
        label=_("Colour stripe"),
        coerce=int,
        choices=list(enumerate(COLOURS, start=1)),
        help_text=_("It stands on every page of this client, so that nobody works for the wrong one."),
    )
    country = forms.CharField(label=_("Country"), min_length=2, max_length=2, validators=[capitals])
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3, validators=[capitals])
    sender_name = forms.CharField(label=_("Sender of mails"), max_length=100, required=False, validators=[one_line])


@admin.register(Client)
class ClientAdmin(ScopedAdmin):
    """Clients are taken on and given up by whoever runs the installation; their administrators change the rest."""

    form = ClientForm
    fields = (
        *("name", "code", "industry", "colour", "language", "time_zone", "country", "currency", "sender_name"),
        *("points_survive", "merge_undo_days", "is_active"),
    )
    readonly_fields = ("code", "is_active")
    list_display = ("name", "code", "industry", "language", "time_zone", "is_active")

    def has_add_permission(self, request):
        return False

    def get_queryset(self, request):
        return configurable(request)


class PlanForm(forms.ModelForm):
    entitlements = forms.CharField(
        label=_("Entitlements"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What comes with the plan, one a line."),
    )
    tiers = forms.CharField(
        label=_("Tiers"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What a member can reach on this plan, one a line, such as Silver and Gold."),
    )
    basis = forms.ChoiceField(label=_("Terms run"), choices=Plan.Basis.choices, required=False)
    grace_days = forms.IntegerField(
        label=_("Days of grace"),
        min_value=0,
        max_value=366,
        required=False,
        help_text=_("After a term that is not renewed, until the membership expires."),
    )
    trial_days = forms.IntegerField(
        label=_("Days of trial"), min_value=0, max_value=366, required=False, help_text=_("0 where there is none.")
    )
    price_minor = forms.IntegerField(
        label=_("Price"), min_value=0, max_value=10**12, help_text=_("In minor units: 2985 is 29.85.")
    )
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3, validators=[capitals])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("entitlements", "tiers"):
            self.initial[name] = "\n".join(map(str, getattr(self.instance, name)))

    def clean_entitlements(self):
        return lines(self.cleaned_data["entitlements"])

    def clean_tiers(self):
        found = lines(self.cleaned_data["tiers"])
        if any(len(tier) > LONGEST_TIER for tier in found):
            raise forms.ValidationError(_("A tier is called by at most %d characters.") % LONGEST_TIER)
        return found

    def clean_basis(self):
        return self.cleaned_data["basis"] or Plan.Basis.ROLLING

    def clean_grace_days(self):
        return self.cleaned_data["grace_days"] or 0

    def clean_trial_days(self):
        return self.cleaned_data["trial_days"] or 0


def lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


@admin.register(Plan)
class PlanAdmin(ScopedAdmin):
    form = PlanForm
    fields = (
        *("client", "code", "name", "price_minor", "currency", "cycle", "entitlements", "tiers"),
        *("basis", "auto_renew", "grace_days", "trial_days", "trial_converts", "pause_extends", "is_active"),
    )
    fixed = ("client", "code")
    list_display = ("name", "code", "client", "price_minor", "currency", "cycle", "is_active")
    list_filter = (ClientFilter, "is_active")
    list_select_related = ("client",)
    search_fields = ("name", "code")


@admin.register(ReasonCode)
class ReasonCodeAdmin(ScopedAdmin):
    """A code stands in entries for good: it can be switched off and worded anew, not renamed."""

    fields = ("client", "use", "code", "label", "position", "is_active")
    fixed = ("client", "use", "code")
    list_display = ("label", "code", "use", "client", "position", "is_active")
    list_filter = (ClientFilter, "use", "is_active")
    list_select_related = ("client",)
    search_fields = ("label", "code")
