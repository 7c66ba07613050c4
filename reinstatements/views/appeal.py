"""Putting down that a member appeals against a declined case."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.services import contacting, drafts
from reinstatements import services
from reinstatements.forms_appeal import AppealForm
from reinstatements.views.case import show
from reinstatements.views.desk import draft_key
from reinstatements.views.page import CasePage
from reinstatements.views.work import on_work, say_what_was_cut


@on_work
def appeal(request, case):
    """Put the appeal before somebody who had no part in the case."""
    form = AppealForm(request.POST, representatives=contacting.speaking(case.account, asks=True))
    if form.is_valid():
        try:
            made = services.appeal(case, actor=request.user, **form.said)
        except Invalid as error:
            if error.field not in form.fields:
                raise
            form.add_error(error.field, error.message)
    if form.errors:
        return show(request, CasePage(case, request.user, bound={"appeal": form}), status=400)
    drafts.discard(request.user, case.account, draft_key(case, "appeal"))
    say_what_was_cut(request, form)
    messages.success(request, _("Appeal %s is on record. Somebody who had no part in the case decides it.") % made.code)
    return redirect(made)
