"""Filters of the record: they stand in the address, are checked like any form, and are kept with an export."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet

from accounts import registries, statuslog
from accounts.models import AccessRecord, Account, Origin, Signal, StatusChange, User
from accounts.models.staff import SYSTEM_USERNAME
from accounts.services import merges

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9998, 12, 31)
LAST = ("account", "absorbed", "by", "since", "until", "time_zone")
"""What is typed stands behind what is chosen."""
ABSORBED = [("with", _("With those it absorbed"))]
UNKNOWN = "?"
"""What is kept on record of typed text that names nothing we know: it may be somebody's name."""


class PeriodForm(forms.Form):
    """Two days, the second not before the first."""

    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day lies before the first one."))
        return cleaned


def day_filter(label, method):
    return DateFilter(
        label=label,
        method=method,
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


def midnight(day):
    """Return when a day begins in the time zone of whoever asks."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


class RecordFilter(FilterSet):
    """Rows of the clients of whoever asks, by client, login, account number and day."""

    moment: str
    who: str

    client = ChoiceFilter(label=_("Client"), empty_label=_("All"), method="of_client")
    account = CharFilter(label=_("Account number"), max_length=60, method="of_account")
    by = CharFilter(label=_("Login"), max_length=150, method="by_login")
    since = day_filter(_("From day"), "from_day")
    until = day_filter(_("To day"), "to_day")

    class Meta:
        form = PeriodForm

    def __init__(self, data, queryset, *, clients):
        super().__init__(data, queryset)
        self.clients = {client.code: client for client in clients}
        # A client that is somebody else's and one that does not exist look the same.
        if data.get("client") and data["client"] not in self.clients:
            raise Http404
        self.filters["client"].extra["choices"] = [(client.code, client.name) for client in clients]
        self.filters = dict(sorted(self.filters.items(), key=lambda item: item[0] in LAST))

    def of_client(self, rows, name, code):
        return rows.filter(client=self.clients[code].pk)

    def of_account(self, rows, name, number):
        return rows.filter(account__in=self.accounts(number))

    def accounts(self, number):
        clients = [client.pk for client in self.clients.values()]
        return Account.objects.filter(client__in=clients).by_number(number).values("pk")

    def by_login(self, rows, name, username):
        return rows.filter(**{f"{self.who}__in": User.objects.filter(username__iexact=username).values("pk")})

    def staff(self, username):
        """Return the logins of this name that ever held a role here, and the system's: others are another client's."""
        here = StatusChange.objects.filter(client__in=[client.pk for client in self.clients.values()], account=None)
        granted = here.filter(subject_type="user").values("subject_id")
        return User.objects.filter(Q(pk__in=granted) | Q(username=SYSTEM_USERNAME), username__iexact=username)

    def from_day(self, rows, name, day):
        return rows.filter(**{f"{self.moment}__gte": midnight(day)})

    def to_day(self, rows, name, day):
        return rows.filter(**{f"{self.moment}__lt": midnight(day + timedelta(days=1))})

    @property
    def is_on(self):
        """Whether anything is filtered, or was meant to be."""
        return any(self.data.get(name) for name in self.filters)

    def chosen(self):
        """Return the clients that a valid filter leaves."""
        code = self.form.cleaned_data["client"]
        return [client for client in self.clients.values() if not code or client.code == code]

    def on_record(self):
        """Return a valid filter in codes, to be kept for good: typed text only where it names something we know."""
        kept = {name: value for name, value in self.form.cleaned_data.items() if value}
        if "by" in kept and not self.staff(kept["by"]).exists():
            kept["by"] = UNKNOWN
        if "account" in kept and not self.accounts(kept["account"]).exists():
            kept["account"] = UNKNOWN
        if kept.keys() & {"since", "until"}:
            kept["time_zone"] = timezone.get_current_timezone_name()
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in kept.items()}


class LogFilter(RecordFilter):
    """The status-change log. ``labels`` are the clients' own reasons."""

    moment = "recorded_at"
    who = "actor"

    subject = ChoiceFilter(label=_("Subject"), empty_label=_("All"), field_name="subject_type")
    action = ChoiceFilter(label=_("Action"), empty_label=_("All"))
    to_status = ChoiceFilter(label=_("New status"), empty_label=_("All"), method="became")
    reason = ChoiceFilter(label=_("Reason"), empty_label=_("All"))
    origin = ChoiceFilter(label=_("Origin"), empty_label=_("All"), choices=Origin.choices)
    absorbed = ChoiceFilter(
        label=_("Merged accounts"), empty_label=_("Only this account"), choices=ABSORBED, method="with_absorbed"
    )

    def __init__(self, data, queryset, *, clients, labels):
        super().__init__(data, queryset, clients=clients)
        for name, words in log_words(labels).items():
            self.filters[name].extra["choices"] = by_label(words)

    def of_account(self, rows, name, number):
        """Return the entries of an account and, where the filter says so, of all that it stands for."""
        accounts = self.accounts(number)
        if self.form.cleaned_data.get("absorbed"):
            return rows.filter(account__in=merges.with_absorbed(accounts.values_list("pk", flat=True)))
        return rows.filter(account__in=accounts)

    def with_absorbed(self, rows, name, value):
        """Say nothing about any account: this only widens what the account number names."""
        return rows

    def became(self, rows, name, status):
        """Return entries that changed a status to this one; what left it as it was is no change."""
        return rows.filter(to_status=status).exclude(from_status=status)


class AccessFilter(RecordFilter):
    """The access records."""

    moment = "created_at"
    who = "user"

    kind = ChoiceFilter(label=_("What"), empty_label=_("All"), choices=AccessRecord.Kind.choices)


class SignalFilter(RecordFilter):
    """Signals; without a status those that nobody has looked at."""

    moment = "raised_at"
    who = "about"

    status = ChoiceFilter(
        label=_("Status"),
        empty_label=Signal.Status.RAISED.label,
        choices=[*Signal.Status.choices[1:], ("all", _("All"))],
        method="of_status",
    )
    rule = ChoiceFilter(label=_("Signal"), empty_label=_("All"), choices=Signal.Rule.choices)

    def of_status(self, rows, name, status):
        return rows if status == "all" else rows.filter(status=status)


def log_words(labels):
    """Return ``{filter: {code: word}}`` of what the log can be filtered by."""
    statuses = {value: word for model in statuslog.machines() for value, word in model.Status.choices}
    reasons = {code: word for own in registries.reason_labels.values() for code, word in own.items()}
    reasons |= {code: word for (_client, code), word in labels.items()}
    return {"subject": statuslog.subjects(), "action": statuslog.actions(), "to_status": statuses, "reason": reasons}


def by_label(words):
    return sorted(((code, str(word)) for code, word in words.items()), key=lambda choice: choice[1].casefold())


def in_words(filters, kept, labels, clients):
    """Return ``[(what, word), ...]`` of a filter that is on record; ``clients`` maps codes to names."""
    words = {
        "client": clients,
        "absorbed": dict(ABSORBED),
        "origin": dict(Origin.choices),
        "kind": dict(AccessRecord.Kind.choices),
    }
    words |= log_words(labels)
    names = {name: each.label for name, each in filters.base_filters.items()}
    names |= {"time_zone": _("Time zone"), "case": _("Case")}
    # What is kept as JSON comes back in any order.
    return [
        (names[name], _("something that is not here") if value == UNKNOWN else words.get(name, {}).get(value, value))
        for name, value in sorted(kept.items(), key=lambda item: (item[0] in LAST, list(names).index(item[0])))
    ]
