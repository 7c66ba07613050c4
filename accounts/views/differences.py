"""What the client's own system says otherwise."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import paging
from accounts.difference_exports import DIFFERENCES, DifferenceFilter
from accounts.models import Difference
from accounts.views.allowed import clients_or_404
from accounts.views.exports import offer


@require_safe
def difference_list(request):
    """List what the client's system said otherwise, newest first, narrowed by what the address says."""
    clients = clients_or_404(request.user, "see_log")
    form = DifferenceFilter(request.GET, clients=clients)
    rows = Difference.objects.filter(client__in=[client.pk for client in clients]).select_related("client", "account")
    context = {"form": form, "several_clients": len(clients) > 1}
    if form.is_valid():
        context["page"] = paging.page(request, form.narrow(rows))
        context["offer"] = offer(request, DIFFERENCES, form.chosen())
    return render(request, "accounts/difference_list.html", context, status=200 if form.is_valid() else 400)
