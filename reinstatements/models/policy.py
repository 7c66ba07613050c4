from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts import grants
from accounts.models import Client
from accounts.models.base import Row, TenantQuerySet, tenant_manager


class PolicyQuerySet(TenantQuerySet):
    def for_user(self, user):
        """Return the policies of the clients where ``user`` holds any role: all may know by which rules cases go."""
        return self.of_clients(list(grants.of(user)))

    def in_force(self, at):
        """Return the versions that were in force by ``at``, the one that is in force first."""
        return self.filter(in_force_from__lte=at).order_by("-in_force_from", "-version")

    def waiting(self):
        """Return the proposals that nobody has put in force or turned down."""
        return self.filter(decided_by=None, proposed_by__isnull=False)


class Policy(Row):
    """Which checks, approvals and times apply to a kind of case at a client. A version is never edited.

    One person proposes a version, another puts it in force or turns it down, once. The version that a client begins
    with comes from the product and has neither.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="policies", verbose_name=_("client"))
    kind = models.CharField(_("kind of case"), max_length=20)
    version = models.PositiveIntegerField(_("version"))
    rules = models.JSONField(_("rules"))
    note = models.CharField(_("what changes, and why"), max_length=300, blank=True)
    proposed_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed"), default=timezone.now)
    proposed_entry = models.UUIDField(_("proposed by entry"), null=True)
    decided_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", null=True, db_index=False, verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_entry = models.UUIDField(_("decided by entry"), null=True)
    in_force_from = models.DateTimeField(_("in force from"), null=True)

    objects = tenant_manager(PolicyQuerySet)
    history = HistoricalRecords(
        history_id_field=models.BigAutoField(), no_db_index=["client", "proposed_by", "decided_by"]
    )

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        ordering = ("client", "kind", "-version")
        constraints = [
            models.UniqueConstraint(fields=["client", "kind", "version"], name="policy_version_once"),
            models.CheckConstraint(
                condition=Q(decided_by=None, decided_at=None, decided_entry=None)
                | Q(decided_by__isnull=False, decided_at__isnull=False, decided_entry__isnull=False),
                name="policy_decided_by_somebody",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.version}"

    def get_absolute_url(self):
        return reverse("policy", args=[self.pk])

    @property
    def is_waiting(self):
        return self.proposed_by_id is not None and self.decided_by_id is None

    @property
    def is_turned_down(self):
        return self.decided_by_id is not None and self.in_force_from is None
