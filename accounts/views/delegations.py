"""Who decides for whom at one's clients: giving a delegation, and ending one."""

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import grants
from accounts.errors import Invalid
from accounts.forms import DelegationForm
from accounts.models import ClientRole, Delegation, User
from accounts.services import delegations as service
from accounts.views.allowed import clients_or_404

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
def delegations(request):
    """List what holds or will at one's clients, and what was; with the form for one's own roles."""
    clients = clients_or_404(request.user, "reveal")
    deciding = [client for client in clients if grants.allows(request.user, client.pk, "decide")]
    if request.method == "POST" and not deciding:
        clients_or_404(request.user, "decide")
    form = form_for(request, deciding) if deciding else None
    if form is not None and form.is_valid():
        data = form.cleaned_data
        days = {"starts_at": beginning(data["starts_on"]), "ends_at": beginning(data["ends_on"] + timedelta(days=1))}
        days["starts_at"] = max(days["starts_at"], timezone.now())
        try:
            row = service.delegate(data["client"], data["role"], data["taker"], actor=request.user, **days)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(
                request, _("%(taker)s decides for you at %(client)s.") % {"taker": row.taker, "client": data["client"]}
            )
            return redirect("delegations")
    rows = Delegation.objects.for_user(request.user).filter(client__in=clients)
    rows = rows.select_related("client", "giver", "taker").order_by("-ends_at", "id")[:SHOWN]
    now = timezone.now()
    lines = [
        {
            "row": row,
            "standing": standing(row, now),
            "may_end": is_live(row, now) and service.may_end(row, request.user),
        }
        for row in rows
    ]
    status = 400 if form is not None and form.errors else 200
    return render(request, "accounts/delegations.html", {"form": form, "lines": lines}, status=status)


def form_for(request, clients):
    people = takers(clients, request.user)
    return DelegationForm(
        request.POST if request.method == "POST" else None, clients=clients, people=people, user=request.user
    )


def takers(clients, user):
    """Return the logins that may stand in at one of these clients, by name."""
    now = timezone.now()
    giving = [role for role, can in grants.CAPABILITIES.items() if "reveal" in can]
    rows = ClientRole.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=now),
        content_object__in=clients,
        starts_at__lte=now,
        permission__codename__in=[f"{grants.PERMISSION_PREFIX}{role}" for role in giving],
    )
    people = User.objects.filter(pk__in=rows.values("user"), is_active=True).exclude(person=user.person_id)
    return sorted(people, key=str)


def beginning(day):
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def is_live(row, now):
    return row.ended_at is None and row.ends_at > now


def standing(row, now):
    if row.ended_at or row.ends_at <= now:
        return _("over")
    return _("holds") if row.starts_at <= now else _("is to come")


@require_POST
def delegation_end(request, pk):
    row = get_object_or_404(Delegation.objects.of_clients(list(grants.of(request.user))), pk=pk)
    service.end(row, actor=request.user)
    messages.success(
        request, _("%(taker)s does not decide for %(giver)s any more.") % {"taker": row.taker, "giver": row.giver}
    )
    return redirect("delegations" if grants.has_anywhere(request.user, "reveal") else "staff")
