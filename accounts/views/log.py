"""The status-change log: searched, and read entry by entry."""

import hashlib
import json

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts import paging, reasons, rules
from accounts.exports import STATUS_LOG
from accounts.filters import LogFilter
from accounts.ledger.entries import FIRST_PREV, said_columns, stored_columns
from accounts.models import AccessRecord, Account, StatusChange
from accounts.services import access, contacts, telling, timeline, words
from accounts.statuslog import Line, entries
from accounts.views.allowed import clients_or_404
from accounts.views.exports import offer

FIELDS = {
    "note": gettext_lazy("Note"),
    "statement": gettext_lazy("Statement"),
    "evidence": gettext_lazy("Evidence"),
    **{name: contacts.label(name) for name in Account.sealed_fields},
    **{f"{name}_before": gettext_lazy("before that") for name in Account.sealed_fields},
}


@require_safe
def log(request):
    """List the status changes of one's clients, newest first, filtered by what stands in the address."""
    clients = clients_or_404(request.user, "see_log")
    labels = reasons.labels_for([client.pk for client in clients])
    shown = LogFilter(request.GET, entries(request.user), clients=clients, labels=labels)
    context = {"filter": shown}
    if not shown.is_valid():
        return render(request, "accounts/log.html", context, status=400)
    page = paging.page(request, shown.qs)
    context |= {
        "page": page,
        "lines": [Line(entry, labels) for entry in page.rows],
        "offer": offer(request, STATUS_LOG, shown.chosen()),
    }
    return render(request, "accounts/log.html", context)


@require_safe
def log_entry(request, uid):
    """Show one entry whole: its stored bytes, their place in the chain, and the words beside it for those who may."""
    row = get_object_or_404(entries(request.user), uid=uid)
    entry = StatusChange.objects.select_related("account", "actor", "on_behalf").get(uid=uid)
    body = json.loads(bytes(entry.body))
    chain = StatusChange.objects.filter(client=entry.client_id, account=entry.account_id)
    numbers = (entry.number - 1, entry.number + 1)
    near = {other.number: other for other in chain.filter(number__in=numbers).defer("body")}
    before, after = map(near.get, numbers)
    context = {
        "entry": entry,
        "line": Line(row, reasons.labels_for([entry.client_id])),
        "before": before,
        "after": after,
        "body": json.dumps(body, indent=2, ensure_ascii=False),
        "hash": bytes(entry.hash).hex(),
        "prev": body["prev"],
        "checks": checks(entry, body, before),
        "words": words_beside(entry, body["commit"], request.user),
        "corrections": chain.filter(caused_by=uid, action=telling.CORRECTION).order_by("number").defer("body"),
    }
    return render(request, "accounts/log_entry.html", context)


def checks(entry, body, before):
    """Return ``[(what is right, whether it is)]`` of one entry; ``verify_ledger`` asks the same of all."""
    expected = bytes(before.hash).hex() if before else FIRST_PREV if entry.number == 1 else None
    return [
        (_("The stored bytes have this hash"), hashlib.sha256(bytes(entry.body)).digest() == bytes(entry.hash)),
        (_("It follows the entry before it"), body["prev"] == expected),
        (_("The columns say what the bytes say"), stored_columns(entry) == said_columns(body)),
    ]


def words_beside(entry, commitments, user):
    """Return what the entry is bound to: each field, its commitment, and the words or why they are not shown.

    Reading them is on record.
    """
    if not commitments:
        return []
    may_read = rules.can_read_words(entry, user)
    written = words.read(entry.account, [entry.uid]) if may_read else {}
    if written:
        access.record(
            AccessRecord.Kind.OPENED, user=user, client_id=entry.client_id, account=entry.account, related=entry.uid
        )
    missing = "erased" if entry.account.erased_at else "withheld"
    found = []
    for field, commitment in commitments.items():
        text = written.get((entry.uid, field))
        if text and entry.action == "change_contact":
            text = contacts.masked(field, text)
        else:
            text = timeline.shown(entry, field, text)
        found.append({"field": FIELDS.get(field, field), "commitment": commitment, "text": text, "status": missing})
    return found
