"""What stands beside the list of accounts: kept filters, and what can be done to many at once."""

from urllib.parse import urlencode

from django.urls import reverse

from accounts import grants
from accounts.forms import SaveViewForm
from accounts.models import SavedView
from accounts.services import bulk, offers

FILTER = ("client", "status", "number", "restriction", "overdue", "at", "time", "zone")


def beside_the_list(request, form):
    """Return what stands beside the list: the views that are offered, and what can be done to many at once."""
    views = SavedView.objects.offered_to(request.user).select_related("client", "owner")
    may_save = len(form.chosen) == 1 and form.is_valid()
    may_change = form.is_valid() and not form.moment and grants.has_anywhere(request.user, "work")
    return {
        "views": [(view, f"{reverse('account_list')}?{view.query}") for view in views],
        "filter_query": filter_query(request.GET),
        "save_form": SaveViewForm() if may_save else None,
        "bulk_deeds": [offers.DEEDS[name] for name in bulk.DEEDS] if may_change else [],
        "one_client": len(form.chosen) == 1,
        "bulk_filter": [(name, request.GET[name]) for name in FILTER if request.GET.get(name)],
        "most": bulk.MOST,
    }


def filter_query(data):
    """Return the filter of a list as it stands in its address, without pages."""
    return urlencode({name: data[name] for name in FILTER if data.get(name)})
