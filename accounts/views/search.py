from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts import grants, personal
from accounts.digests import MAX_QUERY_LETTERS
from accounts.errors import Invalid
from accounts.forms import SearchForm
from accounts.services import search as service


@require_safe
def search(request):
    """Look for accounts and cases; what was found by its whole number or code, and is alone, is opened at once."""
    if not grants.has_anywhere(request.user, "search"):
        raise Http404
    form = SearchForm(request.GET)
    query, found = "", None
    if form.is_valid():
        query = form.cleaned_data["q"]
        try:
            found = service.find(request.user, query)
        except Invalid as error:
            form.add_error(error.field, error.message)
    if found and found.exact:
        return redirect(found.exact)
    context = {
        "form": form,
        "found": found,
        "search_query": query or request.GET.get("q", "")[:MAX_QUERY_LETTERS].replace("\0", ""),
        "rows": [(account, personal.holder(account)) for account in found.accounts] if found else [],
        "count": f"{service.LIMIT}+" if found and found.more else len(found.accounts) if found else 0,
        "limit": service.LIMIT,
    }
    return render(request, "accounts/search.html", context, status=200 if form.is_valid() else 400)
