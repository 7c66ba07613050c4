"""What people do with lists: filters of accounts and memberships that they keep, and many accounts changed at once."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.base import Row, TenantQuerySet, tenant_manager
from accounts.models.client import Client
from accounts.models.staff import User


class SavedViewQuerySet(TenantQuerySet):
    def offered_to(self, user):
        """Return somebody's own views, and those that others share at the clients that they see."""
        return self.for_user(user).filter(models.Q(owner=user) | models.Q(is_shared=True))

    def beside(self, user, listed):
        """Return the views that stand beside one list."""
        return self.offered_to(user).filter(listed=listed).select_related("client", "owner")


class SavedView(Row):
    """A filter of a list under a name: its owner's, or shared with everybody who sees the client."""

    class Listed(models.TextChoices):
        ACCOUNTS = "accounts", _("Accounts")
        MEMBERSHIPS = "memberships", _("Memberships")

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("owner"))
    listed = models.CharField(_("list"), max_length=20, choices=Listed, default=Listed.ACCOUNTS)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filter"), max_length=500)
    is_shared = models.BooleanField(_("shared"), default=False)
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)

    objects = tenant_manager(SavedViewQuerySet)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ("name", "id")
        constraints = [models.UniqueConstraint(fields=["client", "owner", "listed", "name"], name="saved_view_once")]

    def __str__(self):
        return self.name


class BulkChange(Row):
    """One thing that somebody did to many accounts, and what became of each. Its key comes with the form: it runs once.

    ``outcomes`` has, in the order of the list, ``[account, why it was refused or ""]`` of each that was reached.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    deed = models.CharField(_("what"), max_length=20)
    reason = models.CharField(_("reason code"), max_length=40)
    accounts = models.JSONField(_("accounts"), default=list)
    outcomes = models.JSONField(_("outcomes"), default=list)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
