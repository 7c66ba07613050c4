"""The lists of cases, one tab for each queue."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Client
from accounts.paging import Page
from accounts.views.exports import offer
from reinstatements import presentation, queues
from reinstatements.exports import CASES
from reinstatements.forms import QueueForm


@require_safe
def queue(request):
    """Show one page of one queue, narrowed by what the address says; the first of the tabs where it names none."""
    offered = queues.offered(request.user)
    chosen = queues.QUEUES.get(request.GET.get("queue") or (offered[0].code if offered else ""))
    if chosen is None or chosen not in offered:
        raise Http404
    clients = list(Client.objects.for_user(request.user))
    form = QueueForm(request.GET, clients=clients)
    page = Page([])
    if form.is_valid():
        page = queues.page(
            request,
            lambda user: form.narrow(chosen.cases(user)).select_related(*presentation.ROW),
            chosen.order,
        )
    context = {
        "queue": chosen,
        "tabs": tabs(request, offered, chosen),
        "form": form,
        "is_narrowed": form.is_narrowed,
        "rows": presentation.rows(page.rows),
        "page": page,
        "offer": offer(request, CASES, form.chosen()) if form.is_valid() else None,
    }
    return render(request, "reinstatements/queue.html", context, status=200 if form.is_valid() else 400)


def tabs(request, offered, chosen):
    """Return the queues with their bounded counts; each keeps what the list is narrowed by."""
    numbers = queues.numbers(request)
    found = []
    for queue in offered:
        query = request.GET.copy()
        for name in ("before", "after"):
            query.pop(name, None)
        query["queue"] = queue.code
        url = f"?{query.urlencode()}"
        found.append(
            {"label": queue.label, "url": url, "count": numbers.get(queue.code), "is_current": queue is chosen}
        )
    return found
