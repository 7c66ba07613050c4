"""What stands beside the lists of accounts and memberships: kept filters, and what can be done to many at once."""

from urllib.parse import urlencode

from django.urls import reverse

from accounts import grants
from accounts.forms import SaveViewForm
from accounts.models import SavedView
from accounts.services import bulk, offers

FILTER = ("client", "status", "number", "restriction", "overdue", "at", "time", "zone")
Listed = SavedView.Listed
KEPT = {
    Listed.ACCOUNTS: ("account_list", FILTER),
    Listed.MEMBERSHIPS: ("membership_list", ("client", "plan", "status", "on")),
}
"""The page of each list, and what of its address is kept."""


def beside_the_list(request, form):
    """Return what stands beside the list of accounts: kept views, and what can be done to many at once."""
    may_change = form.is_valid() and not form.moment and grants.has_anywhere(request.user, "work")
    return kept_views(request, form, Listed.ACCOUNTS) | {
        "bulk_deeds": [offers.DEEDS[name] for name in bulk.DEEDS] if may_change else [],
        "one_client": len(form.chosen) == 1,
        "bulk_filter": [(name, request.GET[name]) for name in FILTER if request.GET.get(name)],
        "most": bulk.MOST,
    }


def kept_views(request, form, listed):
    """Return the views of a list that are offered, and the form that keeps the filter as it stands in the address."""
    views = SavedView.objects.beside(request.user, listed)
    may_save = len(form.chosen) == 1 and form.is_valid()
    return {
        "views": [(view, address(view)) for view in views],
        "listed": listed,
        "filter_query": filter_query(request.GET, listed),
        "save_form": SaveViewForm() if may_save else None,
    }


def address(view):
    return f"{reverse(KEPT[view.listed][0])}?{view.query}"


def filter_query(data, listed=Listed.ACCOUNTS):
    """Return the filter of a list as it stands in its address, without pages."""
    return urlencode({name: data[name] for name in KEPT[listed][1] if data.get(name)})
