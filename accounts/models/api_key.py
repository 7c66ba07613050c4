from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client
from accounts.models.staff import User


class ApiKeyQuerySet(TenantQuerySet):
    def live(self, at=None):
        return self.filter(ends_at__gt=at or timezone.now(), ended_at=None)


class ApiKey(Row):
    """A secret by which a program does, at one client, what its owner may do there. Only its SHA-256 is kept."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WORK = "work", _("Read and work on cases")
        DECIDE = "decide", _("Read, work and decide")

        @property
        def reach(self):
            return list(type(self)).index(self)

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=60)
    scope = models.CharField(_("what it may do"), max_length=10, choices=Scope)
    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    hint = models.CharField(_("begins with"), max_length=12)
    issued_at = models.DateTimeField(_("issued"))
    ends_at = models.DateTimeField(_("valid until"))
    entry = models.UUIDField(_("entry"))
    used_on = models.DateField(_("last used"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, db_index=False)

    objects = tenant_manager(ApiKeyQuerySet)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("-issued_at", "id")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("issued_at")), name="api_key_ends_after_it_is_issued"),
        ]
        indexes = [models.Index(fields=["client", "-issued_at", "id"], name="api_key_by_client")]

    def __str__(self):
        return self.name

    def is_live(self, at):
        return self.ended_at is None and self.ends_at > at

    def reaches(self, scope):
        """Whether the key may do what asks for this scope: each holds those before it."""
        return self.Scope(self.scope).reach >= scope.reach
