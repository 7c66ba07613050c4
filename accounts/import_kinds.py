"""What this app imports."""

from django.utils.translation import gettext_lazy as _

from accounts import masking, registries
from accounts.imports.kinds import Field, ImportKind
from accounts.imports.mappings import read_standard
from accounts.services.taking_accounts import AccountsTaker

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
