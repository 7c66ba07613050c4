"""Many cases at once: assigned, or approved where the policy allows it. Each is looked at before, and told after."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import reasons
from accounts.errors import Invalid
from accounts.models import ReasonCode
from accounts.models.base import new_id
from accounts.views.allowed import clients_or_404
from reinstatements import facts, presentation, standing_out
from reinstatements.forms_desk import AssignForm, BulkApproveForm
from reinstatements.models import CaseBulk, ReinstatementRequest
from reinstatements.services import bulk
from reinstatements.services.handling import TO_WORK_ON
from reinstatements.views.handling import people
from reinstatements.views.work import say_what_was_cut

NEEDS = {"assign": "assign", "approve": "decide"}
LABELS = {"assign": gettext_lazy("Assign"), "approve": gettext_lazy("Approve")}
LONGEST_QUERY = 2000


@require_http_methods(["GET", "HEAD", "POST"])
def case_bulk(request):
    """Show what is known of the ticked cases, then do the same to each."""
    data = request.POST if request.method == "POST" else request.GET
    deed = data.get("deed", "assign")
    if deed not in NEEDS:
        raise Http404
    clients = clients_or_404(request.user, NEEDS[deed])
    back = list_url(data)
    try:
        cases = ticked(request.user, data, clients)
    except Invalid as error:
        messages.warning(request, error.message)
        return redirect(back)
    if not cases:
        return render(request, "reinstatements/case_bulk.html", {"cases": [], "back": back})
    client = cases[0].client
    form = form_of(deed, request, client)
    if form.is_valid():
        shown = {"seen": {name[5:]: value for name, value in data.items() if name.startswith("seen-")}}
        wanted = form.cleaned_data | (shown if deed == "approve" else {})
        done = bulk.run(key_of(data), deed, cases, actor=request.user, **wanted)
        say_what_was_cut(request, form)
        return redirect("case_bulk_result", pk=done.pk)
    lines = [line(case, deed, request.user) for case in cases]
    context = {
        "cases": lines,
        "can_be_done": not all(each["refused"] for each in lines),
        "back": back,
        "query": data.get("back", ""),
        "client": client,
        "deed": deed,
        "label": LABELS[deed],
        "form": form,
        "key": data.get("key") or new_id(),
    }
    return render(request, "reinstatements/case_bulk.html", context, status=400 if form.errors else 200)


def form_of(deed, request, client):
    data = request.POST if request.method == "POST" else None
    if deed == "assign":
        return AssignForm(data, people=people(client.pk))
    return BulkApproveForm(data, reasons=reasons.choices(client.pk, ReasonCode.Use.RESUME))


def ticked(user, data, clients):
    """Return the ticked cases, those of other clients left out; the most urgent first.

    Raises ``Invalid`` for too many of them, and for cases of several clients.
    """
    keys = data.getlist("case")
    if len(keys) > bulk.MOST:
        raise Invalid(_("Choose %d cases at the most.") % bulk.MOST)
    rows = ReinstatementRequest.objects.for_user(user).filter(
        client__in=[client.pk for client in clients], pk__in=[key for key in map(as_key, keys) if key]
    )
    related = ("client", "account__client", "account__subject_key", "policy", "worker")
    found = list(rows.select_related(*related).order_by("due_at", "id"))
    if len({case.client_id for case in found}) > 1:
        raise Invalid(_("Choose cases of one client. Narrow the list by a client, then tick again."))
    return found


def list_url(data):
    """Return the address of the list that one came from, narrowed as it was."""
    query = QueryDict(data.get("back", "")[:LONGEST_QUERY]).urlencode()
    return reverse("queue") + (f"?{query}" if query else "")


def line(case, deed, user):
    """Return what stands in the list of a case before it is done; for an approval what it rests on, and its digest."""
    found = {"case": case, "seen": "", "deviations": [], "refused": ""}
    if deed == "approve" and case.status == case.Status.AWAITING_APPROVAL:
        now = facts.case_facts(case)
        found |= {"seen": facts.digest(now), "deviations": presentation.deviations(now) + standing_out.of(case, user)}
        found["met"] = sum(check["outcome"] in ("met", "waived") for check in now["checks"])
        found["total"] = len(now["checks"])
    if deed == "assign" and case.status not in TO_WORK_ON:
        found["refused"] = _("Nobody works on it now.")
    elif deed == "approve" and not bulk.allows_approval(case.policy):
        found["refused"] = _("Its policy does not allow many to be approved at once.")
    elif deed == "approve" and case.status != case.Status.AWAITING_APPROVAL:
        found["refused"] = _("It does not wait for a decision.")
    return found


def as_key(text):
    try:
        return UUID(text)
    except ValueError:
        return None


def key_of(data):
    key = as_key(data.get("key", ""))
    if key is None:
        raise Invalid(_("This form is not whole. Begin again from the list."))
    return key


@require_safe
def case_bulk_result(request, pk):
    """Say what became of each case; to whoever did it, as often as they ask."""
    done = get_object_or_404(CaseBulk.objects.for_user(request.user).select_related("client"), pk=pk)
    if done.user_id != request.user.pk:
        raise Http404
    rows = bulk.told(done, request.user)
    context = {
        "bulk": done,
        "client": done.client,
        "label": LABELS[done.deed],
        "rows": rows,
        "done": sum(reached and not why for _case, why, reached in rows),
    }
    return render(request, "reinstatements/case_bulk_result.html", context)
