"""Two readings of an account's record: what was adjusted, field by field, and the steps of each reactivation."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from accounts import adjustments, paging, reasons, wording
from accounts.exports import ADJUSTMENTS, REACTIVATION
from accounts.models import StatusChange
from accounts.services import reveal as opening
from accounts.services import timeline
from accounts.views.accounts import seen_account
from accounts.views.exports import Offer, offer


@require_safe
def account_adjustments(request, pk):
    """List every adjustment of an account and its memberships: field, before, after, by whom and why."""
    account, page, labels = read(request, pk, adjustments.adjusting)
    rows = [
        (entry, each, *told(entry, labels))
        for entry in page.rows
        for each in adjustments.of(entry.subject_type, entry.from_status, entry.to_status, entry.body)
    ]
    return show(request, account, page, "accounts/account_adjustments.html", ADJUSTMENTS, rows)


@require_safe
def account_reactivations(request, pk):
    """List the steps by which an account was stopped and brought back: who, when, with which result and why."""
    account, page, labels = read(request, pk, adjustments.reactivating)
    lines = timeline.tell(account, request.user, page.rows)
    rows = [
        (entry, line, moved(entry), adjustments.facts_of(entry.body), *told(entry, labels))
        for entry, line in zip(page.rows, lines, strict=True)
    ]
    return show(request, account, page, "accounts/account_reactivations.html", REACTIVATION, rows)


def read(request, pk, narrow):
    account = seen_account(request, pk)
    opening.opened(account, user=request.user)
    chain = StatusChange.objects.filter(account=account).select_related("actor", "on_behalf")
    page = paging.page(request, narrow(chain), keys=("number", "id"))
    return account, page, reasons.labels_for([account.client_id])


def moved(entry):
    """Return the status before and after in words, "" where an entry left it as it is."""
    if entry.from_status == entry.to_status:
        return ""
    before, after = (wording.status_label(entry.subject_type, each) for each in (entry.from_status, entry.to_status))
    return f"{before} → {after}" if before else after


def told(entry, labels):
    """Return what was done, by whom and why, in words."""
    action = str(wording.of(entry.subject_type, entry.action).label)
    return action, timeline.who(entry, labels), reasons.label(entry.client_id, entry.reason, labels)


def show(request, account, page, template, export, rows):
    context = {"account": account, "page": page, "rows": rows}
    if rows and (offered := offer(request, export, [account.client])):
        wanted = {"client": account.client.code, "account": account.number}
        address = f"{reverse('export', args=[export.code])}?{urlencode(wanted)}"
        context["offer"] = Offer(address, offered.names)
    response = render(request, template, context)
    add_never_cache_headers(response)
    return response
