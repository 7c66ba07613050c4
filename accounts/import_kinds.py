"""What this app imports."""

from django.utils.translation import gettext_lazy as _

from accounts import masking, registries
from accounts.imports.events import read_event
from accounts.imports.kinds import Field, ImportKind
from accounts.imports.mappings import read_standard
from accounts.services.taking_accounts import AccountsTaker
from accounts.services.taking_events import EventsTaker

ACCOUNTS = ImportKind(
    code="accounts",
    label=_("Customers"),
    fields=(
        Field(
            "number", _("Account number"), is_required=True, names=("account", "customer id", "customer number", "id")
        ),
        Field("name", _("Holder's name"), names=("holder", "customer", "full name"), mask=masking.mask_name),
        Field("email", _("Mail address"), names=("mail", "e-mail", "email address"), mask=masking.mask_email),
        Field("phone", _("Telephone"), names=("telephone", "mobile", "phone number"), mask=masking.mask_phone),
        Field("address", _("Postal address"), names=("street", "postal address"), mask=masking.mask_generic),
        Field("status", _("Status"), help=_("active, pending or closed; active where it is empty")),
        Field(
            "plan", _("Plan"), names=("plan code", "product", "tariff"), help=_("the code of one of the client's plans")
        ),
        Field("opened_on", _("Customer since"), "date", names=("opened", "since", "start", "start date", "opened at")),
        Field("balance", _("Open balance"), "amount", names=("amount due", "open amount", "debt")),
        Field("currency", _("Currency"), help=_("a code such as EUR")),
        Field("language", _("Language"), names=("lang", "locale"), help=_("a code such as de")),
        Field("country", _("Country"), help=_("a code such as DE")),
        Field("time_zone", _("Time zone"), names=("timezone", "tz"), help=_("a name such as Europe/Berlin")),
    ),
    read=lambda cells, context: read_standard(cells, context.client, context.as_of, **context.options),
    taker=AccountsTaker,
    taken=_("accounts opened"),
)
registries.import_kinds.register(ACCOUNTS.code, ACCOUNTS)

EVENTS = ImportKind(
    code="events",
    label=_("What happened elsewhere"),
    fields=(
        Field("account", _("Account number"), is_required=True, names=("number", "account ref", "customer id")),
        Field(
            "sequence",
            _("Number of the event"),
            is_required=True,
            names=("seq", "no", "event number"),
            help=_("counts the events of one account; by it the same file changes nothing"),
        ),
        Field("occurred_at", _("When it happened"), "time", is_required=True, names=("time", "timestamp", "date")),
        Field(
            "action",
            _("What happened"),
            is_required=True,
            names=("event", "type"),
            help=_("suspend, hold, change, reinstate or close; block, reblock and unblock are read too"),
        ),
        Field("ends_at", _("Suspended until"), "time", names=("expires at", "until", "end"), help=_("empty: for good")),
        Field("reason", _("Reason"), names=("reason code", "cause")),
        Field("kind", _("Restriction"), help=_("payment, policy, security, ...; policy where it is empty")),
    ),
    read=read_event,
    taker=EventsTaker,
    taken=_("events put on record"),
)
registries.import_kinds.register(EVENTS.code, EVENTS)
