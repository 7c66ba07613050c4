"""The list of memberships, now or on a day of the past."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import membership_told, personal
from accounts.membership_exports import MEMBERSHIPS
from accounts.membership_filters import MembershipFilterForm
from accounts.models import SavedView
from accounts.paging import Page
from accounts.services import membership_lists
from accounts.services.memberships import own_status
from accounts.views.allowed import clients_or_404
from accounts.views.beside_list import kept_views
from accounts.views.exports import offer


def own_statuses(rows, rules, day):
    """Return the own status of each membership of a page by the clients' rules; of a day of the past none is told."""
    now, is_told = timezone.now(), rules and not day
    return [own_status.told(row, rules.get(row.client_id, ()), now) if is_told else "" for row in rows]


@require_safe
def membership_list(request):
    """List the memberships of somebody's clients, narrowed by what the address says."""
    form = MembershipFilterForm(request.GET, clients=clients_or_404(request.user, "see"))
    if not form.chosen:
        raise Http404
    page = membership_lists.page(request, form.chosen, **form.narrow) if form.is_valid() else Page([])
    day = form.cleaned_data.get("on")
    context = {
        "form": form,
        "rows": [
            (row, personal.holder(row.account), membership_told.as_it_was(row), own)
            for row, own in zip(page.rows, own_statuses(page.rows, form.own_rules, day), strict=True)
        ],
        "page": page,
        "day": day,
        "offer": offer(request, MEMBERSHIPS, form.chosen) if page.rows else None,
        "is_narrowed": any(request.GET.get(name) for name in ("client", *form.fields)),
    } | kept_views(request, form, SavedView.Listed.MEMBERSHIPS)
    return render(request, "accounts/membership_list.html", context, status=200 if form.is_valid() else 400)
