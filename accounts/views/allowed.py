from django.http import Http404

from accounts import grants
from accounts.models import Client


def clients_or_404(user, capability):
    """Return the clients where ``user`` may do this, by name. Whoever may nowhere finds no such page."""
    found = list(Client.objects.filter(pk__in=grants.client_ids(user, capability)))
    if not found:
        raise Http404
    return found
