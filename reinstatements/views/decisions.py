"""Every decision on a case, by whom or by which rule: for those who read the record."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import paging, reasons
from accounts.views.allowed import clients_or_404
from accounts.views.exports import offer
from reinstatements.exports import APPROVALS
from reinstatements.filters import ApprovalFilter, approvals

KEYS = ("decided_at", "id")


@require_safe
def decisions(request):
    """List the decisions at one's clients, newest first, filtered by what stands in the address."""
    clients = clients_or_404(request.user, "see_log")
    rows = approvals(request.user).select_related("client", "case__account", "user", "delegation__giver")
    shown = ApprovalFilter(request.GET, rows, clients=clients)
    context = {"filter": shown}
    if not shown.is_valid():
        return render(request, "reinstatements/decisions.html", context, status=400)
    page = paging.page(request, shown.qs, KEYS)
    labels = reasons.labels_for([client.pk for client in clients])
    lines = [(row, reasons.label(row.client_id, row.reason, labels)) for row in page.rows]
    context |= {"page": page, "lines": lines, "offer": offer(request, APPROVALS, shown.chosen())}
    return render(request, "reinstatements/decisions.html", context)
