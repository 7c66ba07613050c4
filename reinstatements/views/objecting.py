"""The client's contact comments on a case, pauses it, lets it go on, has it climb."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.errors import Refused
from reinstatements import rules
from reinstatements.services import objecting
from reinstatements.views.case import on_case, show
from reinstatements.views.objecting_desk import form_of
from reinstatements.views.page import CasePage
from reinstatements.views.work import say_what_was_cut


def sent(request, case, name, deed, said):
    """Do what was sent, or show the form again with what is to be mended."""
    if not rules.can_object(case, request.user):
        raise Refused(_("This is for the client's own contact."))
    form = form_of(name, request.POST)
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={name: form}), status=400)
    deed(case, actor=request.user, **form.cleaned_data)
    say_what_was_cut(request, form)
    messages.success(request, said)
    return redirect(case)


@on_case
def comment(request, case):
    return sent(request, case, "client_comment", objecting.comment, _("Your comment is on record."))


@on_case
def pause(request, case):
    said = _("Case %s is paused: nobody decides it until you let it go on.") % case.code
    return sent(request, case, "client_pause", objecting.pause, said)


@on_case
def lift(request, case):
    return sent(request, case, "client_lift", objecting.lift, _("Case %s goes on.") % case.code)


@on_case
def escalate(request, case):
    said = _("Case %s is escalated: its supervisors and compliance officers are told.") % case.code
    return sent(request, case, "client_escalate", objecting.escalate, said)
