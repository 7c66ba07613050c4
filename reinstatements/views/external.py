"""The page of a link that somebody at the client was sent: a code first, then the case, then their decision.

GET changes nothing and shows nothing of the case before the code was given in this browser. Whoever decides is the
login that was asked, whoever may be signed in here.
"""

from contextlib import contextmanager
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django_scopes import scope

from accounts.errors import Moved, Refused
from accounts.mail import language_of
from accounts.services import reveal
from accounts.zones import zone
from reinstatements import differing, rules, services
from reinstatements.forms_decision import decision_form
from reinstatements.forms_desk import CodeForm, InviteForm
from reinstatements.models.external import MOST_CODES
from reinstatements.services import external
from reinstatements.views.case import load, on_case, show
from reinstatements.views.decide import facts_shown
from reinstatements.views.page import CasePage

GIVEN, DECIDED = "external code given", "external decision"
DECISIONS = ("approve", "decline")


@on_case
def invite(request, case):
    """Ask somebody at the client by mail."""
    if not rules.can_note(case, request.user):
        raise Refused(_("You see this client's cases, but you ask nobody to decide them."))
    form = InviteForm(request.POST, auto_id="invite_%s", people=external.approvers(case.client_id))
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={"invite": form}), status=400)
    external.invite(case, form.cleaned_data["user"], actor=request.user)
    messages.success(request, _("%s is asked by mail, with a link.") % form.cleaned_data["user"])
    return redirect(case)


def on_link(view):
    """Give the view the invitation of the link, inside its client and in the language of whoever was asked.

    The page is read with GET; what is sent from it is led back to the page where it comes with anything but POST.
    """
    is_page = view.__name__ == "page"

    @login_not_required
    @wraps(view)
    def on_this_link(request, link):
        invitation = external.find(link)
        if invitation is None or not invitation.user.is_active:
            return over(request, status=404)
        if request.method != "POST" and not is_page:
            return redirect("external", link)
        if request.method == "POST" and is_page:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        with as_read_by(invitation):
            response = answer(view, request, invitation, link)
        add_never_cache_headers(response)
        # To our own pages only: without one the browser sends a form as if it came from nowhere, and it is refused.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Content-Language"] = language_of(invitation.user)
        return response

    return on_this_link


def answer(view, request, invitation, link):
    if request.session.get(DECIDED) == str(invitation.pk):
        return render(request, "reinstatements/external_done.html", {"client": invitation.client})
    if not invitation.is_open(timezone.now()) or not external.waits_for_client(invitation.case):
        return over(request, status=404)
    try:
        return view(request, invitation, link)
    except Moved:
        return over(request, status=409)
    except Refused as refused:
        return over(request, status=403, message=refused.message)


@contextmanager
def as_read_by(invitation):
    user = invitation.user
    with (
        scope(client=[invitation.client_id]),
        translation.override(language_of(user)),
        timezone.override(zone(user.time_zone)),
    ):
        yield


def over(request, status, message=""):
    return render(request, "reinstatements/external_over.html", {"message": message}, status=status)


@on_link
def page(request, invitation, link):
    """Show what is next: the button that asks for a code, the form for it, or the case."""
    if not is_known(request, invitation):
        return ask(request, invitation, link)
    reveal.opened(invitation.case.account, user=invitation.user, related=invitation.case.pk, whole=False)
    return show_case(request, invitation, link)


@on_link
def send_code(request, invitation, link):
    external.send_code(invitation)
    return redirect("external", link)


@on_link
def check_code(request, invitation, link):
    """Take the code; whoever gave it sees the case in this browser for half an hour."""
    form = CodeForm(request.POST)
    at = external.check_code(invitation, form.cleaned_data["code"]) if form.is_valid() else None
    if at is None:
        if form.is_valid():
            form.add_error("code", _("This is not the code that was sent last, or it is too late for it."))
        invitation.refresh_from_db()
        return ask(request, invitation, link, form, status=400)
    request.session.cycle_key()
    request.session[GIVEN] = {"invitation": str(invitation.pk), "at": at.isoformat()}
    return redirect("external", link)


@on_link
def decide(request, invitation, link):
    """Approve or decline, on what was shown."""
    name = request.POST.get("decision", "")
    if name not in DECISIONS:
        return redirect("external", link)
    if not is_known(request, invitation):
        return ask(request, invitation, link, status=403, typed=request.POST.get("note", "").strip())
    shown, seen = facts_shown(request.POST.get("facts", ""))
    form = decision_form(name, invitation.case, request.POST)
    if not form.is_valid():
        return show_case(request, invitation, link, bound={name: form}, status=400)
    try:
        external.decide(invitation, name, seen=seen, **form.cleaned_data)
    except services.FactsChanged:
        return show_case(request, invitation, link, bound={name: form}, shown=shown, status=409)
    request.session.pop(GIVEN, None)
    request.session[DECIDED] = str(invitation.pk)
    return redirect("external", link)


def is_known(request, invitation):
    """Whether the code of this invitation was given in this browser a short while ago."""
    given = request.session.get(GIVEN) or {}
    at = invitation.verified_at
    is_same = at is not None and given == {"invitation": str(invitation.pk), "at": at.isoformat()}
    return is_same and invitation.is_verified(timezone.now())


def ask(request, invitation, link, form=None, status=200, typed=None):
    """Show the button that asks for a code, and the form for it.

    ``typed`` are the words of a decision that came too late to be taken; ``None`` where there was none.
    """
    context = {"invitation": invitation, "link": link, "client": invitation.client, "form": form or CodeForm()}
    context["zone"] = zone(invitation.user.time_zone).key
    context |= {"has_code": bool(invitation.code_digest), "is_late": typed is not None, "typed": typed}
    context["has_more"] = invitation.codes_sent < MOST_CODES
    return render(request, "reinstatements/external_code.html", context, status=status)


def show_case(request, invitation, link, *, bound=None, shown=None, status=200):
    case = load(invitation.user, invitation.case.code)
    desk = CasePage(case, invitation.user, bound=bound, shown=shown)
    forms = {name: (bound or {}).get(name) or decision_form(name, case) for name in DECISIONS}
    context = {
        "link": link,
        "zone": zone(invitation.user.time_zone).key,
        "case": case,
        "client": case.client,
        "account": case.account,
        "statements": [
            (label, words) for _key, label, words in differing.statements(desk.facts, desk.reason, desk.called)
        ],
        "deviations": desk.deviations,
        "decisions": [desk.decision(approval) for approval in desk.approvals],
        "changes": differing.changes(shown, desk.facts, desk.reason) if shown else [],
        "desk": desk.decision_desk,
        "forms": list(forms.items()),
    }
    return render(request, "reinstatements/external_case.html", context, status=status)
