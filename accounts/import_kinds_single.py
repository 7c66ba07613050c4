"""Files of which each line does what a person could do on a page: money that is owed or moved, and contact data."""

from django.utils.translation import gettext_lazy as _

from accounts import masking
from accounts.imports.contacts import read_contact
from accounts.imports.kinds import Field, ImportKind, Option
from accounts.imports.payments import read_money
from accounts.services.taking_single import ContactsTaker, PaymentsTaker

NUMBER = Field(
    "account", _("Account number"), is_required=True, names=("account id", "customer id", "data.customer_id")
)
CONTACT_FIELDS = (
    Field("name", _("Holder's name"), names=("holder", "customer", "full name"), mask=masking.mask_name),
    Field("email", _("Mail address"), names=("mail", "e-mail", "email address"), mask=masking.mask_email),
    Field("phone", _("Telephone"), names=("telephone", "mobile", "phone number"), mask=masking.mask_phone),
    Field("address", _("Postal address"), names=("street", "postal address"), mask=masking.mask_generic),
    Field("payment_method", _("Payment method"), names=("paid by", "pays by"), mask=masking.mask_ending),
)
COUNTRY = Field("country", _("Country"), help=_("a code such as DE"))

MONEY = ImportKind(
    code="payments",
    label=_("Charges and payments"),
    fields=(
        NUMBER,
        Field(
            "kind",
            _("What it is"),
            is_required=True,
            names=("type",),
            help=_("charge, payment, refund, chargeback or reversal"),
        ),
        Field(
            "number",
            _("Its number at the client"),
            is_required=True,
            names=("invoice", "invoice number", "payment id", "transaction", "external id"),
            help=_("by it the same file changes nothing"),
        ),
        Field("amount", _("Amount"), "amount", is_required=True, names=("total", "sum")),
        Field("currency", _("Currency"), help=_("a code such as EUR; the client's where it is empty")),
        Field("due_on", _("Due"), "date", names=("due date",), help=_("of a charge")),
        Field("paid_at", _("Paid"), "time", names=("received", "paid on", "booked"), help=_("of all but a charge")),
        Field("refers_to", _("Of which charge or payment"), names=("pays", "of")),
        Field(
            "reference", _("What the payer wrote"), names=("remittance", "purpose", "text"), mask=masking.mask_generic
        ),
    ),
    read=read_money,
    taker=PaymentsTaker,
    taken=_("charges and payments recorded"),
)

CONTACTS = ImportKind(
    code="contacts",
    label=_("Contact data that has changed"),
    fields=(
        NUMBER,
        *CONTACT_FIELDS,
        COUNTRY,
    ),
    options=(Option("quiet", _("Members are not told"), "flag"),),
    read=read_contact,
    taker=ContactsTaker,
    taken=_("customers whose contact data was put right"),
)
