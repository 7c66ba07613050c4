"""What a linked system has answered about an approved case, put down by hand; asking it, or for approval, again."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.errors import Invalid
from reinstatements import services
from reinstatements.forms_confirming import AgainForm, ConfirmedForm, NotConfirmedForm, ReconsiderForm
from reinstatements.services.confirming import Changed
from reinstatements.views.case import show
from reinstatements.views.page import CasePage
from reinstatements.views.work import on_work


def sent(request, case, name, form, service, said):
    """Check a form of the card and let the service do it; show the card again where either has something against it."""
    if form.is_valid():
        try:
            case = service(case, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        except Changed as error:
            page = CasePage(case, request.user, bound={name: form}, shown=error.approved)
            return show(request, page, status=409)
        else:
            messages.success(request, said % {"case": case.code})
            return redirect(case)
    return show(request, CasePage(case, request.user, bound={name: form}), status=400)


@on_work
def confirm(request, case):
    """Take the system's confirmation, which brings about what was approved."""
    said = _("Confirmed: case %(case)s is completed.")
    return sent(request, case, "confirm", ConfirmedForm(request.POST), services.confirm, said)


@on_work
def not_confirmed(request, case):
    """Put down that the system has not done it, and why; people are told."""
    said = _("Case %(case)s stands under “Not confirmed”. Those who work on it and who approved it are told.")
    return sent(request, case, "not_confirmed", NotConfirmedForm(request.POST), services.not_confirmed, said)


@on_work
def ask_again(request, case):
    said = _("The system is asked again about case %(case)s.")
    return sent(request, case, "again", AgainForm(request.POST), services.ask_again, said)


@on_work
def reconsider(request, case):
    """Void the approval, and put the case before those who decide."""
    said = _("Case %(case)s waits for approval again.")
    return sent(request, case, "reconsider", ReconsiderForm(request.POST), services.reconsider, said)
