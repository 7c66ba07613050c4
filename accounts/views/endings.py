"""What one person has proposed to end and another one confirms: the list, one proposal, and what is decided of it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import money, paging, reasons, rules
from accounts.errors import Moved, Refused
from accounts.facts import digest
from accounts.forms_merges import ConfirmForm, ReasonForm
from accounts.models import EndingProposal, ReasonCode
from accounts.services import parting as service
from accounts.services import reveal as opening
from accounts.views.allowed import clients_or_404


@require_safe
def ending_list(request):
    """List the proposals that wait, and what was decided of others, newest first."""
    clients_or_404(request.user, "see")
    rows = EndingProposal.objects.for_user(request.user)
    found = rows.select_related("client", "account", "membership", "proposed_by", "decided__user")
    page = paging.page(request, found, keys=("proposed_at", "id"))
    return render(request, "accounts/ending_list.html", {"page": page, "rows": page.rows})


@require_safe
def ending(request, pk):
    """Show a proposal, what it brings about now, and what this person may do."""
    found = seen(request, pk)
    opening.opened(found.account, user=request.user)
    return ending_page(request, found)


def ending_page(request, found, *, bound=None, status=200):
    bound, labels = bound or {}, reasons.labels_for([found.client_id])
    is_own, may = service.proposed(found, request.user), rules.can_work(found, request.user)
    context = {
        "ending": found,
        "account": found.account,
        "reason": reasons.label(found.client_id, found.reason, labels),
        "declined_for": found.decision and reasons.label(found.client_id, found.decision.reason, labels),
        "is_own": is_own,
    }
    if not found.decision:
        brings = service.brought_about(found)
        owed = brings.get("owed_minor", 0)
        context |= {"brings": brings, "owed": money.words(owed, brings["currency"]) if owed > 0 else ""}
        if may and not is_own:
            context |= {"confirm_form": bound.get("confirm") or ConfirmForm(auto_id="confirm_%s")}
            context |= {"seen": digest(brings)}
        if may:
            context["decline_form"] = bound.get("decline") or decline_form(found)
    response = render(request, "accounts/ending.html", context, status=status)
    add_never_cache_headers(response)
    return response


def decline_form(found, data=None):
    return ReasonForm(data, reasons=reasons.choices(found.client_id, ReasonCode.Use.DECLINE), auto_id="decline_%s")


@require_POST
def ending_confirm(request, pk):
    """End what was proposed; where it brings about something else by now, show what."""
    found = worked(request, pk)
    form = ConfirmForm(request.POST, auto_id="confirm_%s")
    if not form.is_valid():
        return ending_page(request, found, bound={"confirm": form}, status=400)
    try:
        service.confirm(found, actor=request.user, seen=request.POST.get("seen", ""), **form.cleaned_data)
    except Moved as problem:
        found = seen(request, pk)
        if found.decision:
            raise
        form.add_error(None, problem.message)
        return ending_page(request, found, bound={"confirm": form}, status=409)
    messages.success(request, _("Confirmed. It is on record with both names."))
    return redirect(found)


@require_POST
def ending_decline(request, pk):
    found = worked(request, pk)
    form = decline_form(found, request.POST)
    if not form.is_valid():
        return ending_page(request, found, bound={"decline": form}, status=400)
    service.decline(found, actor=request.user, **form.cleaned_data)
    messages.success(request, _("Declined. Everything stays as it is."))
    return redirect(found)


def seen(request, pk):
    related = ("client", "account__client", "account__subject_key", "membership__plan", "membership__account")
    visible = EndingProposal.objects.for_user(request.user).select_related(*related, "proposed_by", "decided__user")
    return get_object_or_404(visible, pk=pk)


def worked(request, pk):
    found = seen(request, pk)
    if not rules.can_work(found, request.user):
        raise Refused(_("You see this client's accounts, but you do not change them."))
    return found
