"""Working on a case: submit it, start it, collect its evidence, send it for approval, withdraw it."""

from functools import wraps

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.errors import Invalid, Refused
from accounts.services import drafts
from reinstatements import rules, services
from reinstatements.forms import EvidenceForm, SendForm, WaiverDecisionForm, WaiverForm
from reinstatements.forms_decision import decision_form
from reinstatements.models import Check
from reinstatements.views.case import on_case, show
from reinstatements.views.desk import draft_key
from reinstatements.views.page import CasePage


def on_work(view):
    """Give the view the case, if whoever asks works this client's cases."""

    @on_case
    @wraps(view)
    def on_this_case(request, case, **kwargs):
        if not rules.can_work(case, request.user):
            raise Refused(_("You see this client's cases, but you do not work on them."))
        return view(request, case, **kwargs)

    return on_this_case


@on_work
def submit(request, case):
    """Put a draft into the queue, and start on it oneself where ``start`` was sent with it."""
    with transaction.atomic():
        case = services.submit(case, actor=request.user)
        if request.POST.get("start"):
            case = services.start(case, actor=request.user)
    messages.success(request, _("Case %s is submitted.") % case.code)
    return redirect(case)


@on_work
def start(request, case):
    services.start(case, actor=request.user)
    messages.success(request, _("Case %s is yours. Collect its evidence.") % case.code)
    return redirect(case)


@on_work
def check(request, case, check_code):
    """Record what a check has found, with its typed evidence."""
    found = get_object_or_404(case.checks, code=check_code)
    outcome = request.POST.get("outcome")
    if outcome not in (Check.Outcome.MET, Check.Outcome.FAILED):
        raise Invalid(_("A check is met, or it has failed."))
    name = f"check:{found.code}"
    form = EvidenceForm(request.POST, check=found, outcome=outcome)
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={name: form}), status=400)
    evidence_facts, evidence = form.split()
    services.record_check(
        case, found.code, actor=request.user, outcome=outcome, facts=evidence_facts, evidence=evidence
    )
    drafts.discard(request.user, case.account, draft_key(case, name))
    say_what_was_cut(request, form)
    return redirect(case)


@on_work
def waiver_ask(request, case, check_code):
    """Ask that the case may go without a check."""
    found = get_object_or_404(case.checks, code=check_code)
    name = f"waiver:{found.code}"
    form = WaiverForm(request.POST, auto_id=f"waiver_{found.code}_%s")
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={name: form}), status=400)
    services.ask_waiver(case, found.code, actor=request.user, note=form.cleaned_data["note"])
    drafts.discard(request.user, case.account, draft_key(case, name))
    say_what_was_cut(request, form)
    messages.success(request, _("The waiver is asked for. Somebody else decides it."))
    return redirect(case)


@on_case
def waiver_decide(request, case, check_code):
    """Grant a waiver that somebody asked for, or refuse it."""
    if not rules.has_deciding_role(case, request.user):
        raise Refused(_("Your role does not decide this client's cases."))
    found = get_object_or_404(case.checks, code=check_code)
    name = f"waive:{found.code}"
    form = WaiverDecisionForm(request.POST, auto_id=f"waive_{found.code}_%s")
    decide = {"grant": services.grant_waiver, "refuse": services.refuse_waiver}.get(request.POST.get("decision"))
    if decide is None:
        raise Invalid(_("A waiver is granted, or it is refused."))
    if form.is_valid():
        try:
            decide(case, found.code, actor=request.user, note=form.cleaned_data["note"])
        except Invalid as error:
            form.add_error(error.field, error.message)
    if form.errors:
        return show(request, CasePage(case, request.user, bound={name: form}), status=400)
    drafts.discard(request.user, case.account, draft_key(case, name))
    say_what_was_cut(request, form)
    messages.success(request, _("Your decision on the waiver is on record. Somebody else decides the case."))
    return redirect(case)


@on_work
def check_reopen(request, case, check_code):
    found = get_object_or_404(case.checks, code=check_code)
    services.reopen_check(case, found.code, actor=request.user)
    return redirect(case)


@on_work
def send(request, case):
    form = SendForm(request.POST, auto_id="send_%s")
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={"send": form}), status=400)
    services.send_for_approval(case, actor=request.user, note=form.cleaned_data["note"])
    drafts.discard(request.user, case.account, draft_key(case, "send"))
    say_what_was_cut(request, form)
    messages.success(request, _("Case %s waits for a decision now.") % case.code)
    return redirect("next_case") if "next" in request.POST else redirect(case)


@on_work
def withdraw(request, case):
    form = decision_form("withdraw", case, request.POST)
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={"withdraw": form}), status=400)
    services.withdraw(case, actor=request.user, **form.cleaned_data)
    drafts.discard(request.user, case.account, draft_key(case, "withdraw"))
    say_what_was_cut(request, form)
    messages.success(request, _("Case %s is withdrawn; the account stays as it is.") % case.code)
    return redirect(case)


def say_what_was_cut(request, form):
    if form.cards:
        words = ngettext(
            "A card number stood in what you typed. Only its last four digits were kept.",
            "%d card numbers stood in what you typed. Only their last four digits were kept.",
            form.cards,
        )
        messages.warning(request, words % form.cards if form.cards > 1 else words)
