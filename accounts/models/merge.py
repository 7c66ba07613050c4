from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client
from accounts.models.staff import Person


class MergeQuerySet(TenantQuerySet):
    def waiting(self):
        """Return the proposals that nobody has decided yet."""
        return self.filter(decided=None)

    def standing(self):
        """Return the merges that were confirmed and not undone since."""
        undone = self.model._base_manager.filter(undoes=OuterRef("pk"), decided__decision=MergeDecision.CONFIRMED)
        return self.filter(kind=AccountMerge.Kind.MERGE, decided__decision=MergeDecision.CONFIRMED).exclude(
            Exists(undone)
        )


class AccountMerge(Row):
    """A proposal that one account be absorbed by another, or that this be undone, with the facts shown. Append-only.

    The accounts' own chains say what was done; no other row of either account is re-pointed.
    """

    class Kind(models.TextChoices):
        MERGE = "merge", _("Merge")
        UNDO = "undo", _("Undo a merge")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", verbose_name=_("client"))
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    survivor = models.ForeignKey(Account, models.PROTECT, related_name="merges_into", verbose_name=_("survivor"))
    absorbed = models.ForeignKey(
        Account, models.PROTECT, related_name="merges_away", verbose_name=_("absorbed account")
    )
    undoes = models.ForeignKey("self", models.PROTECT, related_name="undoings", null=True)
    proposed_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False)
    proposed_person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed"), default=timezone.now)
    reason = models.CharField(_("reason"), max_length=40)
    facts = models.JSONField(_("facts"))
    facts_hash = models.CharField(_("SHA-256 of the facts"), max_length=64)
    entry = models.UUIDField(_("entry"))

    objects = tenant_manager(MergeQuerySet)

    class Meta:
        verbose_name = _("merge of accounts")
        verbose_name_plural = _("merges of accounts")
        constraints = [
            models.CheckConstraint(condition=~Q(survivor=F("absorbed")), name="merge_of_two_accounts"),
            models.CheckConstraint(
                condition=Q(kind="merge", undoes=None) | Q(kind="undo", undoes__isnull=False),
                name="merge_undoes_another",
            ),
        ]

    def __str__(self):
        return f"{self.absorbed} → {self.survivor}"

    def get_absolute_url(self):
        return reverse("merge", args=[self.pk])

    @property
    def is_undo(self):
        return self.kind == self.Kind.UNDO

    @property
    def decision(self):
        """The ``MergeDecision``, or ``None`` while it waits for one."""
        return getattr(self, "decided", None)


class MergeDecision(Row):
    """What a second person decided of a proposal, bound to its facts. Append-only."""

    class Decision(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed")
        DECLINED = "declined", _("Declined")

    CONFIRMED, DECLINED = Decision.CONFIRMED, Decision.DECLINED

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    merge = models.OneToOneField(AccountMerge, models.PROTECT, related_name="decided")
    decision = models.CharField(_("decision"), max_length=10, choices=Decision)
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=40)
    facts_hash = models.CharField(_("SHA-256 of the facts"), max_length=64)
    entry = models.UUIDField(_("entry"))
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("decision about a merge")
        verbose_name_plural = _("decisions about merges")
