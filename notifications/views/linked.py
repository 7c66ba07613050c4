"""The linked systems of the clients that one administers: what they take, secrets, pausing and trying them out."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import grants
from accounts.errors import Invalid
from accounts.views.allowed import clients_or_404
from notifications.linked_forms import LinkedSystemForm, NewLinkedSystemForm
from notifications.models import LinkedSystem, WebhookDelivery
from notifications.services import linked

SHOWN = 10


@require_safe
def linked_system_list(request):
    """List the linked systems of the clients that one administers."""
    clients_or_404(request.user, "configure")
    rows = LinkedSystem.objects.for_user(request.user).select_related("client").order_by("client__name", "name", "id")
    waits = WebhookDelivery.objects.filter(status=WebhookDelivery.Status.GIVEN_UP, system__in=rows)
    given_up = set(waits.values_list("system", flat=True).distinct())
    context = {"systems": [(row, row.pk in given_up) for row in rows]}
    return render(request, "notifications/linked_system_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def linked_system_new(request):
    """Register a linked system, and show its secret once."""
    clients = clients_or_404(request.user, "configure")
    form = NewLinkedSystemForm(request.POST if request.method == "POST" else None, clients=clients)
    if form.is_valid():
        wanted = dict(form.cleaned_data)
        try:
            system, secret = linked.register(wanted.pop("client"), actor=request.user, **wanted)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            return show_secret(request, system, secret)
    context = {"form": form}
    return render(request, "notifications/linked_system_form.html", context, status=400 if form.errors else 200)


@require_safe
def linked_system(request, pk):
    """Show a linked system, the secrets that hold, and its newest messages."""
    system = seen(request, pk)
    rows = system.deliveries.select_related("account").order_by("-id")[:SHOWN]
    context = {
        "system": system,
        "secrets": linked.valid_secrets(system, timezone.now()),
        "rows": rows,
        "base_url": settings.BASE_URL,
        "seeing": grants.client_ids(request.user, "see"),
    }
    return render(request, "notifications/linked_system.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def linked_system_change(request, pk):
    """Change what a linked system takes, and where."""
    system = seen(request, pk)
    kept = {name: getattr(system, name) for name in linked.FIELDS}
    form = LinkedSystemForm(request.POST if request.method == "POST" else None, initial=kept)
    if form.is_valid():
        try:
            linked.change(system, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("Changed. It is on record with what it was before."))
            return redirect(system)
    context = {"form": form, "system": system}
    return render(request, "notifications/linked_system_form.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def linked_system_rotate(request, pk):
    """Ask, then give a linked system a new secret, and show it once."""
    system = seen(request, pk)
    if request.method == "POST":
        return show_secret(request, system, linked.rotate(system, actor=request.user))
    return render(request, "notifications/linked_system_rotate.html", {"system": system})


@require_POST
def linked_system_pause(request, pk):
    system = linked.pause(seen(request, pk), actor=request.user)
    messages.success(request, _("Paused. What happens meanwhile waits."))
    return redirect(system)


@require_POST
def linked_system_resume(request, pk):
    system = linked.resume(seen(request, pk), actor=request.user)
    messages.success(request, _("It goes on. What has waited is sent now."))
    return redirect(system)


@require_POST
def linked_system_test(request, pk):
    """Put a message before the system that tells of nothing, and lead to it."""
    delivery = linked.test(seen(request, pk), actor=request.user)
    messages.success(request, _("A test is on its way. This page says what became of it."))
    return redirect(delivery)


def seen(request, pk):
    """Return the linked system of a client that one administers; any other is not there."""
    return get_object_or_404(LinkedSystem.objects.for_user(request.user).select_related("client"), pk=pk)


def show_secret(request, system, secret):
    """Show a secret in the answer itself: there is no address under which it could be read again."""
    response = render(request, "notifications/linked_system_secret.html", {"system": system, "secret": secret})
    add_never_cache_headers(response)
    return response
