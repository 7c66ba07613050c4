"""Filters of the lists of accounts and of memberships that are kept under a name."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import grants, rules
from accounts.errors import Invalid, Refused
from accounts.models import SavedView

MOST = 50


def save(client, query, *, actor, name, is_shared, listed=SavedView.Listed.ACCOUNTS):
    """Keep a filter under a name; the same name again takes its place. The form of the list has checked ``query``.

    Raises ``Refused`` for who does not see the client, ``Invalid`` for no name, a filter too long and too many views.
    """
    if not grants.allows(actor, client.pk, "see"):
        raise Refused(_("You do not see this client's accounts."))
    name = name.strip()
    if not name:
        raise Invalid(_("Give the view a name."), field="name")
    if len(query) > SavedView._meta.get_field("query").max_length:
        raise Invalid(_("This filter is too long to be kept."), field="name")
    own = SavedView.objects.filter(client=client, owner=actor, listed=listed)
    if own.exclude(name=name).count() >= MOST:
        raise Invalid(_("You keep 50 views of this client already. Remove one first."), field="name")
    try:
        with transaction.atomic():
            new = {"query": query, "is_shared": is_shared}
            return own.update_or_create(client=client, owner=actor, listed=listed, name=name, defaults=new)[0]
    except IntegrityError as error:
        raise Invalid(_("Somebody saved a view of this name at the same moment."), field="name") from error


def remove(view, *, actor):
    """Forget one's own view; raises ``Refused`` for somebody else's."""
    if view.owner_id != actor.pk or not rules.can_see(view, actor):
        raise Refused(_("Only who saved a view removes it."))
    view.delete()
