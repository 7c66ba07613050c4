"""One case: its page, and the way into everything that is done on it."""

from datetime import UTC, datetime
from functools import wraps

from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from accounts.errors import Moved
from accounts.services import reveal
from reinstatements import queues
from reinstatements.forms import typed
from reinstatements.models import ReinstatementRequest
from reinstatements.services import attention
from reinstatements.views.page import CasePage


@require_safe
def case(request, code):
    """Show a case, and leave word of who opened it."""
    page = CasePage(load(request.user, code), request.user)
    reveal.opened(page.case.account, user=request.user, related=page.case.pk, whole=not page.holder.is_masked)
    return show(request, page)


def load(user, code):
    """Return the case with all that its page reads of it; a 404 where ``user`` may not see it."""
    visible = ReinstatementRequest.objects.for_user(user).select_related(
        "client", "account__client", "account__subject_key", "policy", "maker", "worker", "appeals"
    )
    return get_object_or_404(visible, code=code.upper())


def show(request, page, status=200):
    """Return the page of a case. It is kept by no cache: what it shows is one person's, at one moment."""
    response = render(request, "reinstatements/case.html", page.context(), status=status)
    add_never_cache_headers(response)
    return response


def on_case(view):
    """Give the view the case it is about, and answer a change that came too late with what happened instead.

    Only POST changes anything. Whoever arrives otherwise, as after signing in again, is led to the case; what they
    had typed stands in its form.
    """

    @wraps(view)
    def on_this_case(request, code, **kwargs):
        if request.method in ("GET", "HEAD"):
            return redirect(load(request.user, code))
        if request.method != "POST":
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        found = load(request.user, code)
        try:
            return view(request, found, **kwargs)
        except Moved as moved:
            return too_late(request, found, moved.message)

    return on_this_case


def too_late(request, found, message):
    """Say what happened since the page was opened, where its form says when, with the words that could not be used."""
    page = CasePage(load(request.user, found.code), request.user)
    seen_at = attention.since(request.POST.get("opened", ""), found, request.user)
    following = queues.next_to_decide(request.user, found)
    context = {
        "message": message,
        "client": found.client,
        "happened": page.timeline(limit=3, after=datetime.fromtimestamp(seen_at, UTC)) if seen_at else [],
        "kept": typed(request.POST),
        "url": found.get_absolute_url(),
        "next_url": following.get_absolute_url() if following else "",
    }
    return render(request, "409.html", context, status=409)
