"""Who works for one's clients in which role: granting and ending, one role at a time."""

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import registries
from accounts.errors import Invalid, Refused
from accounts.forms import RoleForm, StaffFilterForm
from accounts.grants import Role
from accounts.models import ClientRole
from accounts.services import roles as service
from accounts.services import shifts
from accounts.views.allowed import clients_or_404

SHOWN = 200
WORDS = {
    Role.AGENT: gettext_lazy("Finds customers, opens cases, collects evidence."),
    Role.SUPERVISOR: gettext_lazy("Does an agent's work, decides cases of others, reads the log."),
    Role.COMPLIANCE: gettext_lazy("Decides where two levels are asked for, reads the log and who looked, exports."),
    Role.AUDITOR: gettext_lazy("Reads and exports everything but what people wrote, changes nothing."),
    Role.CONTACT: gettext_lazy("Somebody at the client: sees its accounts and cases, approves where a policy asks it."),
    Role.ADMINISTRATOR: gettext_lazy("Configures the client and grants roles, decides nothing."),
}
"""What a role can do, in words: ``grants.CAPABILITIES``."""


@require_safe
def staff(request):
    """List the roles in force at the clients one administers."""
    clients = clients_or_404(request.user, "grant")
    form = StaffFilterForm(request.GET, clients=clients)
    if not form.is_valid():
        return render(request, "accounts/staff.html", {"form": form}, status=400)
    rows = list(form.narrowed(in_force(clients))[: SHOWN + 1])
    now = timezone.now()
    times = shifts.of_all([row.user_id for row in rows[:SHOWN]], now)
    said = [tell(rows[:SHOWN]) for tell in registries.staff_lines.values()]
    context = {
        "form": form,
        "lines": [
            line(row, request.user)
            | {"is_on": times[row.user_id].is_on(now), "next_start": times[row.user_id].next_start(now)}
            | {"said": [found[row.pk] for found in said if row.pk in found]}
            for row in rows[:SHOWN]
        ],
        "more": len(rows) > SHOWN,
        "shown": SHOWN,
    }
    return render(request, "accounts/staff.html", context)


def in_force(clients):
    return (
        ClientRole.objects.filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()), content_object__in=clients)
        .select_related("content_object", "user", "permission", "granted_by")
        .order_by("content_object__name", "user__username", "id")
    )


def line(row, user):
    return {
        "row": row,
        "role": service.role_of(row).label,
        "client": row.content_object,
        "may_end": row.user.person_id != user.person_id,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def role_grant(request):
    """Give a login a role at a client, from now on."""
    clients = clients_or_404(request.user, "grant")
    form = RoleForm(request.POST or None, clients=clients, initial=request.GET.dict())
    status = 200
    if form.is_valid():
        user, client, role = form.cleaned_data["username"], form.cleaned_data["client"], form.cleaned_data["role"]
        try:
            service.grant(user, client, role, actor=request.user, ends_at=end_of(form.cleaned_data["until"]))
        except Invalid as error:
            form.add_error({"user": "username", "ends_at": "until"}.get(error.field, error.field), error.message)
        except Refused as error:
            form.add_error(None, error.message)
            status = 403
        else:
            said = {"who": user, "role": Role(role).label, "client": client}
            messages.success(request, _("%(who)s is %(role)s at %(client)s now.") % said)
            return redirect("staff")
    if form.errors and status == 200:
        status = 400
    roles = [(role.label, WORDS[role]) for role in Role]
    return render(request, "accounts/role_grant.html", {"form": form, "roles": roles}, status=status)


def end_of(day):
    """Return the end of a day in the time zone of whoever grants."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=timezone.get_current_timezone())


@require_http_methods(["GET", "HEAD", "POST"])
def role_end(request, pk):
    """Ask, then end a role now."""
    row = get_object_or_404(in_force(clients_or_404(request.user, "grant")), pk=pk)
    if request.method == "POST":
        role = service.role_of(row)
        service.end(row.user, row.content_object, role, actor=request.user)
        said = {"who": row.user, "role": role.label, "client": row.content_object}
        messages.success(request, _("%(who)s is not %(role)s at %(client)s any more.") % said)
        return redirect("staff")
    return render(request, "accounts/role_end.html", line(row, request.user))
