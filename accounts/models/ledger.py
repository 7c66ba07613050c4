from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import TenantQuerySet, new_id, tenant_manager
from accounts.models.client import Client

# Statuses from which nothing returns to service without a reinstatement request, whichever door is used.
STOPPED_STATUSES = ("on_hold", "suspended", "deactivated", "closed", "expired", "cancelled")
IN_SERVICE = ("active", "trial")
ENDING = ("suspended", "under_review")
"""Statuses that can have an end of their own."""
REINSTATES = Q(subject_type__in=("account", "membership"), to_status__in=IN_SERVICE, from_status__in=STOPPED_STATUSES)


class Origin(models.TextChoices):
    MEMBER = "member", _("Member")
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    RULE = "rule", _("Rule")
    CLIENT_SYSTEM = "client_system", _("Client's system")
    IMPORT = "import", _("Import")


class StatusChangeQuerySet(TenantQuerySet):
    capability = "see_log"


class StatusChange(models.Model):
    """One entry of the ledger: exact bytes, stored once, with searchable columns beside them. See docs/ledger.md."""

    id = models.BigAutoField(primary_key=True)
    uid = models.UUIDField(default=new_id, unique=True)
    body = models.BinaryField()
    hash = models.BinaryField(max_length=32)
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="entries", null=True, db_index=False, verbose_name=_("account")
    )
    number = models.BigIntegerField(_("number"))
    subject_type = models.CharField(_("subject"), max_length=20)
    subject_id = models.UUIDField()
    action = models.CharField(_("action"), max_length=40)
    from_status = models.CharField(_("from"), max_length=20, blank=True)
    to_status = models.CharField(_("to"), max_length=20, blank=True)
    reason = models.CharField(_("reason"), max_length=40)
    origin = models.CharField(_("origin"), max_length=20, choices=Origin)
    actor = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False, verbose_name=_("by"))
    on_behalf = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("on behalf of")
    )
    rule = models.CharField(_("rule"), max_length=60, blank=True)
    occurred_at = models.DateTimeField(_("happened"))
    recorded_at = models.DateTimeField(_("recorded"))
    caused_by_type = models.CharField(max_length=20, blank=True)
    caused_by = models.UUIDField(_("caused by"), null=True)
    case_hash = models.CharField(max_length=64, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True)

    objects = tenant_manager(StatusChangeQuerySet)

    class Meta:
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["client", "-id"], name="entry_by_client"),
            models.Index(
                fields=["client", "occurred_at"],
                condition=Q(subject_type="membership", action__in=("cancel", "convert", "expire")),
                name="membership_ended",
            ),
        ]
        constraints = [
            # IS NOT NULL and not NOT IS NULL: only so does SQLite use this index for account_id = ?.
            models.UniqueConstraint(
                fields=["account", "number"], condition=Q(account__isnull=False), name="entry_number_once"
            ),
            models.UniqueConstraint(
                fields=["client", "number"], condition=Q(account=None), name="client_entry_number_once"
            ),
            models.UniqueConstraint(
                fields=["caused_by", "subject_id"], condition=REINSTATES, name="approval_reinstates_a_subject_once"
            ),
            # Greater than nothing, not other than it: only so does SQLite use this index.
            models.UniqueConstraint(
                fields=["subject_id"], condition=Q(from_status="", to_status__gt=""), name="subject_is_opened_once"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="entry_number_from_one"),
            models.CheckConstraint(condition=~Q(reason=""), name="entry_has_a_reason"),
            models.CheckConstraint(condition=~Q(action=""), name="entry_has_an_action"),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="entry_has_an_origin"),
            models.CheckConstraint(condition=~REINSTATES | ~Q(caused_by=None), name="reinstating_has_a_cause"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(to_status__in=ENDING, ends_at__gt=F("occurred_at")),
                name="what_ends_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(occurred_at__lte=F("recorded_at")), name="entry_tells_of_the_past"),
        ]

    def __str__(self):
        return f"{self.number} {self.action}"


class Disclosure(models.Model):
    """Words or values that an entry is bound to by a salted commitment, and that can be erased without it."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(
        StatusChange, models.PROTECT, to_field="uid", db_column="entry_uid", related_name="disclosures"
    )
    account = models.ForeignKey(Account, models.PROTECT, related_name="disclosures")
    field = models.CharField(max_length=40)
    salt = models.BinaryField(max_length=32)
    ciphertext = models.BinaryField()

    objects = tenant_manager(client="account__client")

    class Meta:
        verbose_name = _("disclosure")
        constraints = [models.UniqueConstraint(fields=["entry", "field"], name="disclosure_once")]
