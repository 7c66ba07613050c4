"""Taking a passed call as the evidence of who asks."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.models import Call
from reinstatements import services
from reinstatements.views.work import on_work


@on_work
def prove_identity(request, case, call_pk):
    """Meet the identity check of a case by a call that was passed."""
    found = get_object_or_404(Call.objects.for_user(request.user), pk=call_pk, account=case.account_id)
    services.prove_identity(case, found, actor=request.user)
    messages.success(request, _("The call is the evidence of who asks."))
    return redirect(case)
