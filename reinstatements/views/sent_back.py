"""Whose work was sent back how often, and why: for those who read the record and the figures."""

from collections import Counter, defaultdict
from datetime import timedelta

from django.db.models import Count
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import grants, reasons
from accounts.models import Client, User
from accounts.views.allowed import clients_or_404
from reinstatements.models import Approval

DAYS = 90


@require_safe
def sent_back(request):
    """Count, for each agent of one's clients, the decisions of the last ninety days and those that sent a case back."""
    readers = set(grants.client_ids(request.user, "see_figures"))
    clients = [client for client in clients_or_404(request.user, "see_log") if client.pk in readers]
    since = timezone.now() - timedelta(days=DAYS)
    decided = Approval.objects.filter(client__in=clients, decided_at__gte=since, worker__isnull=False)
    counted = decided.values_list("client", "worker", "decision", "reason").annotate(number=Count("pk")).order_by()
    labels = reasons.labels_for([client.pk for client in clients])
    return render(request, "reinstatements/sent_back.html", {"rows": rows(counted, labels), "days": DAYS})


def rows(counted, labels):
    """Return a row for each agent and client, those whose work comes back most often first."""
    decided, back = Counter(), defaultdict(Counter)
    for client_id, worker_id, decision, reason, number in counted:
        decided[client_id, worker_id] += number
        if decision == Approval.Decision.SENT_BACK:
            back[client_id, worker_id][reasons.label(client_id, reason, labels)] += number
    users = User.objects.in_bulk({worker_id for _client, worker_id in decided})
    clients = Client.objects.in_bulk({client_id for client_id, _worker in decided})
    found = [
        {
            "client": clients[client_id],
            "worker": users[worker_id],
            "decided": number,
            "sent_back": back[client_id, worker_id].total(),
            "share": round(100 * back[client_id, worker_id].total() / number),
            "reasons": back[client_id, worker_id].most_common(),
        }
        for (client_id, worker_id), number in decided.items()
    ]
    return sorted(found, key=lambda row: (-row["share"], -row["sent_back"], str(row["worker"])))
