"""Who has a case: claim it, let go of it, take it over, give it to somebody, keep a note on it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import Invalid, Moved, Refused
from accounts.services import drafts
from reinstatements import queues, rules, services
from reinstatements.availability import Presence
from reinstatements.forms_correcting import CorrectForm
from reinstatements.forms_desk import (
    AnswerForm,
    AskMemberForm,
    AssignForm,
    NoteForm,
    ReleaseForm,
    SkipForm,
    TakeOverForm,
)
from reinstatements.services.assigning import loads
from reinstatements.services.handling import workers_of
from reinstatements.views.case import load, on_case, show, too_late
from reinstatements.views.desk import draft_key
from reinstatements.views.page import CasePage
from reinstatements.views.work import on_work, say_what_was_cut


@on_work
def claim(request, case):
    services.claim(case, actor=request.user)
    messages.success(request, _("Case %s is yours.") % case.code)
    return redirect(case)


@on_work
def release(request, case):
    form = ReleaseForm(request.POST, auto_id="release_%s")
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={"release": form}), status=400)
    services.release(case, actor=request.user, note=form.cleaned_data["note"])
    say_what_was_cut(request, form)
    messages.success(request, _("Case %s is free for everybody again.") % case.code)
    return redirect(case)


@on_work
def take_over(request, case):
    form = TakeOverForm(request.POST, auto_id="take_over_%s")
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={"take_over": form}), status=400)
    services.take_over(case, actor=request.user, **form.cleaned_data)
    say_what_was_cut(request, form)
    messages.success(request, _("Case %s is yours.") % case.code)
    return redirect(case)


@on_work
def ask_member(request, case):
    form = AskMemberForm(request.POST, auto_id="ask_%s")
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={"ask": form}), status=400)
    services.ask_member(case, actor=request.user, **form.cleaned_data)
    drafts.discard(request.user, case.account, draft_key(case, "ask"))
    say_what_was_cut(request, form)
    messages.success(request, _("The member is asked. Case %s waits, and its clock stands still.") % case.code)
    return redirect(case)


@on_work
def answer(request, case):
    form = AnswerForm(request.POST, auto_id="answer_%s")
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={"answer": form}), status=400)
    services.take_answer(case, actor=request.user, **form.cleaned_data)
    drafts.discard(request.user, case.account, draft_key(case, "answer"))
    say_what_was_cut(request, form)
    messages.success(request, _("Case %s goes on.") % case.code)
    return redirect(case)


@require_safe
def next_case(request):
    """Open the most urgent case that is this person's to decide, or to work on."""
    found = queues.most_urgent(request.user)
    if found:
        return redirect(found)
    messages.info(request, _("Nothing waits for you now."))
    return redirect("queue")


@on_case
def skip(request, case):
    """Leave a case for now, for a reason, and go on with the next."""
    if not rules.can_note(case, request.user):
        raise Refused(_("You see this client's cases, but they are not yours to take."))
    form = SkipForm(request.POST, auto_id="skip_%s")
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={"skip": form}), status=400)
    services.skip(case, actor=request.user, **form.cleaned_data)
    say_what_was_cut(request, form)
    return redirect("next_case")


@on_case
def correct(request, case):
    """Put right what the record of an ended case says wrong."""
    if not rules.can_note(case, request.user):
        raise Refused(_("You see this client's cases, but you correct nothing on them."))
    page = CasePage(case, request.user)
    form = CorrectForm(request.POST, entries=page.entries_to_correct)
    if form.is_valid():
        try:
            services.correct(case, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field, error.message)
    if form.errors:
        page.bound["correct"] = form
        return show(request, page, status=400)
    say_what_was_cut(request, form)
    messages.success(request, _("The correction is on record. What it is about stays as it was."))
    return redirect(case)


@on_case
def note(request, case):
    if not rules.can_note(case, request.user):
        raise Refused(_("You see this client's cases, but you keep no notes on them."))
    form = NoteForm(request.POST, auto_id="note_%s")
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={"note": form}), status=400)
    services.add_note(case, actor=request.user, note=form.cleaned_data["note"])
    say_what_was_cut(request, form)
    messages.success(request, _("Your note is on record."))
    return redirect(case)


@require_http_methods(["GET", "HEAD", "POST"])
def assign(request, code):
    """Choose who works on a case, with what each has to do already."""
    case = load(request.user, code)
    if not rules.can_assign(case, request.user):
        raise Refused(_("Only a supervisor says who works on a case."))
    form = AssignForm(request.POST if request.method == "POST" else None, people=people(case.client_id))
    if form.is_valid():
        try:
            services.assign(case, actor=request.user, **form.cleaned_data)
        except Moved as moved:
            return too_late(request, case, moved.message)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            say_what_was_cut(request, form)
            said = {"code": case.code, "who": form.cleaned_data["worker"]}
            messages.success(request, _("%(who)s works on case %(code)s now.") % said)
            return redirect(case)
    context = {"case": case, "client": case.client, "account": case.account, "form": form}
    return render(request, "reinstatements/case_assign.html", context, status=400 if form.errors else 200)


def people(client_id):
    """Return ``[(login, words), ...]`` of who works a client's cases: those who are there first, then by load."""
    users = workers_of(client_id)
    load, presence = loads(users), Presence(users)
    rows = []
    for user in users:
        is_there = presence.is_there(user)
        words = ngettext("%(who)s, %(n)d case", "%(who)s, %(n)d cases", load[user.pk]) % {
            "who": user,
            "n": load[user.pk],
        }
        if not is_there:
            words = _("%s, not on shift") % words
        rows.append((not is_there, load[user.pk], str(user), user, words))
    return [(user, words) for *_order, user, words in sorted(rows, key=lambda row: row[:3])]
