"""Naming somebody at the client who approves from outside, without signing in."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import Invalid
from accounts.forms import ApproverForm
from accounts.services import outside
from accounts.views.allowed import clients_or_404


@require_http_methods(["GET", "HEAD", "POST"])
def approver_name(request):
    clients = clients_or_404(request.user, "grant")
    form = ApproverForm(request.POST if request.method == "POST" else None, clients=clients)
    if form.is_valid():
        data = dict(form.cleaned_data)
        client = data.pop("client")
        try:
            user = outside.name_approver(client, actor=request.user, **data)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("%(who)s approves for %(client)s now.") % {"who": user, "client": client})
            return redirect("staff")
    return render(request, "accounts/approver_name.html", {"form": form}, status=400 if form.errors else 200)
