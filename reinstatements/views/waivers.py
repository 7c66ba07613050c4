"""The checks that cases went without, by whose decision: for those who read the record."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import grants, paging
from accounts.views.allowed import clients_or_404
from reinstatements import policy_words, presentation
from reinstatements.models import Waiver


@require_safe
def waiver_list(request):
    """List the waivers that were granted at one's clients, newest first."""
    clients_or_404(request.user, "see_log")
    granted = Waiver.objects.of_clients(grants.client_ids(request.user, "see_log"))
    page = paging.page(request, granted.select_related("client", "case__account", "user"), ("granted_at", "id"))
    rows = [(row, policy_words.check(row.code), presentation.role(row.role)) for row in page.rows]
    return render(request, "reinstatements/waivers.html", {"rows": rows, "page": page})
