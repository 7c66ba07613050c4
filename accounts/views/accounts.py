"""The accounts: their list, one account with its timeline, and its holder's data for a reason."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.formats import date_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import money, personal, reasons, registries, rules
from accounts.errors import Invalid, Refused
from accounts.forms import AccountFilterForm, RevealForm
from accounts.models import Account, ReasonCode, Restriction, StatusChange
from accounts.paging import Page
from accounts.services import drafts, listing, timeline
from accounts.services import reveal as service
from accounts.views.allowed import clients_or_404
from accounts.zones import zone

MAX_NUMBER = 2**63 - 1


@require_safe
def account_list(request):
    """List the accounts of somebody's clients, narrowed by what the address says."""
    clients = clients_or_404(request.user, "see")
    wanted = request.GET.get("client", "")
    chosen = [client for client in clients if wanted in ("", client.code)]
    if wanted and not chosen:
        raise Http404
    form = AccountFilterForm(request.GET, clients=clients)
    page = Page([])
    if form.is_valid():
        narrow = {name: form.cleaned_data[name] for name in ("status", "number")}
        page = listing.page(request, chosen, **narrow)
    context = {
        "form": form,
        "rows": [
            (account, personal.holder(account), money.words(account.balance_minor, account.currency))
            for account in page.rows
        ],
        "page": page,
        "is_narrowed": any(request.GET.get(name) for name in ("client", "status", "number")),
    }
    return render(request, "accounts/account_list.html", context, status=200 if form.is_valid() else 400)


@require_safe
def account_detail(request, pk):
    """Show an account as it stands, with its holder masked, and leave word that it was opened."""
    account = seen_account(request, pk)
    service.opened(account, user=request.user)
    return account_page(request, account, personal.holder(account))


@require_http_methods(["GET", "HEAD", "POST"])
def account_reveal(request, pk):
    """Ask for a reason, then show the holder's whole data, on this one answer only."""
    account = seen_account(request, pk)
    if not rules.can_reveal(account, request.user):
        raise Refused(_("Your role does not show personal data."))
    form_key = f"reveal:{account.pk}"
    form = RevealForm(
        request.POST if request.method == "POST" else None,
        reasons=reasons.choices(account.client_id, ReasonCode.Use.REVEAL),
        initial=drafts.load(request.user, account, form_key),
    )
    if form.is_valid():
        try:
            holder = service.reveal(account, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            drafts.discard(request.user, account, form_key)
            return account_page(request, account, holder)
    context = {"form": form, "account": account, "holder": personal.holder(account), "form_key": form_key}
    return render(request, "accounts/account_reveal.html", context, status=400 if form.errors else 200)


def seen_account(request, pk):
    """Return the account; an address that cannot be is a 404 before anything is put on record."""
    number_before(request)
    visible = Account.objects.for_user(request.user).select_related("client", "subject_key")
    return get_object_or_404(visible, pk=pk)


def account_page(request, account, holder):
    """Return the page of an account. It is kept by no cache: what it shows is one person's, at one moment."""
    told = timeline.read(account, request.user, before=number_before(request))
    context = {
        "account": account,
        "holder": holder,
        "can_reveal": rules.can_reveal(account, request.user) and not account.erased_at,
        "actions": actions(account, request.user),
        "balance": money.words(account.balance_minor, account.currency),
        "language": language(account.language),
        "local_time": date_format(timezone.now().astimezone(zone(account.time_zone)), "H:i"),
        "is_stopped": account.status in Account.STOPPED,
        "restrictions": open_restrictions(account),
        "memberships": [
            (row, money.words(row.plan.price_minor, row.plan.currency))
            for row in account.memberships.select_related("plan").order_by("-starts_on", "id")
        ],
        "panels": panels(request, account),
        "timeline": told,
        "is_older_page": "before" in request.GET,
    }
    response = render(request, "accounts/account_detail.html", context)
    add_never_cache_headers(response)
    return response


def actions(account, user):
    found = [action for contribute in registries.account_actions.values() for action in contribute(account, user)]
    return sorted(found, key=lambda action: action.position)


def panels(request, account):
    """Return what other apps show of this account, each as its own template says it."""
    found = [contribute(account, request.user) for contribute in registries.panels.values()]
    return [render_to_string(panel[0], {**panel[1], "account": account}, request) for panel in found if panel]


def open_restrictions(account):
    """Return what stands in the way: each open restriction, its reason in words and who opened it."""
    rows = list(Restriction.objects.filter(account=account, lifted_at=None))
    opened = StatusChange.objects.filter(uid__in=[row.opened_entry for row in rows]).select_related("actor")
    entries = {entry.uid: entry for entry in opened}
    labels = reasons.labels_for([account.client_id])
    return [
        (row, reasons.label(row.client_id, row.reason, labels), timeline.who(entries[row.opened_entry])) for row in rows
    ]


def number_before(request):
    """Return the number of the entry whose older neighbours are asked for; 404 for what cannot be one."""
    text = request.GET.get("before")
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 19 or int(text) > MAX_NUMBER:
        raise Http404
    return int(text)


def language(code):
    try:
        return get_language_info(code)["name_translated"]
    except KeyError:
        return code
