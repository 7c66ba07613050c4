from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.grants import Role
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client
from accounts.models.staff import User


class DelegationQuerySet(TenantQuerySet):
    def in_force(self, at=None):
        at = at or timezone.now()
        return self.filter(starts_at__lte=at, ends_at__gt=at, ended_at=None)

    def not_over(self, at=None):
        return self.filter(ends_at__gt=at or timezone.now(), ended_at=None)


class Delegation(Row):
    """Somebody decides for somebody else at a client for a while, in one role, which they do not pass on."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    giver = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("for"))
    taker = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who decides"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    entry = models.UUIDField(_("entry"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, db_index=False)

    objects = tenant_manager(DelegationQuerySet)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ("-starts_at", "id")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="delegation_ends_after_it_starts"),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="delegation_is_to_somebody_else"),
        ]
        indexes = [models.Index(fields=["client", "-starts_at", "id"], name="delegation_by_client")]

    def __str__(self):
        return _("%(taker)s for %(giver)s") % {"taker": self.taker, "giver": self.giver}
