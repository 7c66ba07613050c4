"""Who is trained for the clients one keeps the trainings of, and recording and ending a training."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import Invalid, Refused
from accounts.forms_training import TrainingForm
from accounts.models import ClientRole, Person, TrainingRecord
from accounts.services import training as service
from accounts.views.allowed import clients_or_404

SHOWN = 200


@require_safe
def training_list(request):
    """List the people in roles that ask for a training, those without one first."""
    clients = clients_or_404(request.user, "train")
    now = timezone.now()
    found = service.lines(clients)
    context = {
        "lines": [(line, line.standing(now), line.person.pk != request.user.person_id) for line in found[:SHOWN]],
        "more": len(found) > SHOWN,
    }
    return render(request, "accounts/training_list.html", context)


def load(request, client_pk, person_pk):
    """Return the client and somebody who holds a role there; anybody else is not there."""
    client = next((each for each in clients_or_404(request.user, "train") if each.pk == client_pk), None)
    held = ClientRole.objects.filter(content_object=client, user__person=person_pk)
    if client is None or not held.exists():
        raise Http404
    return client, get_object_or_404(Person, pk=person_pk)


@require_http_methods(["GET", "HEAD", "POST"])
def training(request, client_pk, person_pk):
    """Show what somebody was trained in for a client, and record one more."""
    client, person = load(request, client_pk, person_pk)
    is_own = person.pk == request.user.person_id
    if request.method == "POST" and is_own:
        raise Refused(_("Nobody records their own training."))
    form = TrainingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            service.record(person, client, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("Recorded. What was closed for want of it is open now."))
            return redirect("training_list")
    rows = TrainingRecord.objects.filter(client=client, person=person).select_related("recorded_by")
    now = timezone.now()
    context = {
        "client": client,
        "person": person,
        "form": None if is_own else form,
        "rows": [(row, not row.ended_entry and row.ends_at > now) for row in rows[:SHOWN]],
    }
    return render(request, "accounts/training.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def training_end(request, pk):
    """Ask, then record that a training does not hold."""
    visible = TrainingRecord.objects.for_user(request.user).select_related("client", "person")
    row = get_object_or_404(visible, pk=pk)
    if request.method == "POST":
        service.end(row, actor=request.user)
        messages.success(request, _("This training does not hold any more."))
        return redirect("training", client_pk=row.client_id, person_pk=row.person_id)
    if row.person_id == request.user.person_id:
        raise Refused(_("Nobody records their own training."))
    return render(request, "accounts/training_end.html", {"row": row})
