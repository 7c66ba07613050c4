"""Offers to come back: those of one's clients with what became of each, and redeeming one."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import paging, personal, terms
from accounts.errors import Invalid
from accounts.models import Offer
from accounts.offer_exports import OFFERS
from accounts.offer_forms import OfferFilterForm, RedeemForm
from accounts.services import drafts, memberships
from accounts.views.allowed import clients_or_404
from accounts.views.exports import offer as offer_file
from accounts.views.memberships import require_may_change, seen
from accounts.zones import zone


@require_safe
def offer_list(request):
    """List the offers that were made, newest first, narrowed by what the address says."""
    form = OfferFilterForm(request.GET, clients=clients_or_404(request.user, "see"))
    if not form.chosen:
        raise Http404
    page = paging.Page([])
    if form.is_valid():
        rows = form.narrowed(Offer.objects.for_user(request.user))
        related = rows.select_related("client", "membership__plan", "account__client", "account__subject_key")
        page = paging.page(request, related, ("offered_at", "id"))
    today = {row.pk: terms.local_day(timezone.now(), zone(row.account.time_zone)) for row in page.rows}
    context = {
        "form": form,
        "rows": [(row, personal.holder(row.account), row.standing_on(today[row.pk])) for row in page.rows],
        "page": page,
        "offer": offer_file(request, OFFERS, form.chosen) if page.rows else None,
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "accounts/offer_list.html", context, status=200 if form.is_valid() else 400)


@require_http_methods(["GET", "HEAD", "POST"])
def offer_redeem(request, pk):
    """Ask for the code of an offer, and put on record that the member came with it."""
    membership = seen(request, pk)
    require_may_change(membership, request.user)
    key = f"redeem:{membership.pk}"
    form = RedeemForm(
        request.POST if request.method == "POST" else None,
        initial=drafts.load(request.user, membership.account, key),
    )
    if form.is_valid():
        try:
            memberships.redeem(membership, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            drafts.discard(request.user, membership.account, key)
            messages.success(request, _("The offer is redeemed. What is expired comes back by a case."))
            return redirect(membership)
    context = {
        "membership": membership,
        "account": membership.account,
        "form": form,
        "form_key": key,
    }
    return render(request, "accounts/offer_redeem.html", context, status=400 if form.errors else 200)
