"""Queues that people define: their own, and with a supervisor those that a client's roles work from."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import grants
from accounts.errors import Invalid, Refused
from accounts.grants import Role
from reinstatements import rules
from reinstatements.models import QueueDefinition

MOST = 30


def save(client, query, *, actor, name, roles=()):
    """Keep what stands in the address of a list as a queue; the same name again takes its place.

    ``roles`` are those that work from it; with none it is one's own. The form of the list has checked ``query``. Raises
    ``Refused`` for who does not see the client, or shares without being a supervisor; ``Invalid`` for what cannot be.
    """
    if not grants.allows(actor, client.pk, "see"):
        raise Refused(_("You do not see this client's cases."))
    name, roles = name.strip(), sorted(set(roles) & set(Role.values))
    if roles and not rules.can_assign(client, actor):
        raise Refused(_("Only a supervisor makes a queue for others."))
    if not name:
        raise Invalid(_("Give the queue a name."), field="name")
    if len(query) > QueueDefinition._meta.get_field("query").max_length:
        raise Invalid(_("This filter is too long to be kept."), field="name")
    own = QueueDefinition.objects.filter(client=client, owner=actor)
    if own.exclude(name=name).count() >= MOST:
        raise Invalid(_("You keep %d queues of this client already. Remove one first.") % MOST, field="name")
    new = {"query": query, "roles": roles, "is_shared": bool(roles), "saved_at": timezone.now()}
    try:
        with transaction.atomic():
            return QueueDefinition.objects.update_or_create(client=client, owner=actor, name=name, defaults=new)[0]
    except IntegrityError as error:
        raise Invalid(_("Somebody saved a queue of this name at the same moment."), field="name") from error


def remove(definition, *, actor):
    """Forget one's own queue; a supervisor removes a shared one of anybody."""
    may = definition.owner_id == actor.pk or (definition.is_shared and rules.can_assign(definition, actor))
    if not may:
        raise Refused(_("Only who made a queue removes it, or a supervisor."))
    definition.delete()
