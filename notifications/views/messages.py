"""What was sent to members: the list for those who watch over a client, and one message."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import personal
from accounts.models import AccessRecord
from accounts.paging import page
from accounts.services import access
from accounts.views.allowed import clients_or_404
from accounts.views.exports import offer
from notifications import rules
from notifications.exports import DELIVERIES
from notifications.forms import DeliveryFilter
from notifications.models import Delivery
from notifications.presentation import Line, subject_and_body


@require_safe
def delivery_list(request):
    """Show one page of the messages of all clients that one watches over, newest first."""
    clients = clients_or_404(request.user, "see_log")
    form = DeliveryFilter(request.GET, clients=clients)
    deliveries = Delivery.objects.listed_for(request.user).select_related("client", "account", "account__subject_key")
    context = {"form": form, "several_clients": len(clients) > 1}
    if form.is_valid():
        context["page"] = found = page(request, form.narrow(deliveries))
        context["offer"] = offer(request, DELIVERIES, form.chosen())
        context["lines"] = [Line(row, personal.key_of(row.account)) for row in found.rows]
    return render(request, "notifications/delivery_list.html", context, status=200 if form.is_valid() else 400)


@require_safe
def delivery(request, pk):
    """Show one message: how it was sent, and its words to those who may read them. Who looked is on record."""
    visible = Delivery.objects.for_user(request.user).select_related("client", "account__subject_key", "template")
    found = get_object_or_404(visible, pk=pk)
    may_read = rules.can_read_text(found, request.user)
    subject, body = subject_and_body(found) if may_read else ("", "")
    access.record(
        AccessRecord.Kind.OPENED,
        user=request.user,
        client_id=found.client_id,
        account=found.account,
        related=found.pk,
        whole=bool(body),
    )
    context = {
        "delivery": found,
        "line": Line(found, personal.key_of(found.account)),
        "may_read": may_read,
        "subject": subject,
        "text": body,
        "all_url": rules.can_list(found.client_id, request.user),
    }
    return render(request, "notifications/delivery.html", context)
