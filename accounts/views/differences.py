"""What the client's own system says otherwise."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import grants, paging
from accounts.difference_exports import DIFFERENCES, DifferenceFilter
from accounts.models import Difference
from accounts.views.allowed import clients_or_404
from accounts.views.exports import offer

READERS = ("see_log", "configure")
"""Who watches over a client, and who hands its files in; the list has numbers and statuses only."""
COUNTED = 10_000


def clients_read(user):
    """Return the clients whose differences somebody may read, by name."""
    able = [capability for capability in READERS if grants.has_anywhere(user, capability)]
    if not able:
        raise Http404
    found = {client.pk: client for capability in able for client in clients_or_404(user, capability)}
    return sorted(found.values(), key=lambda client: (client.name, str(client.pk)))


@require_safe
def difference_list(request):
    """List what the client's system said otherwise by number of account, narrowed by what the address says."""
    clients = clients_read(request.user)
    form = DifferenceFilter(request.GET, clients=clients)
    rows = Difference.objects.filter(client__in=[client.pk for client in clients]).select_related("client", "account")
    context = {"form": form, "several_clients": len(clients) > 1}
    if form.is_valid():
        found = form.narrow(rows)
        context["page"] = paging.page(request, found, keys=("number", "id"), ascending=True)
        context["total"] = found.order_by()[: COUNTED + 1].count()
        context["counted"] = COUNTED
        context["offer"] = offer(request, DIFFERENCES, form.chosen())
        context["seeing"] = grants.client_ids(request.user, "see")
    return render(request, "accounts/difference_list.html", context, status=200 if form.is_valid() else 400)
