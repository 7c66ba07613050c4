"""What the address of the list of memberships narrows it by."""

from datetime import date

from django import forms
from django.core.validators import MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Plan, StatusRule
from accounts.services.memberships import own_status

FIRST_DAY = date(1970, 1, 1)


class MembershipFilterForm(forms.Form):
    """``chosen`` are the clients that the address leaves; none where it names one that is not among ``clients``.

    ``own_rules`` are those of their own statuses, read once for the whole page.
    """

    client = forms.ChoiceField(label=_("Client"), required=False)
    plan = forms.ChoiceField(label=_("Plan"), required=False)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("All")), ("in_service", _("In service: trial or active")), *Membership.Status.choices],
    )
    own = forms.ChoiceField(label=_("Own status"), required=False)
    on = forms.DateField(
        label=_("On day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(FIRST_DAY)],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("How it stood when that day was over, where the customer is."),
    )

    def __init__(self, data=None, *args, clients, **kwargs):
        wanted = (data or {}).get("client", "")
        self.chosen = [client for client in clients if wanted in ("", client.code)]
        super().__init__(data, *args, **kwargs)
        self.fields["client"].choices = [("", _("All")), *((client.code, client.name) for client in clients)]
        self.fields["plan"].choices = [("", _("All")), *plans_of(self.chosen)]
        self.own_rules = StatusRule.objects.by_client([client.pk for client in self.chosen])
        names = own_status.names(self.own_rules)
        self.fields["own"].choices = [("", _("All")), *((name, name) for name in names)]
        if not names:
            del self.fields["own"]
        if len(clients) < 2:
            del self.fields["client"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("own") and cleaned.get("on"):
            self.add_error("own", _("Own statuses are told as of now. Choose no day, or no own status."))
        return cleaned

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("This day lies in the future."))
        return day

    @property
    def narrow(self):
        """What ``membership_lists.select`` narrows by, once the form is valid."""
        return {
            "plan": self.cleaned_data["plan"],
            "status": self.cleaned_data["status"],
            "own": self.cleaned_data.get("own", ""),
            "own_rules": self.own_rules,
            "day": self.cleaned_data["on"],
        }


def plans_of(clients):
    """Return ``[(code, name), ...]`` of the plans of these clients; plans of one code are narrowed to together."""
    found = {}
    for code, name in Plan.objects.filter(client__in=clients).order_by("code").values_list("code", "name"):
        found.setdefault(code, []).append(name)
    return [(code, " / ".join(dict.fromkeys(names))) for code, names in found.items()]


class FiguresForm(forms.Form):
    """Whose figures, and the last of the twelve months. ``client`` is ``None`` where the address names another one."""

    of = forms.ChoiceField(label=_("Client"), required=False)
    until = forms.DateField(
        label=_("Twelve months until"),
        required=False,
        input_formats=["%Y-%m"],
        validators=[MinValueValidator(FIRST_DAY)],
        widget=forms.DateInput(format="%Y-%m", attrs={"type": "month"}),
    )

    def __init__(self, data=None, *args, clients, **kwargs):
        wanted = (data or {}).get("of", "")
        self.client = next((client for client in clients if wanted in ("", client.code)), None)
        super().__init__(data, *args, **kwargs)
        self.fields["of"].choices = [(client.code, client.name) for client in clients]
        if len(clients) < 2:
            del self.fields["of"]

    def clean_until(self):
        month = self.cleaned_data["until"]
        if month and month > timezone.localdate():
            raise forms.ValidationError(_("This month lies in the future."))
        return month
