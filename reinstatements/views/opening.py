"""Asking for a reinstatement: why service stopped stands in the record, why it should resume is asked."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import money, personal, reasons
from accounts import rules as account_rules
from accounts.errors import Moved, Refused
from accounts.models import Account, Membership, ReasonCode
from accounts.services import drafts, timeline, words
from accounts.services.memberships import reading
from reinstatements import facts, policies, presentation, rules, services, standing_out
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.forms import OpenForm, typed
from reinstatements.models import ReinstatementRequest
from reinstatements.services.cases import new_case, why_stopped
from reinstatements.views.case_reading import RELATED
from reinstatements.views.work import say_what_was_cut


@require_http_methods(["GET", "HEAD", "POST"])
def case_open(request, account_pk):
    """Open a case for an account that is out of service, as a draft or with its verification started."""
    visible = Account.objects.for_user(request.user).select_related("client", "subject_key")
    account = get_object_or_404(visible, pk=account_pk)
    return ask(request, account)


@require_http_methods(["GET", "HEAD", "POST"])
def membership_case_open(request, membership_pk):
    """Open a case for one membership that is out of service while its account is not."""
    read = ("account__client", "account__subject_key", "plan")
    visible = Membership.objects.for_user(request.user).select_related(*read)
    membership = get_object_or_404(visible, pk=membership_pk)
    return ask(request, membership.account, membership)


def ask(request, account, membership=None):
    """Show why it stopped and ask why it should resume; an open case, or nothing to bring back, is said instead."""
    if not rules.can_work(account, request.user):
        raise Refused(_("You see this client's accounts, but you do not work on its cases."))
    found = ReinstatementRequest.objects.for_user(request.user).about(account, membership).open().first()
    if found and request.method != "POST":
        return redirect(found)
    if not is_out_alone(account, membership) if membership else not account.is_stopped:
        context = {"account": account, "client": account.client, "membership": membership}
        return render(request, "reinstatements/in_service.html", context, status=400)
    subject = membership or account
    draft = f"open:{subject.pk}"
    offered = reasons.choices(account.client_id, ReasonCode.Use.RESUME)
    form = OpenForm(
        request.POST if request.method == "POST" else None,
        reasons=offered,
        initial=drafts.load(request.user, account, draft),
    )
    if form.is_valid():
        try:
            case = open_case(request, account, form.cleaned_data | {"membership": membership})
        except Moved as moved:
            return opened_already(request, subject, moved.message)
        drafts.discard(request.user, account, draft)
        say_what_was_cut(request, form)
        return redirect(case)
    status = 400 if form.is_bound else 200
    context = {
        "form": form,
        "draft": draft,
        "reasons_offered": offered,
        **why(account, request.user, membership),
        "membership": membership,
        "related": standing_out.beside(standing_out.related_to(account, request.user)[:RELATED], account),
        "back": subject.get_absolute_url(),
    }
    return render(request, "reinstatements/open.html", context, status=status)


def is_out_alone(account, membership):
    """Whether a membership is out of service by itself: its account is active, and it is not."""
    return account.status_now == Account.Status.ACTIVE and reading.at(membership).status in Membership.STOPPED


def open_case(request, account, wanted):
    """Open the case, and unless it is to stay a draft, submit it and start its verification: all of it or nothing."""
    with transaction.atomic():
        case = services.open_case(account, actor=request.user, **wanted)
        if request.POST.get("then") != "draft":
            case = services.submit(case, actor=request.user)
            case = services.start(case, actor=request.user)
    if case.status == case.Status.DRAFT:
        messages.success(request, _("Case %s is kept as a draft.") % case.code)
    else:
        messages.success(request, _("Case %s is open and yours. Collect its evidence.") % case.code)
    return case


def opened_already(request, subject, message):
    about = (subject,) if isinstance(subject, Account) else (subject.account, subject)
    found = ReinstatementRequest.objects.for_user(request.user).about(*about).open().first()
    back = _("Back to the account") if isinstance(subject, Account) else _("Back to the membership")
    context = {
        "message": message,
        "client": about[0].client,
        "kept": typed(request.POST),
        "url": found.get_absolute_url() if found else subject.get_absolute_url(),
        "action": _("Open case %s") % found.code if found else back,
    }
    return render(request, "409.html", context, status=409)


def why(account, user, membership=None):
    """Return why the account, or one membership, is out of service, from the record, and what a case will ask for."""
    restrictions, stopped = why_stopped(account, membership)
    labels = reasons.labels_for([account.client_id])
    may_read = account_rules.can_read_words(account, user)
    written = words.read(account, [stopped.uid]) if may_read else {}
    case = new_case(account, membership, restrictions, stopped, at=timezone.now())
    chosen = policies.choose(case.policy.rules, facts.first_profile(case, restrictions))
    return {
        "account": account,
        "client": account.client,
        "holder": personal.holder(account),
        "stopped": {
            "reason": reasons.label(account.client_id, stopped.reason, labels),
            "at": stopped.occurred_at,
            "who": timeline.who(stopped),
            "note": presentation.words_beside(stopped, written, may_read=may_read),
        },
        "restrictions": restrictions,
        "balance": money.words(account.balance_minor, account.currency),
        "kind": case.get_kind_display(),
        "checks": [CATALOGUE[code] for code in chosen.codes],
        "levels": presentation.levels(chosen.levels),
        "policy": case.policy,
    }
