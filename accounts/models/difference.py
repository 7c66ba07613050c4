from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.base import Row, tenant_manager
from accounts.models.client import Client


class Difference(Row):
    """Something that the client's own system says of an account and that is not so here. It changes nothing.

    ``source`` is the SHA-256 of the file, ``as_of`` the day that it speaks of: both sides are of its end.
    """

    class Kind(models.TextChoices):
        STATUS = "status", _("Another status")
        NOT_HERE = "not_here", _("Not here")
        NOT_THERE = "not_there", _("Not in the client's system")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", null=True, verbose_name=_("account"))
    number = models.CharField(_("account number"), max_length=60)
    kind = models.CharField(_("difference"), max_length=10, choices=Kind)
    ours = models.CharField(_("status here"), max_length=20, choices=Account.Status, blank=True)
    theirs = models.CharField(_("status there"), max_length=20, choices=Account.Status, blank=True)
    source = models.CharField(_("SHA-256 of the file"), max_length=64)
    as_of = models.DateField(_("as of"))
    found_at = models.DateTimeField(_("found"), default=timezone.now)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        ordering = ("number", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["client", "source", "as_of", "number", "ours", "theirs"], name="difference_once"
            )
        ]
        indexes = [models.Index(fields=["client", "number", "id"], name="difference_by_number")]
