"""Who hears of what at a client, and the alerts that people on the staff were sent."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import personal
from accounts.paging import page
from accounts.views.allowed import clients_or_404
from accounts.views.exports import offer
from notifications.alert_exports import ALERTS
from notifications.alert_forms import AlertFilter, AlertSettingsForm
from notifications.models import AlertSettings, Delivery, StaffNotice
from notifications.presentation import AlertLine, Line
from notifications.services import alerts

MESSAGES = 50


@require_safe
def alert_list(request):
    """Show one page of the alerts to staff, newest first; of a case also what its member was told."""
    clients = clients_or_404(request.user, "see")
    form = AlertFilter(request.GET, clients=clients)
    rows = StaffNotice.objects.for_user(request.user).select_related("client", "account", "user")
    context = {"form": form, "several_clients": len(clients) > 1}
    if form.is_valid():
        context["page"] = found = page(request, form.narrow(rows))
        context["lines"] = [AlertLine(row) for row in found.rows]
        context["offer"] = offer(request, ALERTS, form.chosen())
        context["case"] = case = form.cleaned_data["case"]
        context["told"] = told_of(request.user, case) if case else []
    return render(request, "notifications/alert_list.html", context, status=200 if form.is_valid() else 400)


def told_of(user, case):
    rows = Delivery.objects.for_user(user).filter(case=case).select_related("account__subject_key")
    return [Line(row, personal.key_of(row.account)) for row in rows.order_by("-id")[:MESSAGES]]


@require_safe
def alert_settings_list(request):
    """List the clients that one administers, with how much was chosen."""
    clients = clients_or_404(request.user, "configure")
    kept = {row.client_id: row for row in AlertSettings.objects.for_user(request.user)}
    return render(
        request,
        "notifications/alert_settings_list.html",
        {"rows": [(client, kept.get(client.pk)) for client in clients]},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def alert_settings(request, code):
    """Choose who hears of what at a client: its members, and groups of staff."""
    client = next((each for each in clients_or_404(request.user, "configure") if each.code == code), None)
    if client is None:
        raise Http404
    form = AlertSettingsForm(request.POST if request.method == "POST" else None, kept=alerts.settings_of(client.pk))
    if form.is_valid():
        alerts.save(client, actor=request.user, **form.wanted())
        messages.success(request, _("From now on these hear of it. What it was before is on record."))
        return redirect("alert_settings_list")
    context = {"client": client, "form": form}
    return render(request, "notifications/alert_settings.html", context, status=400 if form.errors else 200)
