"""Deciding a case: what was reviewed is what is decided, and the next case is one Enter away."""

import hashlib

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import canonical
from accounts.errors import Invalid, Moved, Refused
from accounts.services import drafts
from reinstatements import differing, presentation, queues, rules, services
from reinstatements.forms import LONGEST_FACTS, ReviewForm
from reinstatements.forms_decision import decision_form
from reinstatements.services import attention, confirming
from reinstatements.services.decisions import what_happened
from reinstatements.views.case import load, on_case, show
from reinstatements.views.desk import draft_key
from reinstatements.views.page import CasePage
from reinstatements.views.work import say_what_was_cut

NOT_SHOWN = gettext_lazy("This form does not say what you had in front of you. Open the case again.")


@on_case
def approve(request, case):
    return decide(request, case, "approve", services.approve)


@on_case
def decline(request, case):
    return decide(request, case, "decline", services.decline)


@on_case
def send_back(request, case):
    return decide(request, case, "send_back", services.send_back)


@on_case
def review(request, case):
    """Keep what somebody found who looked again at the decision of a rule."""
    if not rules.can_review(case, request.user):
        raise Refused(_("Your role does not decide this client's cases."))
    form = ReviewForm(request.POST, auto_id="review_%s")
    if form.is_valid():
        try:
            is_in_order = form.cleaned_data["finding"] == "in_order"
            services.review(case, actor=request.user, is_in_order=is_in_order, note=form.cleaned_data["note"])
        except Invalid as error:
            form.add_error(error.field, error.message)
    if form.errors:
        return show(request, CasePage(case, request.user, bound={"review": form}), status=400)
    drafts.discard(request.user, case.account, draft_key(case, "review"))
    say_what_was_cut(request, form)
    messages.success(request, _("Your review of case %s is on record.") % case.code)
    return redirect(case)


@on_case
def reverse_case(request, case):
    """Take a reinstatement back."""
    if not rules.has_deciding_role(case, request.user):
        raise Refused(_("Your role does not decide this client's cases."))
    form = decision_form("reverse", case, request.POST)
    if form.is_valid():
        try:
            services.reverse(case, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field, error.message)
    if form.errors:
        return show(request, CasePage(case, request.user, bound={"reverse": form}), status=400)
    drafts.discard(request.user, case.account, draft_key(case, "reverse"))
    say_what_was_cut(request, form)
    messages.success(request, _("The reinstatement of case %s is taken back; the account is suspended.") % case.code)
    return redirect(case)


def decide(request, case, name, service):
    """Take one decision on the facts that were shown; where they have changed since, show what is different."""
    if not rules.has_approving_role(case, request.user):
        raise Refused(_("Your role does not decide this client's cases."))
    if case.status != case.Status.AWAITING_APPROVAL:
        raise Moved(what_happened(case))
    shown, seen = facts_shown(request.POST.get("facts", ""))
    form = decision_form(name, case, request.POST)
    if not form.is_valid():
        return look_again(request, case, name, form, shown, status=400)
    try:
        looked = attention.of(request.POST.get("opened", ""), case, request.user)
        case = service(case, actor=request.user, seen=seen, attention=looked, **form.cleaned_data)
    except services.FactsChanged:
        return look_again(request, case, name, form, shown, status=409)
    except Refused as refused:
        desk = CasePage(case, request.user).decision_desk
        raise Refused((desk and desk.why_not) or refused.message) from refused
    drafts.discard(request.user, case.account, draft_key(case, name))
    say_what_was_cut(request, form)
    messages.success(request, done(case, name))
    if name == "approve" and "next" not in request.POST:
        return redirect(case)
    following = queues.next_to_decide(request.user, case)
    return redirect(following or f"{reverse('queue')}?queue=decide")


def facts_shown(text):
    """Return the facts that a form was shown with, and their SHA-256. Anything else raises ``Invalid``."""
    posted = text.encode(errors="replace")
    try:
        if len(posted) > LONGEST_FACTS:
            raise canonical.CanonicalError("Facts are shorter than this.")
        shown = canonical.decode(posted)
    except canonical.CanonicalError as error:
        raise Invalid(NOT_SHOWN) from error
    if not shown or not isinstance(shown, dict):
        raise Invalid(NOT_SHOWN)
    return shown, hashlib.sha256(posted).hexdigest()


def look_again(request, case, name, form, shown, status):
    """Show the case as it is now, with what was typed, and with what differs from what was shown."""
    opened = request.POST.get("opened", "")
    page = CasePage(load(request.user, case.code), request.user, bound={name: form}, shown=shown, opened=opened)
    try:
        return show(request, page, status=status)
    except differing.NoFacts as error:
        raise Invalid(NOT_SHOWN) from error


def done(case, name):
    """Say what a decision has done."""
    words = {"code": case.code, "number": case.account.number}
    if name == "decline" and case.appeals_id:
        return _("Appeal %(code)s is decided: what was declined stays declined.") % words
    if name == "decline":
        return _("Case %(code)s is declined. Account %(number)s stays as it is.") % words
    if name == "send_back":
        return _("Case %(code)s is sent back to be mended.") % words
    if case.status == case.Status.COMPLETED:
        return _("Case %(code)s is approved. Account %(number)s is back in service.") % words
    if case.status == case.Status.APPROVED:
        said = _(
            "Case %(code)s is approved. Nothing changes on account %(number)s before this has confirmed: %(system)s."
        )
        return said % (words | {"system": confirming.label(case.linked_system)})
    return _("You approved case %(code)s. It waits for the decision of: %(role)s.") % (
        words | {"role": presentation.role(case.level_role)}
    )
