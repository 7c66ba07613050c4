"""The messages to linked systems, those that were given up, and billing that was not acknowledged."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import grants, reasons
from accounts.errors import Invalid, Refused
from accounts.models import Client
from accounts.paging import page
from accounts.views.allowed import clients_or_404
from accounts.views.exports import offer
from notifications import rules
from notifications.linked_forms import SettleForm, WebhookFilter
from notifications.models import WebhookDelivery
from notifications.services import billing, linked
from notifications.webhook_exports import WEBHOOKS


@require_safe
def webhook_list(request):
    """Show one page of the messages to linked systems, newest first."""
    seen = {*grants.client_ids(request.user, "configure"), *grants.client_ids(request.user, "see_log")}
    clients = list(Client.objects.filter(pk__in=seen))
    if not clients:
        raise Http404
    form = WebhookFilter(request.GET, clients=clients)
    rows = WebhookDelivery.objects.listed_for(request.user).select_related("client", "account", "system")
    context = {"form": form, "several_clients": len(clients) > 1, "seeing": seeing(request)}
    if form.is_valid():
        context["page"] = page(request, form.narrow(rows))
        context["offer"] = offer(request, WEBHOOKS, form.chosen())
    return render(request, "notifications/webhook_list.html", context, status=200 if form.is_valid() else 400)


@require_safe
def webhook(request, pk):
    """Show one message: its very bytes, how often it was tried, and what the system answered."""
    rows = WebhookDelivery.objects.listed_for(request.user)
    row = get_object_or_404(rows.select_related("client", "account", "membership", "system", "settled_by"), pk=pk)
    labels = reasons.labels_for([row.client_id])
    context = {
        "webhook": row,
        "answers": [
            (answer, reasons.label(row.client_id, answer.reason, labels) if answer.reason else "")
            for answer in row.acknowledgements.all()
        ],
        "may_send": rules.can_configure(row, request.user) and row.status == WebhookDelivery.Status.GIVEN_UP,
        "may_configure": rules.can_configure(row, request.user),
        "may_see": row.client_id in seeing(request),
    }
    return render(request, "notifications/webhook.html", context)


def seeing(request):
    """Return the clients whose accounts one may see: who only configures is not told whom a message is about."""
    return grants.client_ids(request.user, "see")


@require_POST
def webhook_send_again(request, pk):
    """Try a message that was given up once more."""
    row = get_object_or_404(WebhookDelivery.objects.listed_for(request.user).select_related("client"), pk=pk)
    if not rules.can_configure(row, request.user):
        raise Refused(_("You do not administer this client."))
    linked.send_again(row, actor=request.user)
    messages.success(request, _("It is sent again, under the same id."))
    return redirect(row)


@require_safe
def billing_list(request):
    """List the billing instructions that were refused or not answered in time, the longest due first."""
    clients = clients_or_404(request.user, "assign")
    rows = WebhookDelivery.objects.filter(client__in=[client.pk for client in clients]).unsettled(timezone.now())
    found = page(
        request, rows.select_related("client", "account", "membership", "system"), ("answer_by", "id"), ascending=True
    )
    context = {"page": found, "several_clients": len(clients) > 1}
    return render(request, "notifications/billing_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def billing_settle(request, pk):
    """Ask what was done, then close an instruction that billing has not acknowledged."""
    clients = [client.pk for client in clients_or_404(request.user, "assign")]
    rows = WebhookDelivery.objects.filter(client__in=clients, topic="billing")
    row = get_object_or_404(rows.select_related("client", "account", "membership", "system"), pk=pk)
    form = SettleForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            billing.settle(row, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("Settled. What was done is on record."))
            return redirect("billing_list")
    context = {"webhook": row, "form": form}
    return render(request, "notifications/billing_settle.html", context, status=400 if form.errors else 200)
