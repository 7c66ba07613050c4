"""The accounts: their list, one account with its timeline, and its holder's data for a reason."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.formats import date_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import account_words, asof, money, personal, reasons, registries, rules, wording
from accounts.asset_exports import ASSETS
from accounts.errors import Invalid, Refused
from accounts.exports import ACCOUNTS_AS_OF
from accounts.forms import NOW_ONLY, AccountFilterForm, AsOfForm, RevealForm
from accounts.models import Account, Plan, ReasonCode, Restriction, StatusChange
from accounts.services import assets, drafts, listing, merges, past, timeline
from accounts.services import reveal as service
from accounts.services.memberships import points, reading
from accounts.views.allowed import clients_or_404
from accounts.views.beside_list import beside_the_list
from accounts.views.exports import offer
from accounts.zones import zone

MAX_NUMBER = 2**63 - 1


@require_safe
def account_list(request):
    """List the accounts of somebody's clients, narrowed by what the address says."""
    clients = clients_or_404(request.user, "see")
    form = AccountFilterForm(request.GET, clients=clients)
    if not form.chosen:
        raise Http404
    page = listing.AccountPage([])
    if form.is_valid():
        page = listing.page(request, form.chosen, **form.narrow, moment=form.moment and form.moment.at)
    is_narrowed = any(request.GET.get(name) for name in ("status", "number", *NOW_ONLY))
    is_now_only = any(request.GET.get(name) for name in NOW_ONLY)
    context = {
        "form": form,
        "rows": [
            (account, personal.holder(account), money.words(account.balance_minor, account.currency), shown)
            for account, shown in zip(page.rows, statuses(page.rows, form.moment), strict=True)
        ],
        "page": page,
        "moment": form.moment,
        "moment_query": f"?{urlencode(form.moment.address)}" if form.moment else "",
        "now_url": address_of_now(request),
        "offer": offer(request, ACCOUNTS_AS_OF, form.chosen) if page.rows and not is_now_only else None,
        "asset_offer": offer(request, ASSETS, form.chosen) if page.rows and not (is_narrowed or form.moment) else None,
        "looked_at": listing.LOOKED_AT,
        "is_narrowed": any(request.GET.get(name) for name in ("client", "status", "number", "at", "time", *NOW_ONLY)),
        **beside_the_list(request, form),
    }
    return render(request, "accounts/account_list.html", context, status=200 if form.is_valid() else 400)


def address_of_now(request):
    """Return the address of the same list, from its beginning, as it is now."""
    query = request.GET.copy()
    for name in ("at", "time", "zone", "before", "after"):
        query.pop(name, None)
    return f"{reverse('account_list')}?{query.urlencode()}"


def statuses(accounts, moment):
    return [Account.Status(account.status_then) if moment else account.status_now for account in accounts]


@require_safe
def account_detail(request, pk):
    """Show an account as it stands, or as it stood, with its holder masked, and leave word that it was opened."""
    account = seen_account(request, pk)
    form = AsOfForm(request.GET, zone_name=zone(account.client.time_zone).key)
    if not form.is_valid():
        raise Invalid(next(iter(form.errors.values()))[0])
    if account.status == Account.Status.MERGED and not request.GET:
        return to_survivor(request, account)
    service.opened(account, user=request.user)
    if form.moment:
        return past_page(request, account, form)
    return account_page(request, account, personal.holder(account))


def to_survivor(request, account):
    """Lead from an account that was absorbed to the one that stands for it; its own page stays one link away."""
    survivor = merges.survivor_of(account)
    words = {"number": account.number, "survivor": survivor.number}
    messages.info(request, _("%(number)s was merged. This is %(survivor)s, which stands for it now.") % words)
    return redirect(survivor)


def past_page(request, account, form):
    """Return the page of an account as it stood: what was true then, and the entry that proves it."""
    moment, labels = form.moment, reasons.labels_for([account.client_id])
    found = past.read(account, moment.at)
    context = {
        "account": account,
        "holder": personal.holder(account),
        "form": form,
        "moment": moment,
        "moment_query": urlencode(moment.address),
        "past": found,
        "proof": proof(account, request.user, found.standing),
        "balance": money.words(*found.balance) if found.balance else "",
        "restrictions": told_of(account, found.restrictions, labels),
        "memberships": [(then, *sold(then.plan)) for then in found.memberships],
        "timeline": timeline.read(
            account, request.user, before=number_before(request), moment=moment.at, labels=labels
        ),
        "is_older_page": "before" in request.GET,
    }
    response = render(request, "accounts/account_past.html", context)
    add_never_cache_headers(response)
    return response


def proof(account, user, standing):
    """Return the entry that proves a standing, in words, with its address for whoever reads the log."""
    if standing is None:
        return None
    entry = standing.entry
    return {
        "number": entry.number,
        "title": wording.of(entry.subject_type, entry.action).label,
        "who": timeline.who(entry),
        "at": entry.occurred_at,
        "url": reverse("log_entry", args=[entry.uid]) if rules.can_see_log(account, user) else "",
    }


def sold(plan):
    """Return name, cycle and price of a plan out of its snapshot."""
    if plan is None:
        return "", "", ""
    cycle = dict(Plan.Cycle.choices).get(plan["cycle"], plan["cycle"])
    return plan["name"], cycle, money.words(plan["price_minor"], plan["currency"])


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
    labels = reasons.labels_for([account.client_id])
    told = timeline.read(account, request.user, before=number_before(request), labels=labels)
    context = {
        "account": account,
        "holder": holder,
        "can_reveal": rules.can_reveal(account, request.user) and not account.erased_at,
        "actions": actions(account, request.user),
        "balance": money.words(account.balance_minor, account.currency),
        "language": language(account.language),
        "local_time": date_format(timezone.now().astimezone(zone(account.time_zone)), "H:i"),
        "is_stopped": account.is_stopped,
        "as_of_form": AsOfForm(zone_name=zone(account.client.time_zone).key),
        "restrictions": told_of(account, open_now(account), labels, account_words.clearing),
        **account_words.standing(account, request.user),
        "memberships": memberships(account),
        "add_url": add_url(account, request.user),
        "assets": assets.told(account, whole=not holder.is_masked),
        "panels": panels(request, account),
        "timeline": told,
        "is_older_page": "before" in request.GET,
    }
    response = render(request, "accounts/account_detail.html", context)
    add_never_cache_headers(response)
    return response


def memberships(account):
    """Return each membership with how it stands, its price in words and its points."""
    rows = reading.of_account(account)
    earned = points.balances(account) if rows else {}
    return [
        (row, standing, money.words(row.snapshot["price_minor"], row.snapshot["currency"]), earned.get(row.pk, 0))
        for row, standing in rows
    ]


def add_url(account, user):
    may = rules.can_change_service(account, user) and account.status == Account.Status.ACTIVE and not account.erased_at
    return reverse("membership_add", args=[account.pk]) if may else ""


def actions(account, user):
    found = [action for contribute in registries.account_actions.values() for action in contribute(account, user)]
    return sorted(found, key=lambda action: action.position)


def panels(request, account):
    """Return what other apps show of this account, each as its own template says it."""
    found = [contribute(account, request.user) for contribute in registries.panels.values()]
    return [render_to_string(panel[0], {**panel[1], "account": account}, request) for panel in found if panel]


def open_now(account):
    """Return what stands in the way; a suspension that is over does not, also where that is not written yet."""
    rows, now = Restriction.objects.of_account(account), timezone.now()
    return [row for row in rows if asof.was_open(row, now)]


def told_of(account, rows, labels, clearing=None):
    """Return each of these restrictions, its reason in words, who opened it and who can clear it."""
    opened = StatusChange.objects.filter(uid__in=[row.opened_entry for row in rows]).select_related("actor")
    entries = {entry.uid: entry for entry in opened}
    cleared = clearing(account, {row.kind for row in rows}) if clearing and rows else {}
    return [
        (
            row,
            reasons.label(row.client_id, row.reason, labels),
            timeline.who(entries[row.opened_entry]),
            cleared.get(row.kind, ""),
        )
        for row in rows
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
