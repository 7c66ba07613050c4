"""Merging accounts: both sides beside each other, a proposal, a second person's decision, and the way back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import paging, personal, reasons, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.facts import digest
from accounts.forms_merges import ConfirmForm, IntoForm, ReasonForm
from accounts.merge_facts import changes, merge_facts, rows_of
from accounts.models import Account, AccountMerge, ReasonCode
from accounts.services import merges as service
from accounts.services import reveal as opening
from accounts.views.allowed import clients_or_404

Use = ReasonCode.Use


@require_http_methods(["GET", "HEAD", "POST"])
def account_merge(request, pk):
    """Ask which account stays, show both, and take down the proposal to merge them."""
    account = seen_account(request, pk=pk)
    if not rules.can_work(account, request.user):
        raise Refused(_("You do not work this client's accounts."))
    asked = request.POST if request.method == "POST" else request.GET
    into = IntoForm(asked if "into" in asked else None)
    survivor = chosen(request, account, into)
    if survivor is None:
        status = 400 if into.errors else 200
        return render(request, "accounts/merge_new.html", {"account": account, "form": into}, status=status)
    offered = reasons.choices(account.client_id, Use.MERGE)
    form = ReasonForm(request.POST if request.method == "POST" else None, reasons=offered)
    if form.is_valid():
        try:
            made = service.propose(
                account, survivor, actor=request.user, seen=request.POST.get("seen", ""), **form.cleaned_data
            )
        except (Invalid, Moved) as problem:
            form.add_error(None, problem.message)
        else:
            messages.success(request, _("Proposed. Somebody else who decides at this client confirms it."))
            return redirect(made)
    for row in (account, survivor):
        opening.opened(row, user=request.user)
    facts = merge_facts(survivor, account)
    context = {
        "account": account,
        "survivor": survivor,
        "form": form,
        "reasons_offered": offered,
        "obstacles": service.obstacles(account, survivor) + service.waiting(account, survivor),
        "seen": digest(facts),
        **sides(facts, account, survivor),
    }
    return kept_by_nobody(render(request, "accounts/merge_new.html", context, status=400 if form.errors else 200))


def chosen(request, account, form):
    """Return the account that is to stay, ``None`` where none was named; what is wrong with it stands on the form."""
    if not form.is_valid():
        return None
    visible = Account.objects.for_user(request.user).filter(client=account.client_id)
    found = visible.by_number(form.cleaned_data["into"]).select_related("client", "subject_key").first()
    if found is None:
        form.add_error("into", _("This client has no account of this number."))
    elif found == account:
        form.add_error("into", _("An account is not merged into itself."))
        return None
    return found


@require_safe
def merge_list(request):
    """List the proposals that wait, and what was decided, newest first."""
    clients_or_404(request.user, "see")
    rows = AccountMerge.objects.for_user(request.user)
    found = rows.select_related("client", "survivor", "absorbed", "proposed_by", "decided__user")
    page = paging.page(request, found, keys=("proposed_at", "id"))
    return render(request, "accounts/merge_list.html", {"page": page, "rows": page.rows})


@require_safe
def merge(request, pk):
    """Show a proposal with both sides, what has changed since, and what this person may do."""
    found = seen_merge(request, pk)
    for account in (found.absorbed, found.survivor):
        opening.opened(account, user=request.user)
    return merge_page(request, found)


def merge_page(request, found, *, bound=None, status=200):
    bound, user = bound or {}, request.user
    decided, now = found.decision, merge_facts(found.survivor, found.absorbed)
    may_decide, is_own = rules.can_decide_merge(found, user), service.proposed(found, user)
    context = {
        "merge": found,
        "changes": [] if decided else changes(found.facts, now),
        "reason": reasons.label(found.client_id, found.reason, reasons.labels_for([found.client_id])),
        "is_own": is_own,
        **sides(found.facts, found.absorbed, found.survivor),
    }
    if not decided:
        if may_decide and not is_own and not context["changes"]:
            context["confirm_form"] = bound.get("confirm") or ConfirmForm(auto_id="confirm_%s")
        if may_decide or is_own:
            context["decline_form"] = bound.get("decline") or reason_form(found, "decline")
    elif is_undoable(found) and may_ask(found, user):
        context["undo_form"] = bound.get("undo") or reason_form(found, "undo")
        context["undo_until"] = service.undo_until(found)
    return kept_by_nobody(render(request, "accounts/merge.html", context, status=status))


def reason_form(found, name, data=None):
    return ReasonForm(data, reasons=reasons.choices(found.client_id, Use.UNMERGE), auto_id=f"{name}_%s")


def is_undoable(found):
    """Whether a confirmed merge can still be asked to be undone; why not, the service says to whoever tries."""
    stands = AccountMerge.objects.standing().filter(pk=found.pk).exists()
    is_asked = AccountMerge.objects.waiting().filter(undoes=found).exists()
    return stands and not is_asked and timezone.now() <= service.undo_until(found)


def may_ask(found, user):
    return rules.can_work(found, user) or rules.can_decide_merge(found, user)


@require_POST
def merge_confirm(request, pk):
    """Do what was proposed; where either account has changed, show what is different and do nothing."""
    found = seen_merge(request, pk)
    if not rules.can_decide_merge(found, request.user):
        raise Refused(_("Your role does not decide at this client."))
    form = ConfirmForm(request.POST, auto_id="confirm_%s")
    if not form.is_valid():
        return merge_page(request, found, bound={"confirm": form}, status=400)
    try:
        service.confirm(found, actor=request.user, **form.cleaned_data)
    except service.FactsChanged:
        return merge_page(request, seen_merge(request, pk), status=409)
    words = {"absorbed": found.absorbed, "survivor": found.survivor}
    if found.is_undo:
        messages.success(request, _("Undone: %(absorbed)s is an account of its own again.") % words)
    else:
        messages.success(request, _("Merged: %(absorbed)s is %(survivor)s now.") % words)
    return redirect(found)


@require_POST
def merge_decline(request, pk):
    found = seen_merge(request, pk)
    if not rules.can_decide_merge(found, request.user) and not service.proposed(found, request.user):
        raise Refused(_("Your role does not decide at this client."))
    form = reason_form(found, "decline", request.POST)
    if not form.is_valid():
        return merge_page(request, found, bound={"decline": form}, status=400)
    service.decline(found, actor=request.user, **form.cleaned_data)
    messages.success(request, _("Declined. Both accounts stay as they are."))
    return redirect(found)


@require_POST
def merge_undo(request, pk):
    """Ask that a merge be undone; a second person decides that too."""
    found = seen_merge(request, pk)
    if not may_ask(found, request.user):
        raise Refused(_("You do not work this client's accounts."))
    form = reason_form(found, "undo", request.POST)
    if not form.is_valid():
        return merge_page(request, found, bound={"undo": form}, status=400)
    made = service.propose_undo(found, actor=request.user, **form.cleaned_data)
    messages.success(request, _("Asked. Somebody else who decides at this client confirms it."))
    return redirect(made)


@require_safe
def account_absorbed(request, pk):
    """List the accounts that this one has absorbed, newest first."""
    account = seen_account(request, pk=pk)
    page = paging.page(request, service.absorbed_by(account), keys=("proposed_at", "id"))
    return render(request, "accounts/absorbed.html", {"account": account, "page": page, "rows": page.rows})


def sides(facts, absorbed, survivor):
    return {
        "rows_shown": rows_of(facts, personal.holder(survivor), personal.holder(absorbed)),
        "absorbed": absorbed,
        "survivor": survivor,
    }


def seen_account(request, **key):
    visible = Account.objects.for_user(request.user).select_related("client", "subject_key")
    return get_object_or_404(visible, **key)


def seen_merge(request, pk):
    related = ("client", "survivor__client", "survivor__subject_key", "absorbed__client", "absorbed__subject_key")
    visible = AccountMerge.objects.for_user(request.user)
    return get_object_or_404(visible.select_related(*related, "proposed_by", "decided__user", "undoes__decided"), pk=pk)


def kept_by_nobody(response):
    """What two masked people have in common is one reader's, at one moment."""
    add_never_cache_headers(response)
    return response
