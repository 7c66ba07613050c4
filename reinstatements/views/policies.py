"""The policies of a client: what they say, what a new version would do, and how it comes to be in force."""

from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import grants, reasons
from accounts.errors import Invalid, Refused
from accounts.models import Client, ReasonCode
from reinstatements import policies, policy_words, presentation, rules, services
from reinstatements.linked_systems import SYSTEMS
from reinstatements.models import Policy
from reinstatements.models.request import Kind
from reinstatements.policy_forms import InForceForm, PolicyForm, ProfileForm, numbered
from reinstatements.services.previews import last_cases

MOST_CLIENTS = 60
VERSIONS = 50


@require_safe
def policy_list(request):
    """List what is in force for each kind of case at one's clients, and what waits for a second person."""
    clients = list(Client.objects.filter(pk__in=list(grants.of(request.user))).order_by("name"))
    if not clients:
        raise Http404
    chosen = [client for client in clients if client.code == request.GET.get("client")] or clients[:MOST_CLIENTS]
    found = list(
        Policy.objects.for_user(request.user)
        .filter(client__in=[client.pk for client in chosen])
        .select_related("proposed_by")
        .order_by("kind", "version")
        .defer("rules")
    )
    now = timezone.now()
    in_force = {}
    for policy in found:
        if policy.in_force_from and policy.in_force_from <= now:
            best = in_force.get((policy.client_id, policy.kind))
            if best is None or (policy.in_force_from, policy.version) >= (best.in_force_from, best.version):
                in_force[policy.client_id, policy.kind] = policy
    said = dict(Policy.objects.filter(pk__in=[row.pk for row in in_force.values()]).values_list("pk", "rules"))
    context = {
        "clients": clients,
        "client_code": request.GET.get("client", ""),
        "sections": [
            {
                "client": client,
                "rows": [
                    row_of(
                        in_force.get((client.pk, kind)),
                        kind,
                        [policy for policy in found if (policy.client_id, policy.kind) == (client.pk, kind)],
                        said,
                        now,
                    )
                    for kind in Kind
                ],
            }
            for client in chosen
        ],
    }
    return render(request, "reinstatements/policy_list.html", context)


def row_of(policy, kind, versions, said, now):
    """Return what the list tells of one kind of case."""
    return {
        "kind": kind.label,
        "policy": policy,
        "levels": presentation.levels(policies.levels_of_every_case(said[policy.pk])) if policy else "",
        "waiting": [version for version in versions if version.is_waiting],
        "coming": [version for version in versions if version.in_force_from and version.in_force_from > now],
    }


def load(user, pk):
    visible = Policy.objects.for_user(user).select_related("client", "proposed_by", "decided_by")
    return get_object_or_404(visible, pk=pk)


def worded(policy):
    """Return the function that words the client's own reason codes."""
    return partial(reasons.label, policy.client_id, labels=reasons.labels_for([policy.client_id]))


@require_safe
def policy_detail(request, pk):
    """Show a version in words, beside the one before it, with all versions of its kind."""
    return show(request, load(request.user, pk))


def show(request, policy, form=None, status=200):
    reason = worded(policy)
    versions = list(
        Policy.objects.for_user(request.user)
        .filter(client=policy.client_id, kind=policy.kind)
        .select_related("proposed_by", "decided_by")
        .order_by("-version")[:VERSIONS]
    )
    before = compared_with(request, policy, versions)
    in_force = next(iter(sorted(in_force_now(versions), key=order, reverse=True)), None)
    sections: dict[str, list] = {}
    for section, label, words in policy_words.statements(policy.rules, reason):
        sections.setdefault(section, []).append((label, words))
    context = {
        "policy": policy,
        "kind": Kind(policy.kind).label,
        "client": policy.client,
        "sections": sections,
        "standing": standing(policy, in_force),
        "versions": [(version, standing(version, in_force)) for version in versions],
        "before": before,
        "changes": policy_words.differences(before.rules, policy.rules, reason) if before else [],
        "may_propose": rules.can_propose(policy, request.user),
        "may_decide": policy.is_waiting and rules.can_put_in_force(policy, request.user),
        "may_turn_down": policy.is_waiting and rules.can_turn_down(policy, request.user),
        "is_own": policy.is_waiting and rules.is_own_proposal(policy, request.user),
        "form": form or InForceForm(),
    }
    return render(request, "reinstatements/policy_detail.html", context, status=status)


def compared_with(request, policy, versions):
    """Return the version that was asked for, else the one before; ``None`` for the first."""
    wanted = request.GET.get("with", "")
    asked = [version for version in versions if str(version.version) == wanted and version != policy]
    return next(iter([*asked, *(version for version in versions if version.version < policy.version)]), None)


def in_force_now(versions):
    now = timezone.now()
    return [version for version in versions if version.in_force_from and version.in_force_from <= now]


def order(version):
    return version.in_force_from, version.version


def standing(policy, in_force):
    """Return ``(status of a badge, words)`` of a version."""
    if policy.is_waiting:
        return "submitted", _("Proposed")
    if policy.is_turned_down:
        return "declined", _("Turned down")
    if policy == in_force:
        return "active", _("In force")
    if policy.in_force_from > timezone.now():
        return "pending", _("In force later")
    return "closed", _("Replaced")


def stop_reasons_of(client_id):
    """Return the reasons for which something stops at a client: ``[(code, label), ...]``, each once."""
    uses = (ReasonCode.Use.STOP, ReasonCode.Use.HOLD)
    return list({code: label for use in uses for code, label in reasons.choices(client_id, use)}.items())


@require_http_methods(["GET", "HEAD", "POST"])
def policy_change(request, pk):
    """Write a new version from this one; look at what it would do first, and then propose it."""
    policy = load(request.user, pk)
    if not rules.can_propose(policy, request.user):
        raise Refused(_("You do not administer this client."))
    sent = request.POST if request.method == "POST" else None
    posted, typed = (None, sent) if sent and "more" in sent else (sent, None)
    stop_reasons = stop_reasons_of(policy.client_id)
    form = PolicyForm(posted, policy=policy, currency=policy.client.currency, stop_reasons=stop_reasons, typed=typed)
    context = {"policy": policy, "client": policy.client, "kind": Kind(policy.kind).label, "form": form}
    if form.is_valid:
        if "propose" in request.POST:
            try:
                made = services.propose(
                    policy.client,
                    policy.kind,
                    form.document,
                    actor=request.user,
                    note=form.times.cleaned_data["note"],
                )
            except Invalid as error:
                form.errors.append(error.message)
            else:
                messages.success(request, _("Version %d is proposed. Somebody else puts it in force.") % made.version)
                return redirect(made)
        else:
            context |= {
                "changes": policy_words.differences(policy.rules, form.document, worded(policy)),
                "cases": last_cases(policy, form.document, request.user),
                "is_preview": True,
            }
    is_wrong = posted is not None and (form.errors or not form.is_valid)
    context["numbered"] = numbered(form.conditions_told, form.currency, worded(policy))
    return render(request, "reinstatements/policy_change.html", context, status=400 if is_wrong else 200)


@require_safe
def policy_preview(request, pk):
    """Say what this version would ask of a case with given facts, and of the last cases of its kind."""
    policy = load(request.user, pk)
    stop_reasons = stop_reasons_of(policy.client_id)
    form = ProfileForm(
        request.GET if "restrictions" in request.GET or "owed_minor" in request.GET else None,
        client=policy.client,
        kind=policy.kind,
        stop_reasons=stop_reasons,
    )
    context = {
        "policy": policy,
        "client": policy.client,
        "kind": Kind(policy.kind).label,
        "form": form,
        "cases": last_cases(policy, policy.rules, request.user),
    }
    if form.is_valid():
        profile = form.profile()
        chosen = policies.choose(policy.rules, profile)
        context["appeal"] = policy_words.appeal(policy.rules)
        context["confirms"] = SYSTEMS.get(policies.linked_system(policy.rules, profile), "")
        context["why"] = policy_words.reasons(chosen, profile, policy.client.currency, worded(policy))
    return render(request, "reinstatements/policy_preview.html", context, status=400 if form.errors else 200)


@require_POST
def policy_put_in_force(request, pk):
    policy = load(request.user, pk)
    form = InForceForm(request.POST)
    if form.is_valid():
        try:
            made = services.put_in_force(policy, actor=request.user, on=form.cleaned_data["on"])
        except Invalid as error:
            form.add_error("on", error.message)
        else:
            when = date_format(localtime(made.in_force_from), "j M Y, H:i")
            messages.success(request, _("Version %(n)d holds from %(when)s on.") % {"n": made.version, "when": when})
            return redirect(policy)
    return show(request, policy, form, status=400)


@require_POST
def policy_turn_down(request, pk):
    policy = load(request.user, pk)
    services.turn_down(policy, actor=request.user)
    messages.success(request, _("Version %d is turned down; nothing changes.") % policy.version)
    return redirect(policy)
