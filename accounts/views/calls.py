"""The call panel: a number opens the account, who speaks proves it, and what came of the call is put down."""

from functools import wraps

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import paging, personal, registries, rules
from accounts.errors import Invalid, Refused
from accounts.forms_calls import AttemptForm, CallForm, NumberForm, RepresentativeForm
from accounts.models import Call, ContactAttempt, Representative
from accounts.services import calls, contacting, words
from accounts.services import reveal as looking
from accounts.services import search as searching
from accounts.views.accounts import seen_account
from accounts.views.allowed import clients_or_404

SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
def call(request):
    """Find the account of a number; the only one that has it is opened at once."""
    clients_or_404(request.user, "work")
    form, found = NumberForm(request.POST if request.method == "POST" else None), None
    if form.is_valid():
        try:
            found = searching.find(request.user, form.cleaned_data["number"])
        except Invalid as error:
            form.add_error("number", error.message)
    workable = [account for account in found.accounts if rules.can_work(account, request.user)] if found else []
    if found and len(workable) == 1 and not found.more:
        return redirect("account_call", pk=workable[0].pk)
    rows = [(account, personal.holder(account)) for account in workable]
    context = {"form": form, "found": found, "rows": rows, "more": found and found.more}
    response = render(request, "accounts/call_start.html", context, status=400 if form.errors else 200)
    add_never_cache_headers(response)
    return response


def worked_account(request, pk):
    account = seen_account(request, pk)
    if not rules.can_work(account, request.user):
        raise Refused(_("You do not work this client's accounts."))
    return account


@require_http_methods(["GET", "HEAD", "POST"])
def account_call(request, pk):
    """Ask the questions that are due, judge the answers, and show what came of earlier calls."""
    account = worked_account(request, pk)
    looking.opened(account, user=request.user)
    bound = {}
    if request.method == "POST":
        standing = calls.standing(account)
        form = bound["call"] = CallForm(request.POST, standing=standing, representatives=contacting.speaking(account))
        if form.is_valid():
            try:
                done = calls.judge(account, actor=request.user, **form.said)
            except Invalid as error:
                form.add_error(error.field, error.message)
            else:
                say(request, done)
                return redirect("account_call", pk=account.pk)
    return panel(request, account, bound)


def say(request, done):
    if done.passed:
        messages.success(request, _("They have proved who they are."))
    elif done.locked_until:
        messages.error(request, _("Not proved. That was once too often: nobody is asked for a while."))
    else:
        messages.error(request, _("Not proved. Do not say what was not right; say nothing of the account."))


def on_panel(view):
    """Give the view the account; only POST changes anything, and whoever arrives otherwise is led to the panel."""

    @wraps(view)
    def on_this_account(request, pk, **kwargs):
        account = worked_account(request, pk)
        if request.method != "POST":
            return redirect("account_call", pk=account.pk)
        return view(request, account, **kwargs)

    return on_this_account


@on_panel
def account_attempt(request, account):
    """Put down that the customer was reached or not, and when to call back."""
    form = AttemptForm(request.POST)
    if form.is_valid():
        try:
            contacting.record_attempt(account, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("Kept on the account's timeline."))
            return redirect("account_call", pk=account.pk)
    return panel(request, account, {"attempt": form})


@on_panel
def representative_add(request, account):
    """Record who speaks for the holder."""
    form = RepresentativeForm(request.POST)
    if form.is_valid():
        try:
            contacting.record_representative(account, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("They speak for the holder now, as far as you said."))
            return redirect("account_call", pk=account.pk)
    return panel(request, account, {"representative": form})


@on_panel
def representative_end(request, account, representative_pk):
    visible = Representative.objects.for_user(request.user).select_related("account")
    contacting.end_representative(get_object_or_404(visible, pk=representative_pk, account=account), actor=request.user)
    messages.success(request, _("They do not speak for the holder any more."))
    return redirect("account_call", pk=account.pk)


def panel(request, account, bound):
    standing, people = calls.standing(account), contacting.speaking(account)
    offered = standing.asked and not standing.locked_until and not account.erased_at
    made = list(Call.objects.filter(account=account).select_related("by", "representative")[:SHOWN])
    attempts = list(ContactAttempt.objects.filter(account=account).select_related("by")[:SHOWN])
    notes = words.read(account, [row.entry for row in attempts])
    context = {
        "account": account,
        "holder": personal.holder(account),
        "standing": standing,
        "form": (bound.get("call") or CallForm(standing=standing, representatives=people)) if offered else None,
        "attempt_form": bound.get("attempt") or AttemptForm(auto_id="attempt_%s"),
        "representative_form": bound.get("representative") or RepresentativeForm(auto_id="representative_%s"),
        "may_record": not account.erased_at,
        "people": people,
        "calls": made,
        "actions": uses(made, request.user),
        "attempts": [(row, notes.get((row.entry, "note"), "")) for row in attempts],
    }
    status = 400 if any(form.errors for form in bound.values()) else 200
    response = render(request, "accounts/call.html", context, status=status)
    add_never_cache_headers(response)
    return response


def uses(made, user):
    """Return what the newest call is good for, where it was passed."""
    newest = made[0] if made else None
    if newest is None or not newest.passed:
        return []
    return [action for offer in registries.passed_calls.values() for action in offer(newest, user)]


@require_safe
def call_back_list(request):
    """List whom to call back, the first time first; what is due today is marked and counted in the menu."""
    clients_or_404(request.user, "work")
    now = timezone.now()
    waiting = ContactAttempt.objects.for_user(request.user).waiting().select_related("client", "account")
    page = paging.page(request, waiting, ("call_back_at", "id"), ascending=True)
    rows = [(row, row.call_back_at <= now, row.due_from <= now) for row in page.rows]
    return render(request, "accounts/call_back_list.html", {"rows": rows, "page": page})
