"""Working time: a client's calendar, targets and ladder, the cases whose time is over, and how urgent a case is."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import Invalid
from accounts.models import User
from accounts.paging import Page
from accounts.services import shifts
from accounts.views.allowed import clients_or_404, clients_seen
from accounts.views.exports import offer
from reinstatements import breaches, lists, presentation
from reinstatements.exports_clock import BREACHES
from reinstatements.forms_clock import BreachForm, ClockForm, PriorityForm
from reinstatements.services import clock_settings, priorities
from reinstatements.sla import Step
from reinstatements.views.case import show
from reinstatements.views.page import CasePage
from reinstatements.views.work import on_work


@require_safe
def breach_list(request):
    """List the cases whose time is over, by what stands in the address."""
    clients = clients_seen(request.user)
    if not clients:
        raise Http404
    form = BreachForm(request.GET, clients=clients)
    page, what = Page([]), breaches.OPEN
    if form.is_valid():
        what = form.chosen_what
        page = lists.page(
            request,
            lambda user: form.narrow(breaches.breached(user, what), user),
            breaches.ORDERS[what],
        )
    context = {
        "form": form,
        "what": what,
        "rows": presentation.rows(page.rows),
        "page": page,
        "offer": offer(request, BREACHES, form.chosen()) if form.is_valid() else None,
    }
    return render(request, "reinstatements/breaches.html", context, status=200 if form.is_valid() else 400)


@require_safe
def clock_list(request):
    """List the clients that somebody administers, with their hours."""
    clients = clients_or_404(request.user, "configure")
    found = clock_settings.newest_of(clients)
    return render(
        request, "reinstatements/clock_list.html", {"lines": [(each, found.get(each.pk)) for each in clients]}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def clock_settings_edit(request, code):
    """Show a client's working time with what is due by it; try other hours out, or save them."""
    client = next((each for each in clients_or_404(request.user, "configure") if each.code == code), None)
    if client is None:
        raise Http404
    now = clock_settings.settings_of(client)
    people = User.objects.filter(pk__in=shifts.in_force(client.pk, timezone.now()).values("user")).order_by("username")
    form = ClockForm(request.POST or None, settings=now, people=people)
    shown = {name: getattr(now, name) for name in clock_settings.FIELDS}
    is_tried = False
    if form.is_bound and form.is_valid():
        try:
            shown = clock_settings.checked(client, form.wanted)
            if "preview" not in request.POST:
                clock_settings.save(client, form.wanted, actor=request.user, seen=form.cleaned_data["seen"])
                messages.success(request, _("The working time of %s is saved. Its open cases follow.") % client)
                return redirect("clock_settings", client.code)
            is_tried = True
        except Invalid as error:
            form.report(error)
    context = {
        "client": client,
        "form": form,
        "settings": now,
        "is_tried": is_tried,
        "preview": list(clock_settings.preview(shown)),
        "free_days": clock_settings.free_days(shown),
        "zone": shown["time_zone"],
        "steps": Step.labels,
    }
    return render(request, "reinstatements/clock_settings.html", context, status=400 if form.errors else 200)


@on_work
def priority(request, case):
    """Make a case more or less urgent."""
    form = PriorityForm(request.POST)
    if not form.is_valid():
        return show(request, CasePage(case, request.user, bound={"priority": form}), status=400)
    case = priorities.set_priority(case, actor=request.user, **form.cleaned_data)
    messages.success(
        request,
        _("Case %(case)s is %(priority)s now.")
        % {
            "case": case.code,
            "priority": case.get_priority_display().lower(),
        },
    )
    return redirect(case)
