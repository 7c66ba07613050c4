"""Who speaks for a customer, whether they proved it on the telephone, and how and when we tried to reach them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client


class RepresentativeQuerySet(TenantQuerySet):
    def in_force(self, day):
        """Return those who speak for their customer on ``day``."""
        return self.filter(ended_entry=None, valid_until__gte=day)


class Representative(Row):
    """Somebody who speaks for the holder until a day. Their name is the account's personal data, sealed and erased so.

    Recorded by an entry, ended by another before their time, and never changed.
    """

    class Scope(models.TextChoices):
        INFORMATION = "information", _("Is told how the account stands")
        REQUESTS = "requests", _("Asks for changes and for service back")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="representatives", verbose_name=_("account"))
    name = models.BinaryField(_("name"), null=True, editable=False)
    scope = models.CharField(_("what they may do"), max_length=12, choices=Scope)
    valid_until = models.DateField(_("last day"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    recorded_entry = models.UUIDField(_("recorded by entry"))
    ended_entry = models.UUIDField(_("ended by entry"), null=True)

    objects = tenant_manager(RepresentativeQuerySet)

    class Meta:
        verbose_name = _("representative")
        verbose_name_plural = _("representatives")
        ordering = ("recorded_at", "id")

    def __str__(self):
        return self.get_scope_display()


class Call(Row):
    """One time that somebody answered the questions by which a customer is known. No answer is kept, right or wrong."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="calls", db_index=False, verbose_name=_("account")
    )
    representative = models.ForeignKey(
        Representative, models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("representative")
    )
    asked = models.JSONField(_("questions"), default=list)
    passed = models.BooleanField(_("passed"))
    failures = models.PositiveSmallIntegerField(_("times failed in a row"), default=0)
    locked_until = models.DateTimeField(_("locked until"), null=True)
    called_at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False, verbose_name=_("by"))
    entry = models.UUIDField(_("entry"))

    objects = tenant_manager()

    class Meta:
        verbose_name = _("verification by phone")
        verbose_name_plural = _("verifications by phone")
        ordering = ("-called_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(passed=True, failures=0, locked_until=None) | Q(passed=False, failures__gt=0),
                name="call_counts_failures",
            ),
        ]
        indexes = [models.Index(fields=["account", "-called_at", "-id"], name="call_by_account")]

    def __str__(self):
        return str(self.called_at)


class ContactAttemptQuerySet(TenantQuerySet):
    def waiting(self):
        """Return those after which somebody is to be called back and was not yet."""
        return self.filter(call_back_at__isnull=False, settled_entry=None)

    def due(self, now):
        """Return the call-backs whose day has come, at the client."""
        return self.waiting().filter(due_from__lte=now)


class ContactAttempt(Row):
    """One time that we reached a customer or they us, or did not, and when they are to be called back."""

    class Direction(models.TextChoices):
        INCOMING = "in", _("They called")
        OUTGOING = "out", _("We called")

    class Outcome(models.TextChoices):
        REACHED = "reached", _("Spoke with them")
        NO_ANSWER = "no_answer", _("Nobody answered")
        VOICEMAIL = "voicemail", _("Left a message")
        WRONG_NUMBER = "wrong_number", _("Wrong number")
        HUNG_UP = "hung_up", _("Broke off")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="contact_attempts", db_index=False, verbose_name=_("account")
    )
    direction = models.CharField(_("direction"), max_length=3, choices=Direction)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    attempted_at = models.DateTimeField(_("when"), default=timezone.now)
    call_back_at = models.DateTimeField(_("to be called back"), null=True)
    due_from = models.DateTimeField(_("beginning of that day at the client"), null=True)
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False, verbose_name=_("by"))
    entry = models.UUIDField(_("entry"))
    settled_entry = models.UUIDField(_("called back by entry"), null=True)

    objects = tenant_manager(ContactAttemptQuerySet)

    class Meta:
        verbose_name = _("contact attempt")
        verbose_name_plural = _("contact attempts")
        ordering = ("-attempted_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(call_back_at=None, due_from=None, settled_entry=None)
                | Q(call_back_at__isnull=False, due_from__isnull=False),
                name="call_back_has_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-attempted_at", "-id"], name="attempt_by_account"),
            models.Index(
                fields=["client", "call_back_at", "id"],
                condition=Q(call_back_at__isnull=False, settled_entry=None),
                name="call_back_waiting",
            ),
        ]

    def __str__(self):
        return self.get_outcome_display()
