"""The shape of what people may send. Whether it can be done is the services' to say."""

from datetime import date

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import grants, moments
from accounts.digests import MAX_QUERY_LETTERS
from accounts.errors import Invalid
from accounts.fields import OfClientForm, Words
from accounts.grants import PERMISSION_PREFIX, Role
from accounts.models import Account, CustomerQuery, Restriction, User
from accounts.zones import zone

NOW_ONLY = ("restriction", "overdue")
LENGTH_OF_A_DAY = len("2026-03-29")


class SearchForm(forms.Form):
    q = forms.CharField(
        label=_("Search"),
        max_length=MAX_QUERY_LETTERS,
        required=False,
        error_messages={"max_length": _("Search for at most %(limit_value)d characters.")},
    )


class AsOfForm(forms.Form):
    """A moment in the past: a day, or a day and a time, in a time zone; ``moment`` is ``None`` for now."""

    at = forms.CharField(
        label=_("As of"), required=False, max_length=40, widget=forms.TextInput(attrs={"type": "date"})
    )
    time = forms.CharField(
        label=_("Time, else end of day"),
        required=False,
        max_length=15,
        widget=forms.TextInput(attrs={"type": "time", "step": 1}),
    )
    zone = forms.CharField(
        label=_("Time zone"),
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    moment = None

    def __init__(self, data=None, *args, zone_name, **kwargs):
        super().__init__(data, *args, **kwargs)
        self.zone_name = zone_name
        self.fields["zone"].widget.attrs["placeholder"] = zone_name

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        at, clock, zone_name = (cleaned[name] for name in ("at", "time", "zone"))
        try:
            if zone_name:
                moments.zone_of(zone_name)
            if at:
                self.moment = moments.read(at, zone_name or self.zone_name, clock=clock, now=timezone.now())
            elif clock:
                raise Invalid(_("Choose the day, too."), field="at")
        except Invalid as error:
            self.add_error(error.field, error.message)
        if self.moment and len(at) > LENGTH_OF_A_DAY:
            # What stands in an address with its time and offset is shown in the fields that one types into.
            self.data = {**dict(self.data.items()), **self.moment.typed}
        return cleaned


class AccountFilterForm(AsOfForm):
    """What the address of the list narrows it by; ``chosen`` are the clients that it leaves."""

    field_order = ("client", "status", "number", "restriction", "overdue", "at", "time", "zone")

    client = forms.ChoiceField(label=_("Client"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("All")), *Account.Status.choices])
    number = forms.CharField(label=_("Number begins with"), required=False, max_length=60)
    restriction = forms.ChoiceField(
        label=_("Out of service by"), required=False, choices=[("", _("All")), *Restriction.Kind.choices]
    )
    overdue = forms.BooleanField(label=_("Overdue"), required=False)

    def __init__(self, data=None, *args, clients, **kwargs):
        wanted = (data or {}).get("client", "")
        self.chosen = [client for client in clients if wanted in ("", client.code)]
        zones = {zone(client.time_zone).key for client in self.chosen}
        zone_name = zones.pop() if len(zones) == 1 else timezone.get_current_timezone_name()
        super().__init__(data, *args, zone_name=zone_name, **kwargs)
        self.fields["client"].choices = [("", _("All")), *((client.code, client.name) for client in clients)]
        if len(clients) < 2:
            del self.fields["client"]

    def clean(self):
        cleaned = super().clean()
        for name in NOW_ONLY:
            if self.moment and cleaned.get(name):
                self.add_error(name, _("This is known as it is now, not as of a day."))
        return cleaned

    @property
    def narrow(self):
        """What ``listing.page`` narrows by, once the form is valid."""
        return {name: self.cleaned_data[name] for name in ("status", "number", *NOW_ONLY)}


class SaveViewForm(forms.Form):
    name = forms.CharField(label=_("Name of the view"), max_length=60)
    is_shared = forms.BooleanField(label=_("Share it with all who see this client"), required=False)


class ContactForm(forms.Form):
    """New contact data. What is left empty stays as it is, unless a box says that there is none any more."""

    ENDED = ("email", "phone", "payment_method")

    holder_name = forms.CharField(label=_("Name"), required=False, max_length=200)
    email = forms.CharField(
        label=_("Mail"), required=False, max_length=254, widget=forms.TextInput(attrs={"inputmode": "email"})
    )
    no_email = forms.BooleanField(label=_("There is no mail address any more"), required=False)
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    no_phone = forms.BooleanField(label=_("There is no telephone number any more"), required=False)
    address = Words(rows=3, longest=500, label=_("Address"), required=False)
    payment_method = forms.CharField(
        label=_("Payment method"),
        required=False,
        max_length=100,
        help_text=_("How the member pays, such as direct debit from an account; never the number of a card."),
    )
    no_payment_method = forms.BooleanField(label=_("There is no payment method any more"), required=False)
    country = forms.CharField(
        label=_("Country, two letters"), required=False, max_length=2, widget=forms.TextInput(attrs={"size": 4})
    )
    reason = forms.ChoiceField(label=_("Reason"))
    note = Words(rows=3, longest=1000, label=_("How you made sure"), help_text=_("Who asked, and how you verified it."))

    def __init__(self, *args, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [("", _("Choose a reason")), *reasons]

    def clean(self):
        cleaned = super().clean()
        for name in self.ENDED:
            if cleaned.get(name) and cleaned.get(f"no_{name}"):
                self.add_error(name, _("Write it, or say that there is none."))
        if not self.errors and not (self.changes or cleaned["country"]):
            raise forms.ValidationError(_("Write what is to be different."))
        return cleaned

    def clean_country(self):
        return self.cleaned_data["country"].strip().upper()

    @property
    def changes(self):
        """The fields that are to be different, with their new words."""
        typed = {name: self.cleaned_data.get(name, "") for name in Account.sealed_fields}
        gone = {name: "" for name in self.ENDED if self.cleaned_data.get(f"no_{name}")}
        return {name: words for name, words in typed.items() if words} | gone


class QueryForm(forms.Form):
    """What a customer asks, and what they were answered if that was at once."""

    topic = forms.ChoiceField(label=_("About"))
    channel = forms.ChoiceField(label=_("How they asked"), choices=CustomerQuery.Channel.choices)
    question = Words(rows=3, label=_("What they asked"))
    answer = Words(rows=3, required=False, label=_("What they were answered"), help_text=_("Empty while it is open."))

    def __init__(self, *args, topics, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["topic"].choices = [("", _("Choose a topic")), *topics]


class AnswerForm(forms.Form):
    answer = Words(rows=4, label=_("What they were answered"))


class SignalForm(forms.Form):
    """What somebody found of a signal. One list of reasons: choosing one says whether it is confirmed or cleared."""

    reason = forms.ChoiceField(label=_("Finding"))

    def __init__(self, *args, offered, has_note, **kwargs):
        super().__init__(*args, **kwargs)
        confirm, clear = offered
        groups = [(_("Confirm"), tagged("confirm", confirm)), (_("Clear"), tagged("clear", clear))]
        self.fields["reason"].choices = [("", _("Choose a finding")), *groups]
        if has_note:
            self.fields["note"] = Words(rows=3, required=False, label=_("In words"), help_text=_("Kept sealed."))

    @property
    def judgement(self):
        finding, _colon, reason = self.cleaned_data["reason"].partition(":")
        return {"is_confirmed": finding == "confirm", "reason": reason, "note": self.cleaned_data.get("note", "")}


def tagged(finding, choices):
    return [(f"{finding}:{code}", label) for code, label in choices]


class RevealForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"))
    words = forms.CharField(
        label=_("In words"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Who asks, and what you need the data for. It is kept on the record."),
    )

    def __init__(self, *args, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [("", _("Choose a reason")), *reasons]


class StaffFilterForm(forms.Form):
    """Which roles the list of staff shows."""

    client = forms.ChoiceField(label=_("Client"), required=False)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All")), *Role.choices])
    who = forms.CharField(label=_("Name or login"), required=False, max_length=150)

    def __init__(self, *args, clients, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["client"].choices = [("", _("All")), *((client.code, client.name) for client in clients)]

    def narrowed(self, rows):
        """Return the rows of roles that this form asks for."""
        client, role, who = (self.cleaned_data[name] for name in ("client", "role", "who"))
        if client:
            rows = rows.filter(content_object__code=client)
        if role:
            rows = rows.filter(permission__codename=PERMISSION_PREFIX + role)
        for word in who.split():
            names = Q(user__username__icontains=word) | Q(user__first_name__icontains=word)
            rows = rows.filter(names | Q(user__last_name__icontains=word))
        return rows


class RoleForm(OfClientForm):
    """A role for an existing login."""

    field_order = ("username", "client", "role", "until")
    username = forms.CharField(label=_("Login"), max_length=150, help_text=_("The name somebody signs in with."))
    role = forms.ChoiceField(label=_("Role"), choices=[("", _("Choose a role")), *Role.choices])
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[MaxValueValidator(date(2999, 12, 31))],
        help_text=_("Without one, the role lasts until somebody ends it."),
    )

    def clean_username(self):
        user = User.objects.filter(username=self.cleaned_data["username"]).first()
        if user is None:
            raise forms.ValidationError(_("There is no login of this name. Create it under Configuration first."))
        return user


class DelegationForm(forms.Form):
    """Who decides in one's place, where, in which of one's roles, on which days."""

    client = forms.ChoiceField(label=_("Client"))
    role = forms.ChoiceField(label=_("Role"))
    taker = forms.ChoiceField(label=_("Who decides for you"))
    starts_on = forms.DateField(label=_("First day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    ends_on = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[MaxValueValidator(date(2999, 12, 31))],
    )

    def __init__(self, *args, clients, people, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.clients = {client.code: client for client in clients}
        self.people = {str(person.pk): person for person in people}
        held = {role for client in clients for role in grants.roles(user, client.pk)} & grants.DECIDING_ROLES
        chosen = {
            "client": (_("Choose a client"), [(client.code, client.name) for client in clients]),
            "role": (_("Choose a role"), [(role.value, role.label) for role in Role if role in held]),
        }
        for name, (empty, choices) in chosen.items():
            self.fields[name].choices = choices if len(choices) == 1 else [("", empty), *choices]
        names = [(key, str(person)) for key, person in self.people.items()]
        self.fields["taker"].choices = [("", _("Choose somebody")), *names]

    def clean_client(self):
        return self.clients[self.cleaned_data["client"]]

    def clean_taker(self):
        return self.people[self.cleaned_data["taker"]]


class ApproverForm(OfClientForm):
    """Who approves at the client, and where the link and the code are sent."""

    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("Mail address"), max_length=254)
    language = forms.ChoiceField(label=_("Language"), choices=settings.MESSAGE_LANGUAGES)
