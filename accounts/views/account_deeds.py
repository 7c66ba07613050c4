"""What may be done to an account: a page for each thing, with what it brings about."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import money, reasons, wording
from accounts.account_forms import FORMS, DeedForm, GuidelineForm
from accounts.errors import Invalid, Refused
from accounts.models import Account
from accounts.models.settings import Blocked, Required, settings_of
from accounts.services import drafts, lifecycle, offers, parting, reviews, second_person
from accounts.views.memberships import say_what_was_cut

REVIEWS = {"put_under_review": reviews.put_under_review, "end_review": reviews.end_review}


def service_of(deed):
    return REVIEWS.get(deed) or getattr(lifecycle, deed)


@require_http_methods(["GET", "HEAD", "POST"])
def account_deed(request, pk, deed):
    """Say what it brings about, ask why, then do it."""
    if deed not in offers.DEEDS:
        raise Http404
    wanted = offers.DEEDS[deed]
    account = get_object_or_404(Account.objects.for_user(request.user).select_related("client", "subject_key"), pk=pk)
    if request.method != "POST" and (why_not := offers.why_not(wanted, account, request.user)):
        raise Refused(why_not)
    reviews.require_may(account, request.user)
    draft = f"account:{account.pk}:{deed}"
    form = FORMS.get(deed, DeedForm)(
        request.POST if request.method == "POST" else None,
        client=account.client,
        reasons=reasons.choices(account.client_id, wanted.use),
        initial=drafts.load(request.user, account, draft),
    )
    needs_two = deed == "close" and second_person.wanted(account.client_id)
    if form.is_valid() and done(request, form, account, deed, needs_two):
        drafts.discard(request.user, account, draft)
        return redirect(account)
    context = {
        "form": form,
        "account": account,
        "draft": draft,
        "deed": wanted,
        "needs_two": needs_two,
        **brought_about(account, deed),
    }
    response = render(request, "accounts/account_deed.html", context, status=400 if form.errors else 200)
    add_never_cache_headers(response)
    return response


def done(request, form, account, deed, needs_two):
    """Do it; ``False`` where the service found a field wrong, which the form then says."""
    sent = dict(form.cleaned_data)
    if deed == "close":
        sent.pop("confirmed")
        sent["seen"] = request.POST.get("seen", "")
    try:
        if needs_two:
            parting.propose_close(account, actor=request.user, **sent)
        else:
            entry = service_of(deed)(account, actor=request.user, **sent)
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    say_what_was_cut(request, form)
    if needs_two:
        messages.success(request, _("Proposed. Another person confirms it; until then everything stays as it is."))
    else:
        messages.success(request, _("Done: %s.") % str(wording.of("account", entry.action).label).lower())
    return True


def brought_about(account, deed):
    """Return what the page says before it is done."""
    settings = settings_of(account.client)
    if deed == "close":
        found = lifecycle.consequences(account)
        owed = money.words(found["owed_minor"], found["currency"]) if found["owed_minor"] > 0 else ""
        return {"consequences": found, "seen": lifecycle.digest(found), "owed": owed}
    if deed == "deactivate":
        return {"retention": lifecycle.retention(account)}
    if deed == "put_under_review":
        return {"blocks": [str(label) for value, label in Blocked.choices if value in settings.review_blocks]}
    if deed == "activate":
        return {"checked": [str(label) for value, label in Required.choices if value in settings.required]}
    return {}


@require_POST
def review_guideline(request, pk, position):
    """Put down how a guideline of a review was followed."""
    account = get_object_or_404(Account.objects.for_user(request.user).select_related("client", "subject_key"), pk=pk)
    reviews.require_may(account, request.user)
    form = GuidelineForm(request.POST)
    try:
        if not form.is_valid():
            raise Invalid(next(iter(form.errors.values()))[0])
        reviews.follow_guideline(account, actor=request.user, position=position, **form.cleaned_data)
    except Invalid as error:
        messages.error(request, error.message)
    else:
        say_what_was_cut(request, form)
    return redirect(f"{account.get_absolute_url()}#review-title")
