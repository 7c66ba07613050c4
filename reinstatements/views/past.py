"""Requests of the past, from the logs of other systems: who checked whose work, and how long each step took."""

from datetime import timedelta

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import paging
from accounts.views.allowed import clients_or_404
from accounts.views.exports import offer
from reinstatements.exports_past import SEPARATION, TIMES
from reinstatements.filters_past import PastFilter, SeparationFilter, by_step_and_agent, steps, to_decision

KEYS = ("started_at", "id")
MOST_GROUPS = 500


@require_safe
def separation(request):
    """List the checks in which somebody checked their own work, or every check, or every step."""
    clients = clients_or_404(request.user, "audit")
    shown = SeparationFilter(request.GET, steps(request.user).select_related("client", "user"), clients=clients)
    context = {"filter": shown}
    if not shown.is_valid():
        return render(request, "reinstatements/past_separation.html", context, status=400)
    context |= {
        "page": paging.page(request, shown.qs, KEYS),
        "figures": shown.figures(),
        "offer": offer(request, SEPARATION, shown.chosen()),
    }
    return render(request, "reinstatements/past_separation.html", context)


@require_safe
def times(request):
    """Show how long each step took whom, and how long it took to decide."""
    clients = clients_or_404(request.user, "audit")
    shown = PastFilter(request.GET, steps(request.user), clients=clients)
    context = {"filter": shown}
    if not shown.is_valid():
        return render(request, "reinstatements/past_times.html", context, status=400)
    by_id = {client.pk: client for client in clients}
    found = list(by_step_and_agent(shown.qs)[: MOST_GROUPS + 1])
    rows = [row | {"client": by_id[row["client_id"]], **lasting(row)} for row in found[:MOST_GROUPS]]
    context |= {
        "rows": rows,
        "is_cut": len(found) > MOST_GROUPS,
        "most": MOST_GROUPS,
        "figures": to_decision(shown.qs),
        "offer": offer(request, TIMES, shown.chosen()),
    }
    return render(request, "reinstatements/past_times.html", context)


def lasting(row):
    return {f"{name}_time": timedelta(seconds=row[name]) for name in ("total", "mean", "longest")}


@require_safe
def past_request(request, pk):
    """Show one request with its steps; ``pk`` is the key of any of them."""
    mine = steps(request.user)
    step = mine.filter(pk=pk).select_related("client").first()
    if step is None:
        raise Http404
    rows = [
        (row, timedelta(seconds=row.seconds)) for row in mine.of_request(step).select_related("user").with_own_work()
    ]
    return render(request, "reinstatements/past_request.html", {"step": step, "rows": rows})
