"""The keys by which programs come in: one's own, and for administrators all of their clients."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import grants, paging
from accounts.errors import Invalid
from accounts.filters import midnight
from accounts.forms_keys import ApiKeyForm
from accounts.models import Client
from accounts.services import api_keys as service


@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request):
    """List the keys that somebody may see, with the form for a new one."""
    clients = list(Client.objects.filter(pk__in=list(grants.of(request.user))).order_by("name"))
    if not clients:
        raise Http404
    form = ApiKeyForm(request.POST if request.method == "POST" else None, clients=clients)
    if form.is_valid():
        wanted = form.cleaned_data
        wanted["ends_at"] = midnight(wanted.pop("ends_on") + timedelta(days=1))
        try:
            key, secret = service.issue(wanted.pop("client"), actor=request.user, **wanted)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            return show_secret(request, key, secret)
    rows = service.visible(request.user).select_related("client", "user")
    page = paging.page(request, rows, keys=("issued_at", "id"))
    now = timezone.now()
    lines = [
        {
            "key": key,
            "standing": standing(key, now),
            "may_end": key.is_live(now) and service.may_end(key, request.user),
        }
        for key in page.rows
    ]
    context = {"form": form, "lines": lines, "page": page}
    return render(request, "accounts/api_keys.html", context, status=400 if form.errors else 200)


def show_secret(request, key, secret):
    """Show a secret in the answer itself: there is no address under which it could be read again."""
    response = render(request, "accounts/api_key_secret.html", {"key": key, "secret": secret})
    add_never_cache_headers(response)
    return response


def standing(key, now):
    if key.ended_at:
        return _("ended")
    return _("valid") if key.ends_at > now else _("over")


@require_POST
def api_key_end(request, pk):
    key = get_object_or_404(service.visible(request.user).select_related("user"), pk=pk)
    service.end(key, actor=request.user)
    messages.success(request, _("The key “%s” opens nothing any more.") % key.name)
    return redirect("api_keys")
