from functools import cache

from django.http import Http404

from accounts import grants, standins
from accounts.models import Client


def clients_or_404(user, capability):
    """Return the clients where ``user`` may do this, by name. Whoever may nowhere finds no such page."""
    if not grants.has_anywhere(user, capability):
        raise Http404
    return standins.rows(user, allowing(capability), capability)


@cache
def allowing(capability):
    """Return the question for the clients where somebody has this capability."""
    return lambda user: Client.objects.filter(pk__in=grants.client_ids(user, capability))


def clients_seen(user):
    """Return the clients that somebody sees, by name."""
    return standins.rows(user, allowing("see"))
