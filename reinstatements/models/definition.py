from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import grants, standins
from accounts.models import Client, User
from accounts.models.base import Row, tenant_manager

MOST_SHOWN = 40


def offered_to(user):
    """Return somebody's own queues, and those that are meant for a role they hold at their client, by name."""
    return [row for row in standins.rows(user, own_or_shared) if row.is_for(user)]


def own_or_shared(user):
    return readable(user).order_by("name", "id")[:MOST_SHOWN]


def readable(user):
    return QueueDefinition.objects.for_user(user).filter(Q(owner=user) | Q(is_shared=True))


class QueueDefinition(Row):
    """A list of cases that somebody defined: which, in which columns and order, and who works from it.

    ``query`` is what stands in the address of the list. It belongs to one client, so sharing it shares nothing else.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False, verbose_name=_("client"))
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filter, columns and order"), max_length=500)
    roles = models.JSONField(_("for"), default=list)
    is_shared = models.BooleanField(_("shared"), default=False)
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)

    objects = tenant_manager()

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ("name", "id")
        constraints = [models.UniqueConstraint(fields=["client", "owner", "name"], name="queue_definition_once")]

    def __str__(self):
        return self.name

    def is_for(self, user):
        """Tell whether it is this person's own, or meant for a role that they hold at its client."""
        return self.owner_id == user.pk or bool(set(self.roles) & grants.roles(user, self.client_id))
