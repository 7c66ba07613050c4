from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts import grants
from accounts.models.base import Row, TenantQuerySet, tenant_manager


class Industry(models.TextChoices):
    BANK = "bank", _("Bank")
    TELECOM = "telecom", _("Telecom")
    COMMERCE = "commerce", _("Commerce and streaming")
    SAAS = "saas", _("Software as a service")
    HEALTH = "health", _("Health and insurance")


class ClientQuerySet(TenantQuerySet):
    def for_user(self, user):
        return self.filter(pk__in=grants.client_ids(user, self.capability))

    def configurable_by(self, user):
        return self.filter(pk__in=grants.client_ids(user, "configure"))


class Client(Row):
    """A business we serve: the tenant."""

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=100)
    industry = models.CharField(_("industry"), max_length=20, choices=Industry)
    colour = models.PositiveSmallIntegerField(
        _("colour stripe"), default=1, help_text=_("1 to 12. It stands on every page of this client.")
    )
    language = models.CharField(_("language members fall back to"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC")
    country = models.CharField(_("country"), max_length=2, default="US", help_text=_("ISO 3166, two letters."))
    currency = models.CharField(_("currency"), max_length=3, default="USD", help_text=_("ISO 4217, three letters."))
    sender_name = models.CharField(_("sender of mails"), max_length=100, blank=True)
    points_survive = models.BooleanField(
        _("points survive a suspension"), default=True, help_text=_("Otherwise they are lost with it.")
    )
    merge_undo_days = models.PositiveSmallIntegerField(
        _("days in which a merge can be undone"), default=14, validators=[MaxValueValidator(366)]
    )
    is_active = models.BooleanField(_("served"), default=True)
    head_number = models.BigIntegerField(default=0, editable=False)
    head_hash = models.BinaryField(max_length=32, default=b"", editable=False)

    objects = tenant_manager(ClientQuerySet, client="id")
    history = HistoricalRecords(
        excluded_fields=["head_number", "head_hash"], history_id_field=models.BigAutoField(), no_db_index=["code"]
    )

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = ("name",)
        permissions = tuple((grants.PERMISSION_PREFIX + value, label) for value, label in grants.Role.choices)
        constraints = [
            models.CheckConstraint(condition=models.Q(colour__gte=1, colour__lte=12), name="client_colour_in_palette")
        ]

    def __str__(self):
        return self.name

    @property
    def client_id(self):
        return self.pk


class ReasonCode(Row):
    """A code that a client's staff choose from when something is stopped, resumed, declined or sent back."""

    class Use(models.TextChoices):
        STOP = "stop", _("Stopping service")
        HOLD = "hold", _("Holding for payment")
        RESUME = "resume", _("Resuming service")
        DECLINE = "decline", _("Declining")
        SEND_BACK = "send_back", _("Sending back")
        WITHDRAW = "withdraw", _("Withdrawing")
        REVEAL = "reveal", _("Revealing personal data")
        WRITE_OFF = "write_off", _("Writing off a debt")
        CONFIRM_SIGNAL = "confirm_signal", _("Confirming a signal")
        CLEAR_SIGNAL = "clear_signal", _("Clearing a signal")
        REVERSE = "reverse", _("Reversing a reinstatement")
        CONTACT = "contact", _("Changing contact data")
        QUERY = "query", _("What a customer asks about")
        START = "start", _("Starting or renewing a membership")
        PAUSE = "pause", _("Pausing or resuming a membership")
        CANCEL = "cancel", _("Cancelling a membership")
        CHANGE_PLAN = "change_plan", _("Changing the plan")
        ADJUST = "adjust", _("Changing tier or points")
        OWN_STATUS = "own_status", _("Setting a client's own status")
        MERGE = "merge", _("Merging accounts")
        UNMERGE = "unmerge", _("Declining or undoing a merge")
        ACTIVATE = "activate", _("Activating an account")
        CHANGE_STOP = "change_stop", _("Changing the end of a suspension")
        REVIEW = "review", _("Putting under review")
        END_REVIEW = "end_review", _("Ending a review")
        DEACTIVATE = "deactivate", _("Deactivating an account")
        CLOSE = "close", _("Closing an account")

    client = models.ForeignKey(Client, models.CASCADE, related_name="reason_codes", verbose_name=_("client"))
    use = models.CharField(_("use"), max_length=20, choices=Use)
    code = models.SlugField(_("code"), max_length=40)
    label = models.CharField(_("label"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)

    objects = tenant_manager()
    history = HistoricalRecords(history_id_field=models.BigAutoField(), no_db_index=["code", "client"])

    class Meta:
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        ordering = ("client", "use", "position", "code")
        constraints = [models.UniqueConstraint(fields=["client", "use", "code"], name="reason_code_once")]
        # A list asks for the word of a code for each of its rows, whatever the code is used for.
        indexes = [models.Index(fields=["client", "code"], name="reason_by_code")]

    def __str__(self):
        return self.label
