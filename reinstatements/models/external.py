from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Client
from accounts.models.base import Row, TenantQuerySet, tenant_manager
from reinstatements.models.request import ReinstatementRequest

OPEN_FOR = timedelta(days=3)
CODE_FOR = timedelta(minutes=15)
LOOKED_FOR = timedelta(minutes=30)
MOST_CODES, MOST_ATTEMPTS = 3, 5


class InvitationQuerySet(TenantQuerySet):
    def open(self, now=None):
        """Return those that can still be used."""
        return self.filter(used_at=None, ended_at=None, expires_at__gt=now or timezone.now())


class Invitation(Row):
    """Somebody at the client who was asked by mail to decide a case: by a link, and then by a code.

    Of both only keyed digests are stored. The link alone shows nothing; a code is sent when somebody asks for it on the
    page of the link, and is good once.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(ReinstatementRequest, models.PROTECT, related_name="invitations")
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False)
    asked_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", db_index=False)
    entry = models.UUIDField(_("entry"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    expires_at = models.DateTimeField(_("ends"))
    link_digest = models.CharField(_("digest of the link"), max_length=64, unique=True)
    code_digest = models.CharField(_("digest of the code"), max_length=64, blank=True)
    code_until = models.DateTimeField(_("code is good until"), null=True)
    codes_sent = models.PositiveSmallIntegerField(_("codes sent"), default=0)
    attempts = models.PositiveSmallIntegerField(_("wrong codes"), default=0)
    verified_at = models.DateTimeField(_("code given"), null=True)
    used_at = models.DateTimeField(_("decided"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = tenant_manager(InvitationQuerySet)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("asked_at",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(codes_sent__lte=MOST_CODES, attempts__lte=MOST_ATTEMPTS),
                name="invitation_is_limited",
            )
        ]

    def __str__(self):
        return str(self.pk)

    def is_open(self, now):
        return self.used_at is None and self.ended_at is None and self.expires_at > now

    def is_verified(self, now):
        """Whether the code was given a short while ago, so that the case is shown and may be decided."""
        return self.is_open(now) and self.verified_at is not None and self.verified_at > now - LOOKED_FOR
