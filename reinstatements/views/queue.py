"""The lists of cases, one tab for each queue."""

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import grants
from accounts.errors import Invalid
from accounts.paging import Page
from accounts.views.allowed import clients_or_404, clients_seen
from accounts.views.exports import offer
from reinstatements import definitions, drawing, lists, presentation, queues, rules
from reinstatements.exports import CASES
from reinstatements.forms import QueueForm
from reinstatements.forms_desk import DefinitionForm
from reinstatements.models.definition import offered_to
from reinstatements.services import definitions as service
from reinstatements.views.bulk import LABELS, NEEDS


@require_safe
def queue(request):
    """Show one page of one queue, narrowed by what the address says; the first of the tabs where it names none."""
    offered = queues.offered(request.user)
    chosen = queues.QUEUES.get(request.GET.get("queue") or (offered[0].code if offered else ""))
    if chosen is None or chosen not in offered:
        raise Http404
    clients = clients_seen(request.user)
    form = QueueForm(ticked(request.GET), clients=clients)
    page = Page([])
    if form.is_valid():
        page = lists.page(
            request,
            lambda user: form.narrow(chosen.cases(user), user),
            form.order(chosen.order),
            "" if form.is_narrowed else chosen.code,
        )
    defined = definitions.offered(request, clients)
    view = next((each for each in defined if str(each.row.pk) == request.GET.get("view")), None)
    context = {
        "queue": chosen,
        "view": view,
        "title": view.row.name if view else chosen.label,
        "columns": form.shown_columns,
        "tabs": [*tabs(request, offered, None if view else chosen), *own_tabs(request, defined, view)],
        "define": define(request, form),
        "bulk_deeds": [(name, LABELS[name]) for name in chosen.deeds if grants.has_anywhere(request.user, NEEDS[name])],
        "query": definitions.kept(with_queue(request, chosen)),
        "form": form,
        "is_narrowed": form.is_narrowed,
        "rows": presentation.rows(page.rows),
        "page": page,
        "offer": offer(request, CASES, form.chosen()) if form.is_valid() else None,
    }
    return render(request, "reinstatements/queue.html", context, status=200 if form.is_valid() else 400)


def ticked(data):
    """Tick the usual columns where none is chosen, so that whoever wants one more does not lose them."""
    if any(data.getlist("columns")):
        return data
    data = data.copy()
    data.setlist("columns", drawing.USUAL)
    return data


def with_queue(request, chosen):
    """Return what stands in the address, with the queue that it leads to."""
    query = request.GET.copy()
    query["queue"] = chosen.code
    return query


def own_tabs(request, defined, view):
    """Return the queues that people have defined, with their bounded counts."""
    if not defined:
        return []
    numbers = definitions.counts(request.user, defined)
    return [
        {"label": each.row.name, "url": each.url, "count": numbers[each.code], "is_current": each is view}
        for each in defined
    ]


def define(request, form):
    """Return the form that keeps what the address says as a queue, where it is about one client."""
    chosen = form.chosen() if form.is_valid() else []
    if len(chosen) != 1:
        return None
    return DefinitionForm(may_share=rules.can_assign(chosen[0], request.user))


@require_POST
def definition_save(request):
    """Keep a list as a queue; what it shows stands in its address and is checked as such."""
    clients = clients_or_404(request.user, "see")
    query = QueryDict(request.POST.get("query", "")[:2000])
    wanted = QueueForm(query, clients=clients)
    if not wanted.is_valid() or len(wanted.chosen()) != 1 or query.get("queue") not in queues.QUEUES:
        raise Invalid(_("This list cannot be kept. Choose one client, and filters that work."))
    client = wanted.chosen()[0]
    form = DefinitionForm(request.POST, may_share=rules.can_assign(client, request.user))
    if not form.is_valid():
        raise Invalid(" ".join(error for errors in form.errors.values() for error in errors))
    row = service.save(client, definitions.kept(query), actor=request.user, **form.cleaned_data)
    messages.success(request, _("Kept: %s.") % row)
    return redirect(f"{reverse('queue')}?{row.query}&view={row.pk}")


@require_POST
def definition_remove(request, pk):
    """Forget a queue that one has made, or as a supervisor one that others work from."""
    rows = {row.pk: row for row in offered_to(request.user)}
    if pk not in rows:
        raise Http404
    service.remove(rows[pk], actor=request.user)
    messages.success(request, _("Removed: %s.") % rows[pk])
    return redirect("queue")


def tabs(request, offered, chosen):
    """Return the queues with their bounded counts; each keeps what the list is narrowed by."""
    numbers = queues.numbers(request)
    query = request.GET.copy()
    for name in ("before", "after", "view", "queue"):
        query.pop(name, None)
    rest = f"&{query.urlencode()}" if query else ""
    return [
        {
            "label": queue.label,
            "url": f"?queue={queue.code}{rest}",
            "count": numbers.get(queue.code),
            "is_current": queue is chosen,
        }
        for queue in offered
    ]
