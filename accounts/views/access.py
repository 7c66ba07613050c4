"""Who looked at what."""

from operator import attrgetter

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import accesslog, paging
from accounts.exports import ACCESS
from accounts.filters import AccessFilter
from accounts.models import AccessRecord
from accounts.views.allowed import clients_or_404
from accounts.views.exports import offer

KEYS = ("created_at", "id")


@require_safe
def access(request):
    """List who opened, revealed, searched and exported at one's clients, newest first."""
    clients = clients_or_404(request.user, "see_access")
    visible = AccessRecord.objects.for_user(request.user).select_related("client", "account", "user")
    shown = AccessFilter(request.GET, visible, clients=clients)
    context = {"filter": shown}
    if not shown.is_valid():
        return render(request, "accounts/access.html", context, status=400)
    page = paging.page(request, shown.qs, KEYS)
    seen, values = accesslog.seen_by([client.pk for client in clients]), attrgetter(*accesslog.FIELDS)
    context |= {"page": page, "lines": [(record, seen(*values(record))) for record in page.rows]}
    context["offer"] = offer(request, ACCESS, shown.chosen())
    return render(request, "accounts/access.html", context)
