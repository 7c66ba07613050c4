"""Who works for one's clients: what each has to do, who is away, and what each is given."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import grants, rules
from accounts.errors import Invalid
from accounts.grants import Role
from accounts.models import Absence, Client, User
from accounts.views.allowed import clients_or_404
from reinstatements.availability import staff_at, staff_of, with_capability
from reinstatements.forms_desk import AbsenceForm, SkillsForm
from reinstatements.models import Skills
from reinstatements.services import assigning
from reinstatements.services.skills import may_change, save
from reinstatements.staff import in_words

SHOWN = 100


@require_safe
def team(request):
    """List who works the cases of one's clients, those with the most to do first."""
    clients = clients_or_404(request.user, "work")
    people: dict = {}
    staff = staff_at([client.pk for client in clients])
    for client in clients:
        for user in with_capability(staff[client.pk], "work"):
            people.setdefault(user, []).append(client)
    load = assigning.loads(people)
    away = absences(people)
    skills = {(row.client_id, row.user_id): row for row in Skills.objects.filter(user__in=people, client__in=clients)}
    leads = set(grants.client_ids(request.user, "assign"))
    rows = [
        {
            "user": user,
            "load": load[user.pk],
            "away": away.get(user.pk, []),
            "may_mark": user.pk == request.user.pk or any(client.pk in leads for client in works_for),
            "clients": [
                {
                    "client": client,
                    "skills": in_words(
                        skills.get((client.pk, user.pk)) or Skills(),
                        is_agent=Role.AGENT in staff[client.pk][user],
                    ),
                    "url": reverse("skills", args=[client.pk, user.pk]) if client.pk in leads else "",
                }
                for client in works_for
            ],
        }
        for user, works_for in people.items()
    ]
    rows.sort(key=lambda row: (-row["load"], str(row["user"])))
    context = {"rows": rows[:SHOWN], "more": len(rows) > SHOWN, "shown": SHOWN}
    return render(request, "reinstatements/team.html", context)


def absences(users):
    """Return ``{login: [absence, ...]}`` of what has not passed."""
    found: dict = {}
    for row in Absence.objects.filter(user__in=users, ends_at__gt=timezone.now()):
        found.setdefault(row.user_id, []).append(row)
    return found


def colleague_or_404(request, pk):
    """Return oneself, or somebody whom one leads at a client."""
    user = get_object_or_404(User, pk=pk, is_active=True)
    if user.pk != request.user.pk and not rules.leads(user, request.user):
        raise Http404
    return user


@require_http_methods(["GET", "HEAD", "POST"])
def absence(request, pk):
    """Mark somebody as away. What they have is handed over as soon as it begins."""
    clients_or_404(request.user, "work")
    user = colleague_or_404(request, pk)
    form = AbsenceForm(request.POST if request.method == "POST" else None, initial=AbsenceForm.begin())
    if form.is_valid():
        try:
            assigning.mark_absence(user, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            messages.success(request, _("%s is marked as away.") % user)
            return redirect("team")
    context = {"form": form, "who": user, "is_own": user.pk == request.user.pk}
    context["has"] = assigning.cases_of(user).count()
    return render(request, "reinstatements/absence.html", context, status=400 if form.errors else 200)


@require_POST
def absence_end(request, pk):
    """Say that somebody is back, or will not be away after all."""
    clients_or_404(request.user, "work")
    found = get_object_or_404(Absence.objects.select_related("user"), pk=pk)
    colleague_or_404(request, found.user_id)
    try:
        assigning.end_absence(found, actor=request.user)
    except Invalid as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("%s is there again.") % found.user)
    return redirect("team")


@require_http_methods(["GET", "HEAD", "POST"])
def skills(request, client_pk, user_pk):
    """Say which cases of a client somebody is given, and how many."""
    client = get_object_or_404(Client.objects.filter(pk__in=grants.of(request.user)), pk=client_pk)
    if not may_change(client, request.user):
        raise Http404
    user = get_object_or_404(User, pk=user_pk)
    if user not in with_capability(staff_of(client.pk), "work"):
        raise Http404
    row = Skills.objects.filter(client=client, user=user).first() or Skills(client=client, user=user)
    form = SkillsForm(request.POST if request.method == "POST" else None, instance=row)
    if form.is_valid():
        save(form.instance, form.changed_data, actor=request.user)
        messages.success(request, _("Kept: what %(who)s is given of %(client)s.") % {"who": user, "client": client})
        return redirect("team" if grants.has_anywhere(request.user, "work") else "staff")
    context = {"form": form, "who": user, "client": client}
    return render(request, "reinstatements/skills.html", context, status=400 if form.errors else 200)
