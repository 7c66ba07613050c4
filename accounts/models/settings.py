"""What a client has decided about its accounts: when one may be activated, and what a review stops."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts import review_guidelines
from accounts.models.base import Row, tenant_manager
from accounts.models.client import Client, Industry

LONGEST_REVIEW_DAYS = 365
LONGEST_RETENTION_MONTHS = 1200
LONGEST_REMINDER_DAYS, MOST_REMINDERS = 365, 5


class Required(models.TextChoices):
    """What can be asked for before an account is activated."""

    HOLDER = "holder_name", _("Name of the holder")
    CONTACT = "contact", _("A way to reach the holder: mail address or phone number")
    EMAIL = "email", _("Mail address")
    PHONE = "phone", _("Phone number")
    ADDRESS = "address", _("Postal address")
    COUNTRY = "country", _("Country")
    PLAN = "plan", _("A plan that is sold")


class Blocked(models.TextChoices):
    """What can be stopped while an account is under review. A reinstatement always is."""

    CHANGE_PLAN = "change_plan", _("Changing the plan")
    PAUSE = "pause", _("Pausing or resuming a membership")
    CANCEL = "cancel", _("Cancelling a membership")
    ADJUST = "adjust", _("Changing tier or points")
    REFUND = "refund", _("Paying money back")
    CONTACT = "contact", _("Changing contact data")
    CLOSE = "close", _("Closing the account")


class Asked(models.TextChoices):
    """What a caller can be asked to prove who they are; the codes of ``accounts.call_questions``."""

    EMAIL = "email", _("Mail address on file")
    ADDRESS = "address", _("House number and postal code on file")
    SINCE = "since", _("Customer since which month")
    LAST_PAYMENT = "last_payment", _("Amount of the last payment")
    PLAN = "plan", _("Name of a plan they have")
    PHONE = "phone", _("Phone number on file")


BASIC = (Required.HOLDER, Required.CONTACT, Required.COUNTRY, Required.PLAN)
REQUIRED_BY_INDUSTRY = {
    Industry.BANK: (Required.HOLDER, Required.EMAIL, Required.PHONE, Required.ADDRESS, Required.COUNTRY),
    Industry.TELECOM: (*BASIC, Required.ADDRESS),
    Industry.COMMERCE: BASIC,
    Industry.SAAS: (Required.HOLDER, Required.EMAIL, Required.COUNTRY, Required.PLAN),
    Industry.HEALTH: (*BASIC, Required.ADDRESS),
}
BLOCKED_BY_INDUSTRY = {
    Industry.BANK: tuple(Blocked),
    Industry.HEALTH: (Blocked.CHANGE_PLAN, Blocked.REFUND, Blocked.CONTACT, Blocked.CLOSE),
}
BLOCKED = (Blocked.CHANGE_PLAN, Blocked.ADJUST, Blocked.REFUND, Blocked.CONTACT, Blocked.CLOSE)
# How long what is known of a former customer is kept: ten years where accounts and treatments have to be accounted for.
RETENTION_MONTHS = {Industry.BANK: 120, Industry.HEALTH: 120}


def a_month_and_a_week():
    return [30, 7]


def three_days():
    return [3]


def four_questions():
    return ["address", "email", "last_payment", "since"]


def check_days(days):
    """Refuse what is not a short list of days before, each once: whole numbers from 1 to 365."""
    is_list = isinstance(days, list) and len(days) <= MOST_REMINDERS and len(set(map(str, days))) == len(days)
    if not is_list or not all(type(each) is int and 1 <= each <= LONGEST_REMINDER_DAYS for each in days):
        raise ValidationError(_("Write up to five different numbers of days from 1 to 365, such as 30, 7."))


class AccountSettings(Row):
    """One row for each client; a client without one goes by what is usual in its industry."""

    client = models.OneToOneField(
        Client, models.CASCADE, related_name="account_settings", verbose_name=_("client"), db_index=False
    )
    required = models.JSONField(_("required before an account is activated"), default=list, blank=True)
    review_days = models.PositiveSmallIntegerField(
        _("days of a review"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_REVIEW_DAYS)],
        help_text=_("Unless another end is named. A review that runs out ends by itself."),
    )
    review_blocks = models.JSONField(_("stopped while under review"), default=list, blank=True)
    review_tells = models.BooleanField(
        _("the member is told of a review"),
        default=True,
        help_text=_("Unless somebody says otherwise. Where a suspicion must not be told, nobody is."),
    )
    review_guidelines = models.JSONField(
        _("guidelines of a review"), default=list, blank=True, validators=[review_guidelines.check]
    )
    retention_months = models.PositiveSmallIntegerField(
        _("months that an account is kept"),
        default=36,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_RETENTION_MONTHS)],
        help_text=_("After it was deactivated or closed."),
    )

    renewal_reminders = models.JSONField(
        _("reminders of a renewal, days before"), default=a_month_and_a_week, blank=True, validators=[check_days]
    )
    trial_reminders = models.JSONField(
        _("reminders of the end of a trial, days before"), default=three_days, blank=True, validators=[check_days]
    )
    offer_days = models.JSONField(
        _("offers to come back, days after"), default=list, blank=True, validators=[check_days]
    )
    offer_valid_days = models.PositiveSmallIntegerField(
        _("days that an offer is valid"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_REMINDER_DAYS)],
    )
    ends_need_two = models.BooleanField(
        _("two people to close or cancel"),
        default=False,
        help_text=_("One person proposes to close an account or cancel a membership, another one confirms it."),
    )
    training_roles = models.CharField(
        _("roles that ask for a training"),
        max_length=100,
        blank=True,
        help_text=_("Without a valid one such a role is closed, from this moment on."),
    )
    call_questions = models.JSONField(
        _("what a caller is asked"),
        default=four_questions,
        blank=True,
        help_text=_("What is not on file of a customer is not asked."),
    )
    call_asked = models.PositiveSmallIntegerField(
        _("questions a call"), default=2, validators=[MinValueValidator(1), MaxValueValidator(len(Asked))]
    )
    call_attempts = models.PositiveSmallIntegerField(
        _("failed calls until the account is locked"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
    )
    call_lock_minutes = models.PositiveSmallIntegerField(
        _("minutes of the lock"), default=60, validators=[MinValueValidator(5), MaxValueValidator(24 * 60)]
    )

    objects = tenant_manager()
    history = HistoricalRecords(history_id_field=models.BigAutoField(), no_db_index=["client"])

    class Meta:
        verbose_name = _("account settings")
        verbose_name_plural = _("account settings")

    def __str__(self):
        return str(self.client)


def usual(industry):
    """Return what a client of this industry begins with."""
    return {
        "required": [str(each) for each in REQUIRED_BY_INDUSTRY.get(industry, BASIC)],
        "review_blocks": [str(each) for each in BLOCKED_BY_INDUSTRY.get(industry, BLOCKED)],
        "review_tells": industry != Industry.BANK,
        "review_guidelines": review_guidelines.usual(industry),
        "retention_months": RETENTION_MONTHS.get(industry, 36),
    }


def settings_of(client):
    """Return a client's settings for its accounts: its own, or the usual ones, not saved."""
    found = AccountSettings.objects.filter(client=client).first()
    return found or AccountSettings(client=client, **usual(client.industry))
