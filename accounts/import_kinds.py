"""What this app imports."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from accounts import masking, registries
from accounts.import_kinds_single import CONTACT_FIELDS, CONTACTS, COUNTRY, MONEY, NUMBER
from accounts.imports.assets import read_asset
from accounts.imports.events import read_event
from accounts.imports.kinds import Field, ImportKind, Option
from accounts.imports.mappings import read_standard
from accounts.imports.memberships import read_departure, read_subscription
from accounts.imports.memberships import read_event as read_membership_event
from accounts.imports.statuses import read_status
from accounts.models import Restriction
from accounts.services.comparing import StatusesTaker
from accounts.services.taking_accounts import AccountsTaker
from accounts.services.taking_assets import AssetsTaker
from accounts.services.taking_events import EventsTaker
from accounts.services.taking_memberships import DeparturesTaker, MembershipEventsTaker, SubscriptionsTaker

ACCOUNTS = ImportKind(
    code="accounts",
    label=_("Customers"),
    fields=(
        Field(
            "number", _("Account number"), is_required=True, names=("account", "customer id", "customer number", "id")
        ),
        *CONTACT_FIELDS,
        Field("status", _("Status"), help=_("active, pending or closed; active where it is empty")),
        Field(
            "has_left",
            _("Has left"),
            names=("left", "churned", "churn flag"),
            help=_("yes or no; an account whose customer has left is opened as closed"),
        ),
        Field(
            "plan", _("Plan"), names=("plan code", "product", "tariff"), help=_("the code of one of the client's plans")
        ),
        Field("opened_on", _("Customer since"), "date", names=("opened", "since", "start", "start date", "opened at")),
        Field("balance", _("Open balance"), "amount", names=("amount due", "open amount", "debt")),
        Field("currency", _("Currency"), help=_("a code such as EUR")),
        Field("language", _("Language"), names=("lang", "locale"), help=_("a code such as de")),
        COUNTRY,
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
        Field("kind", _("Restriction"), help=_("payment, policy, security, ...; as declared where it is empty")),
    ),
    options=(
        Option(
            "source",
            _("Where the history comes from"),
            default="history",
            help=_("A name such as crm. A later file of the same source goes on where this one ends."),
        ),
        Option(
            "restriction",
            _("Restriction of a suspension"),
            choices=tuple(Restriction.Kind.choices),
            default=Restriction.Kind.POLICY.value,
            help=_("Where its line names none."),
        ),
        Option("open_missing", _("Open accounts that the client does not have"), "flag"),
        Option(
            "opened_on",
            _("They are opened as of"),
            "day",
            help=_("Just before their first event, if left empty."),
        ),
    ),
    read=read_event,
    taker=EventsTaker,
    taken=_("events put on record"),
)
registries.import_kinds.register(EVENTS.code, EVENTS)

REASON = Field("reason", _("Reason"), names=("reason code", "cause"))
YES_OR_NO = _("yes or no")

SUBSCRIPTIONS = ImportKind(
    code="subscriptions",
    label=_("Memberships with their past"),
    fields=(
        NUMBER,
        Field(
            "reference",
            _("Number of the membership"),
            is_required=True,
            names=("subscription id", "membership id", "contract"),
            help=_("by it the same file changes nothing"),
        ),
        Field(
            "plan",
            _("Plan"),
            is_required=True,
            names=("plan tier", "plan code", "product", "tariff"),
            help=_("the code or the name of one of the client's plans"),
        ),
        Field(
            "cycle",
            _("Renewal cycle"),
            names=("billing frequency", "billing cycle"),
            help=_("monthly, quarterly, annual; says which plan is meant where several have the name"),
        ),
        Field("starts_on", _("First day"), "date", is_required=True, names=("start date", "start", "since")),
        Field("ends_on", _("Last day"), "date", names=("end date", "end", "until"), help=_("empty: it still runs")),
        Field("is_trial", _("Is a trial"), names=("trial",), help=YES_OR_NO),
        Field("trial_ends_on", _("Last day of the trial"), "date", names=("trial end",)),
        Field("is_upgraded", _("Was upgraded"), names=("upgrade flag", "upgraded"), help=YES_OR_NO),
        Field("is_downgraded", _("Was downgraded"), names=("downgrade flag", "downgraded"), help=YES_OR_NO),
        Field(
            "is_cancelled",
            _("Was cancelled"),
            names=("churn flag", "cancelled", "canceled"),
            help=_("yes or no; with a last day and without a yes it has expired"),
        ),
        Field("auto_renew", _("Renews by itself"), names=("auto renew flag",), help=YES_OR_NO),
        Field("monthly_price", _("Price for a month"), "amount", names=("mrr amount", "mrr", "monthly amount")),
        Field("seats", _("Seats"), names=("quantity",)),
        REASON,
    ),
    read=read_subscription,
    taker=SubscriptionsTaker,
    taken=_("memberships put on record"),
)
registries.import_kinds.register(SUBSCRIPTIONS.code, SUBSCRIPTIONS)

ASSETS = ImportKind(
    code="assets",
    label=_("Numbers, logins and contracts of customers"),
    fields=(
        NUMBER,
        Field(
            "kind",
            _("What it is"),
            is_required=True,
            names=("type", "asset type"),
            help=_("mobile_number, bank_account, software_login, subscription, patient_portal or policy"),
        ),
        Field(
            "identifier",
            _("Number or name"),
            is_required=True,
            names=("msisdn", "iban", "login", "policy number", "asset"),
            mask=masking.mask_ending,
            help=_("by it the same file changes nothing"),
        ),
        Field("stays", _("Stays in service"), names=("emergency",), help=YES_OR_NO),
    ),
    read=read_asset,
    taker=AssetsTaker,
    taken=_("numbers, logins and contracts put on record"),
)
registries.import_kinds.register(ASSETS.code, ASSETS)

MEMBERSHIP_EVENTS = ImportKind(
    code="membership_events",
    label=_("Events of memberships, as billing systems tell them"),
    fields=(
        NUMBER,
        Field(
            "reference",
            _("Number of the membership"),
            is_required=True,
            names=("data.id", "subscription id", "membership id"),
        ),
        Field(
            "event",
            _("Number of the event"),
            is_required=True,
            names=("event id",),
            help=_("by it the same file changes nothing"),
        ),
        Field("type", _("Kind of event"), names=("event type",), help=_("events of anything else are left out")),
        Field("occurred_at", _("When it happened"), "time", is_required=True, names=("time", "timestamp")),
        Field(
            "status",
            _("Status from then on"),
            is_required=True,
            names=("data.status",),
            help=_("trialing, active, past_due, paused, canceled, expired"),
        ),
        Field(
            "plan",
            _("Plan"),
            names=("data.items.0.price.id", "plan code", "product"),
            help=_("the code or the name of one of the client's plans; the first event of a membership needs it"),
        ),
        Field("trial_ends_at", _("Trial ends"), "time", names=("data.items.0.trial_dates.ends_at",)),
        Field("ends_at", _("Term ends"), "time", names=("data.current_billing_period.ends_at",)),
        REASON,
    ),
    read=read_membership_event,
    taker=MembershipEventsTaker,
    taken=_("events put on record"),
)
registries.import_kinds.register(MEMBERSHIP_EVENTS.code, MEMBERSHIP_EVENTS)

DEPARTURES = ImportKind(
    code="departures",
    label=_("Customers who left and came back"),
    fields=(
        NUMBER,
        Field(
            "reference",
            _("Number of the event"),
            is_required=True,
            names=("churn event id", "event id"),
            help=_("by it the same file changes nothing"),
        ),
        Field("on", _("Day"), "date", is_required=True, names=("churn date", "date")),
        Field("is_return", _("Came back"), names=("is reactivation", "reactivation", "returned"), help=YES_OR_NO),
        REASON,
    ),
    read=read_departure,
    taker=DeparturesTaker,
    taken=_("departures put on record"),
    is_surveyed=True,
)
registries.import_kinds.register(DEPARTURES.code, DEPARTURES)

STATUSES = ImportKind(
    code="statuses",
    label=_("Compare with the client's system"),
    fields=(
        replace(NUMBER, names=(*NUMBER.names, "number", "customer number", "customer", "id")),
        Field(
            "status",
            _("Status"),
            is_required=True,
            names=("account status", "state"),
            help=_("active, pending, on_hold, suspended, under_review, deactivated or closed"),
        ),
    ),
    read=read_status,
    taker=StatusesTaker,
    taken=_("different lines"),
    absent=_("accounts of ours that are not in the file"),
    listed="difference_list",
    known=_("the same here and there"),
    is_surveyed=True,
)
registries.import_kinds.register(STATUSES.code, STATUSES)

for kind in (MONEY, CONTACTS):
    registries.import_kinds.register(kind.code, kind)
