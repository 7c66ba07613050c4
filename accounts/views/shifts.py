"""When the people work who serve one's clients: their weekly hours and their absences."""

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import rules
from accounts.errors import Invalid, Refused
from accounts.forms_shifts import AwayForm, WeekForm
from accounts.models import Absence, User
from accounts.services import shifts
from accounts.views.allowed import clients_or_404
from accounts.zones import zone


def load(request, pk):
    """Return a login that works for a client one administers; anybody else's is not there."""
    clients = clients_or_404(request.user, "grant")
    user = User.objects.filter(pk=pk, client_roles__content_object__in=clients).distinct().first()
    if user is None:
        raise Http404
    return user


@require_http_methods(["GET", "HEAD", "POST"])
def staff_hours(request, pk):
    """Show when somebody works and is away; change the weekly hours."""
    user = load(request, pk)
    found = getattr(user, "staff_hours", None)
    form = WeekForm(request.POST or None, initial={**(found.week if found else {}), "time_zone": user.time_zone})
    if request.method == "POST" and form.is_valid():
        try:
            shifts.set_hours(user, form.week, form.cleaned_data["time_zone"], actor=request.user)
        except Invalid as error:
            form.add_error(error.field, error.message)
        except Refused as error:
            form.add_error(None, error.message)
            return show(request, user, form=form, status=403)
        else:
            messages.success(request, _("The working hours of %s are saved.") % user)
            return redirect("staff_hours", user.pk)
    return show(request, user, form=form, status=400 if form.is_bound else 200)


@require_POST
def staff_away(request, pk):
    """Put down that somebody is away on certain days, in their own time zone."""
    user = load(request, pk)
    away = AwayForm(request.POST)
    if away.is_valid():
        where, days = zone(user.time_zone), away.cleaned_data
        after = days["ends_on"] + timedelta(days=1)
        try:
            shifts.go_away(
                user,
                starts_at=datetime.combine(days["starts_on"], time(), tzinfo=where),
                ends_at=datetime.combine(after, time(), tzinfo=where),
                actor=request.user,
            )
        except Invalid as error:
            away.add_error("ends_on", error.message)
        except Refused as error:
            away.add_error(None, error.message)
            return show(request, user, away=away, status=403)
        else:
            messages.success(request, _("The absence of %s is put down.") % user)
            return redirect("staff_hours", user.pk)
    return show(request, user, away=away, status=400)


@require_POST
def absence_end(request, pk):
    """End an absence now, or take it back before it begins."""
    absence = get_object_or_404(Absence.objects.select_related("user"), pk=pk)
    user = load(request, absence.user_id)
    try:
        shifts.come_back(absence, actor=request.user)
    except Refused as error:
        messages.error(request, error.message)
    except Invalid as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("%s is not away any more.") % user)
    return redirect("staff_hours", user.pk)


def show(request, user, *, form=None, away=None, status=200):
    found = getattr(user, "staff_hours", None)
    now = timezone.now()
    shift = shifts.of_all([user.pk], now)[user.pk]
    context = {
        "login": user,
        "form": form or WeekForm(initial={**(found.week if found else {}), "time_zone": user.time_zone}),
        "away": away or AwayForm(auto_id="away_%s"),
        "absences": Absence.objects.after(now).filter(user=user).select_related("marked_by")[:50],
        "now": now,
        "is_on": shift.is_on(now),
        "next_start": shift.next_start(now),
        "zone": user.time_zone,
        "may_change": user.person_id != request.user.person_id and rules.can_change_login(user, request.user),
    }
    return render(request, "accounts/staff_hours.html", context, status=status)
