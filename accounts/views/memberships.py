"""One membership: how it stands, what was agreed, what is to come, and what may be done to it now."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import personal, reasons, registries, rules, terms, wording
from accounts.errors import Invalid, Refused
from accounts.membership_forms import FORMS, AddForm, DeedForm, OnForm
from accounts.membership_words import agreed_facts, dated_facts, own_status_facts, pauses, scheduled_rows
from accounts.models import Account, Membership, PointsEntry, ReasonCode, Restriction, ScheduledChange
from accounts.services import drafts, memberships, parting, second_person, timeline
from accounts.services import reveal as opening
from accounts.services.memberships import offers, own_status, points, reading
from accounts.views.accounts import number_before

SHOWN_POINTS = 20
SHOWN_OFFERS = 10
FINAL = ("suspend", "cancel")
SAID = {
    "withdraw": gettext_lazy("Withdrawn"),
    "propose": gettext_lazy("Proposed, another person confirms it"),
}


@require_safe
def membership_detail(request, pk):
    """Show a membership as it stands now, and on the day that the address asks about."""
    membership = seen(request, pk)
    opening.opened(membership.account, user=request.user)
    form = OnForm(request.GET if "on" in request.GET else None)
    standing = reading.at(membership)
    today = terms.local_day(timezone.now(), standing.facts.zone)
    day = today if not form.is_bound else form.cleaned_data["on"] if form.is_valid() else None
    own_rules = own_status.rules_of(membership.client_id)
    found = offers.offers(membership, standing.facts, request.user, own_rules)
    may = rules.can_change_service(membership, request.user)
    log = PointsEntry.objects.filter(membership=membership).order_by("-number")[:SHOWN_POINTS]
    labels = reasons.labels_for([membership.client_id])
    context = {
        "membership": membership,
        "account": membership.account,
        "holder": personal.holder(membership.account),
        "standing": standing,
        "written_late": standing.status != membership.status,
        "agreed": agreed_facts(standing.plan),
        "dated": [
            *own_status_facts(membership, standing.facts, today, own_rules),
            *dated_facts(membership, standing.facts),
        ],
        "on_form": form if form.is_bound else OnForm(initial={"on": today}),
        "day": day,
        "then": reading.on(membership, day) if day else None,
        "answers": reading.entitled(membership, day) if day else [],
        "actions": [
            action
            for contribute in registries.membership_actions.values()
            for action in contribute(membership, standing, request.user)
        ],
        "billed": [
            each
            for rows in registries.asked.values()
            for each in rows(membership.client_id, request.user, membership=membership.pk)
        ],
        "deeds": [deed for deed, why_not in found if not why_not],
        "refused": [(deed, why_not) for deed, why_not in found if why_not] if may else [],
        "scheduled": scheduled_rows(membership, standing.facts, labels),
        "may_change": may,
        "pauses": pauses(membership),
        "restrictions": [
            (row, reasons.label(row.client_id, row.reason, labels))
            for row in Restriction.objects.of_membership(membership)
        ],
        "offers": [(row, row.standing_on(today).label) for row in membership.offers.all()[:SHOWN_OFFERS]],
        "points": [(row, reasons.label(row.client_id, row.reason, labels)) for row in log],
        "balance": points.balance(membership),
        "timeline": timeline.read_about(membership, request.user, before=number_before(request)),
        "is_older_page": "before" in request.GET,
    }
    response = render(
        request, "accounts/membership_detail.html", context, status=400 if form.is_bound and form.errors else 200
    )
    add_never_cache_headers(response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def membership_deed(request, pk, deed):
    """Ask who wants it and why, say what it brings about, then do it."""
    if deed not in offers.DEEDS:
        raise Http404
    wanted, membership = offers.DEEDS[deed], seen(request, pk)
    require_may_change(membership, request.user)
    facts = reading.at(membership).facts
    today = terms.local_day(timezone.now(), facts.zone)
    if request.method != "POST" and (why_not := offers.why_not(wanted, membership, facts, request.user, today)):
        raise Refused(why_not)
    form = FORMS.get(deed, DeedForm)(
        request.POST if request.method == "POST" else None,
        membership=membership,
        facts=facts,
        today=today,
        reasons=reasons.choices(membership.client_id, wanted.use),
        initial=drafts.load(request.user, membership.account, key(membership, deed)),
    )
    needs_two = deed == "cancel" and second_person.wanted(membership.client_id)
    service = parting.propose_cancel if needs_two else getattr(memberships, deed)
    if form.is_valid() and done(request, form, membership, service, "propose" if needs_two else deed):
        return redirect(membership)
    context = page(form, membership, key(membership, deed)) | {
        "deed": wanted,
        "needs_two": needs_two,
        "ends": terms.term_over_on(facts),
        "lost": membership.snapshot["entitlements"],
        "balance": points.balance(membership),
        "today": today,
    }
    return render(request, "accounts/membership_deed.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def membership_withdraw(request, pk, change_pk):
    """Take back a change that is scheduled, for a reason."""
    membership = seen(request, pk)
    require_may_change(membership, request.user)
    change = get_object_or_404(ScheduledChange.objects.waiting(membership), pk=change_pk)
    facts = reading.at(membership).facts
    draft = key(membership, "withdraw")
    form = DeedForm(
        request.POST if request.method == "POST" else None,
        membership=membership,
        facts=facts,
        today=terms.local_day(timezone.now(), facts.zone),
        reasons=reasons.choices(membership.client_id, change.kind),
        initial=drafts.load(request.user, membership.account, draft),
    )
    if form.is_valid() and done(request, form, change, memberships.withdraw_scheduled, "withdraw", membership):
        return redirect(membership)
    context = page(form, membership, draft) | {"change": change}
    return render(request, "accounts/membership_withdraw.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def membership_add(request, pk):
    """Give an account a membership on a plan of its client."""
    visible = Account.objects.for_user(request.user).select_related("client", "subject_key")
    account = get_object_or_404(visible, pk=pk)
    require_may_change(account, request.user)
    if request.method != "POST" and account.status != Account.Status.ACTIVE:
        raise Refused(_("Only an account that is active is given a membership."))
    draft = f"membership_add:{account.pk}"
    form = AddForm(
        request.POST if request.method == "POST" else None,
        account=account,
        reasons=reasons.choices(account.client_id, ReasonCode.Use.START),
        initial=drafts.load(request.user, account, draft),
    )
    if form.is_valid():
        try:
            membership = memberships.add(account, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            drafts.discard(request.user, account, draft)
            say_what_was_cut(request, form)
            messages.success(request, _("The membership is added."))
            return redirect(membership)
    context = {"form": form, "account": account, "draft": draft}
    return render(request, "accounts/membership_add.html", context, status=400 if form.errors else 200)


def seen(request, pk):
    """Return the membership; an address that cannot be is a 404 before anything is put on record."""
    number_before(request)
    visible = Membership.objects.for_user(request.user).select_related(
        "account__client", "account__subject_key", "plan", "client"
    )
    return get_object_or_404(visible, pk=pk)


def require_may_change(row, user):
    if not rules.can_change_service(row, user):
        raise Refused(_("You see this client's memberships, but you do not change them."))


def key(membership, deed):
    return f"membership:{membership.pk}:{deed}"


def page(form, membership, draft):
    return {"form": form, "membership": membership, "account": membership.account, "draft": draft}


def done(request, form, row, service, deed, membership=None):
    """Do it; ``False`` where the service found a field wrong, which the form then says."""
    membership = membership or row
    try:
        service(row, actor=request.user, **form.cleaned_data)
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    drafts.discard(request.user, membership.account, key(membership, deed))
    say_what_was_cut(request, form)
    messages.success(request, _("Done: %s.") % str(said(form, deed)).lower())
    return True


def said(form, deed):
    if deed in SAID:
        return SAID[deed]
    later = (
        form.cleaned_data.get("when") == "term_end" or (form.cleaned_data.get("starts_on") or form.today) > form.today
    )
    return wording.of("membership", f"schedule_{deed}" if later else deed).label


def say_what_was_cut(request, form):
    if form.cards:
        words = ngettext(
            "A card number stood in what you typed. Only its last four digits were kept.",
            "%d card numbers stood in what you typed. Only their last four digits were kept.",
            form.cards,
        )
        messages.warning(request, words % form.cards if form.cards > 1 else words)
