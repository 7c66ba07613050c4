"""Many cases at once: assigned, or approved where the policy allows it. Each is looked at before, and told after."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import reasons
from accounts.errors import Invalid
from accounts.models import ReasonCode
from accounts.models.base import new_id
from accounts.views.allowed import clients_or_404
from reinstatements import facts, presentation
from reinstatements.forms_desk import AssignForm, BulkApproveForm
from reinstatements.models import CaseBulk, ReinstatementRequest
from reinstatements.services import bulk
from reinstatements.views.handling import people
from reinstatements.views.work import say_what_was_cut

NEEDS = {"assign": "assign", "approve": "decide"}
LABELS = {"assign": gettext_lazy("Assign"), "approve": gettext_lazy("Approve")}


@require_http_methods(["GET", "HEAD", "POST"])
def case_bulk(request):
    """Show what is known of the ticked cases, then do the same to each."""
    data = request.POST if request.method == "POST" else request.GET
    deed = data.get("deed", "assign")
    if deed not in NEEDS:
        raise Http404
    clients = clients_or_404(request.user, NEEDS[deed])
    cases = ticked(request.user, data, clients)
    if not cases:
        return render(request, "reinstatements/case_bulk.html", {"cases": []})
    client = cases[0].client
    if any(case.client_id != client.pk for case in cases):
        raise Invalid(_("Choose cases of one client."))
    form = form_of(deed, request, client)
    if form.is_valid():
        shown = {"seen": {name[5:]: value for name, value in data.items() if name.startswith("seen-")}}
        wanted = form.cleaned_data | (shown if deed == "approve" else {})
        done = bulk.run(key_of(data), deed, cases, actor=request.user, **wanted)
        say_what_was_cut(request, form)
        return redirect("case_bulk_result", pk=done.pk)
    context = {
        "cases": [line(case, deed) for case in cases],
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
    """Return the ticked cases, those of other clients left out; the most urgent first."""
    keys = data.getlist("case")
    if len(keys) > bulk.MOST:
        raise Invalid(_("Choose %d cases at the most.") % bulk.MOST)
    rows = ReinstatementRequest.objects.for_user(user).filter(
        client__in=[client.pk for client in clients], pk__in=[key for key in map(as_key, keys) if key]
    )
    related = ("client", "account__client", "account__subject_key", "policy", "worker")
    return list(rows.select_related(*related).order_by("due_at", "id"))


def line(case, deed):
    """Return what stands in the list of a case before it is done; for an approval what it rests on, and its digest."""
    found = {"case": case, "seen": "", "deviations": [], "refused": ""}
    if deed == "approve" and case.status == case.Status.AWAITING_APPROVAL:
        now = facts.case_facts(case)
        found |= {"seen": facts.digest(now), "deviations": presentation.deviations(now)}
        found["met"] = sum(check["outcome"] in ("met", "waived") for check in now["checks"])
        found["total"] = len(now["checks"])
    if deed == "approve" and not bulk.allows_approval(case.policy):
        found["refused"] = _("Its policy does not allow many to be approved at once.")
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
