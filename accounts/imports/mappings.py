"""What the columns of a file mean. A mapping is a table in code: its columns, its plans, and how a line is read."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.imports.cells import Cells, flag

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
COUNTRY = re.compile(r"[A-Z]{2}")
ZONES = available_timezones()  # looked up once: it reads a folder


@dataclass
class Opening:
    """An account as a file describes it. ``plan`` is a plan's code; ``details`` are columns of the account."""

    number: str
    status: str = "active"
    plan: str = ""
    terms: dict[str, Any] = field(default_factory=dict)
    holder: dict[str, str] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapping:
    columns: tuple[str, ...]
    """What a file must have; other columns may stand beside them."""
    read: Callable[[Cells, Any, date], Opening]
    """From a line, the client and the day the file speaks of to an ``Opening``; problems are left in the line."""
    plans: tuple[dict[str, Any], ...] = ()
    """Plans that come with such a file, made where the client does not have them."""


# Files made for Reinstate. Names of columns are what they say; only the number must be there.

STATUSES = {"active": "active", "pending": "pending", "closed": "closed"}


def read_status(cells: Cells) -> str:
    """Return the status that an account is opened with. A line may say it in a word, or that the customer has left."""
    has_left = flag(cells, "has_left")
    if not cells.values.get("status", "").strip() and has_left is not None:
        return "closed" if has_left else "active"
    status = cells.choice("status", STATUSES, default="active")
    if has_left is not None and status and has_left != (status == "closed"):
        cells.refuse("has_left", _("contradicts the status in the same line"))
    return status


def read_standard(cells: Cells, client: Any, as_of: date, **defaults: str) -> Opening:
    """Read a customer; ``defaults`` were declared for the whole file: what counts where a line says nothing."""
    country = cells.text("country", 2) or client.country
    currency = cells.text("currency", 3) or defaults.get("currency") or client.currency
    zone = cells.text("time_zone", 50) or client.time_zone
    language = cells.text("language", 10) or client.language
    email = cells.text("email", 254)
    opened_on = cells.day("opened_on")
    if not COUNTRY.fullmatch(country):
        cells.refuse("country", _("is not a country's code of two capital letters, such as DE"))
    if not re.fullmatch("[A-Z]{3}", currency):
        cells.refuse("currency", _("is not a currency's code of three capital letters, such as EUR"))
    if zone not in ZONES:
        cells.refuse("time_zone", _("is not a time zone such as Europe/Berlin"))
    if not LANGUAGE.fullmatch(language):
        cells.refuse("language", _("is not a language's code, such as de"))
    if opened_on and opened_on > as_of:
        cells.refuse("opened_on", _("lies in the future"))
    try:
        if email:
            validate_email(email)
    except ValidationError:
        cells.refuse("email", _("is not a mail address"))
    return Opening(
        number=cells.text("number", 60, required=True),
        status=read_status(cells),
        plan=cells.text("plan", 60),
        holder={
            "holder_name": cells.text("name", 200),
            "email": email,
            "phone": cells.text("phone", 40),
            "address": cells.text("address", 400),
            "payment_method": cells.text("payment_method", 100),
        },
        details={
            "language": language,
            "time_zone": zone,
            "country": country,
            "currency": currency,
            "opened_on": opened_on,
            "balance_minor": cells.amount("balance", currency, default=0),
        },
    )


# IBM's Telco Customer Churn. It says nothing of who the customers are but their gender, age and family, which the
# product has no use for and so does not take.

CONTRACTS = {"Month-to-month": "month", "One year": "year", "Two year": "two_years"}
INTERNET = {"No": "phone", "DSL": "dsl", "Fiber optic": "fibre"}
SERVICES = {
    "PhoneService": "phone",
    "MultipleLines": "multiple_lines",
    "OnlineSecurity": "online_security",
    "OnlineBackup": "online_backup",
    "DeviceProtection": "device_protection",
    "TechSupport": "tech_support",
    "StreamingTV": "streaming_tv",
    "StreamingMovies": "streaming_movies",
}
BOOKED = {"Yes": "yes", "No": "", "No phone service": "", "No internet service": ""}
PAYMENT_METHODS = {
    "Electronic check": "electronic_check",
    "Mailed check": "mailed_check",
    "Bank transfer (automatic)": "bank_transfer",
    "Credit card (automatic)": "credit_card",
}
MONTHS = {"month": 1, "year": 12, "two_years": 24}
# What the cheapest customers of each kind pay in the file, rounded: the rest are services booked beside it.
TIERS = (
    ("phone", "Phone", 2000, ["Phone line"]),
    ("dsl", "DSL", 2500, ["DSL internet"]),
    ("fibre", "Fibre", 7000, ["Fibre internet", "Phone line"]),
)
CYCLE_NAMES = {"month": "monthly", "year": "one year", "two_years": "two years"}


def telco_plans() -> tuple[dict[str, Any], ...]:
    """Return a plan for each way to be connected and each length of contract, priced for the whole of its cycle."""
    return tuple(
        {
            "code": f"{tier}-{cycle}",
            "name": f"{name}, {words}",
            "price_minor": price * MONTHS[cycle],
            "cycle": cycle,
            "entitlements": entitlements,
        }
        for tier, name, price, entitlements in TIERS
        for cycle, words in CYCLE_NAMES.items()
    )


def read_telco(cells: Cells, client: Any, as_of: date) -> Opening:
    """Read a customer: tenure in months becomes a date, churn a closed account, the charges terms of the membership.

    The file's amounts have no currency; they are taken to be in the client's.
    """
    tenure = cells.whole("tenure", 1200)
    internet = cells.choice("InternetService", INTERNET)
    booked = [service for column, service in SERVICES.items() if cells.choice(column, BOOKED)]
    if internet == "phone" and set(booked) - {"phone", "multiple_lines"}:
        cells.refuse("InternetService", _("is No, but services that need internet are booked"))
    return Opening(
        number=cells.text("customerID", 60, required=True),
        status=cells.choice("Churn", {"No": "active", "Yes": "closed"}),
        plan=f"{internet}-{cells.choice('Contract', CONTRACTS)}",
        terms={
            "monthly_minor": cells.amount("MonthlyCharges", client.currency),
            # Whoever came this month has not been charged yet: the value is blank.
            "charged_minor": cells.amount("TotalCharges", client.currency, default=None if tenure else 0),
            "currency": client.currency,
            "services": booked,
            "payment_method": cells.choice("PaymentMethod", PAYMENT_METHODS),
            "paperless": cells.choice("PaperlessBilling", {"Yes": "yes", "No": "no"}) == "yes",
        },
        details={"opened_on": months_before(as_of, tenure)},
    )


def months_before(day: date, months: int) -> date:
    """Return the first day of the month ``months`` before the one of ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


MAPPINGS = {
    "standard": Mapping(columns=("number",), read=read_standard),
    "telco": Mapping(
        columns=(
            *("customerID", "tenure", "InternetService", "Contract", "MonthlyCharges", "TotalCharges"),
            *("PaymentMethod", "PaperlessBilling", "Churn", *SERVICES),
        ),
        read=read_telco,
        plans=telco_plans(),
    ),
}
