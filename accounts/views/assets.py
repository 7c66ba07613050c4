"""The numbers, logins and contracts of an account: which are in service, putting one down, removing one."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import reasons, rules
from accounts.asset_exports import ASSETS
from accounts.asset_forms import AssetForm, RemoveAssetForm
from accounts.errors import Invalid, Refused
from accounts.models import Asset, ReasonCode
from accounts.services import assets, drafts
from accounts.services import reveal as looking
from accounts.views.accounts import seen_account
from accounts.views.exports import Offer, offer


@require_http_methods(["GET", "HEAD", "POST"])
def account_assets(request, pk):
    """Show what the customer uses, masked; put one down, or that they do not have it any more."""
    account = seen_account(request, pk)
    may_work = rules.can_work(account, request.user) and not account.erased_at
    sent, is_removing = request.method == "POST", "remove" in request.POST
    if sent and not may_work:
        raise Refused(_("You do not work this client's accounts."))
    looking.opened(account, user=request.user)
    rows, key = assets.told(account), f"asset:{account.pk}"
    offered = reasons.choices(account.client_id, ReasonCode.Use.CONTACT)
    form = AssetForm(
        request.POST if sent and not is_removing else None,
        reasons=offered,
        initial=drafts.load(request.user, account, key) if may_work else {},
    )
    remove = RemoveAssetForm(
        request.POST if is_removing else None,
        reasons=offered,
        offered=[(str(row.pk), told(row, called)) for row, called, _is_out in rows],
        auto_id="remove_%s",
    )
    if form.is_valid() and added(request, account, form):
        drafts.discard(request.user, account, key)
        return redirect("account_assets", pk=account.pk)
    if remove.is_valid():
        asset = get_object_or_404(
            Asset.objects.for_user(request.user), pk=remove.cleaned_data["asset"], account=account
        )
        assets.remove(asset, actor=request.user, reason=remove.cleaned_data["reason"])
        messages.success(request, _("Removed: %s.") % asset)
        return redirect("account_assets", pk=account.pk)
    context = {
        "account": account,
        "rows": rows,
        "offer": offered_file(request, account) if rows else None,
        "form": form if may_work else None,
        "form_key": key,
        "remove": remove if may_work and rows else None,
    }
    response = render(request, "accounts/assets.html", context, status=400 if form.errors or remove.errors else 200)
    add_never_cache_headers(response)
    return response


def told(row, called):
    """Return an asset in a choice: masks may be alike, so it says since when it is there."""
    return _("%(kind)s, %(name)s, since %(time)s") % {
        "kind": row,
        "name": called,
        "time": date_format(timezone.localtime(row.added_at), "j M Y, H:i"),
    }


def offered_file(request, account):
    """Offer what this account has as a file."""
    if not (found := offer(request, ASSETS, [account.client])):
        return None
    kept = urlencode({"client": account.client.code, "account": account.number})
    return Offer(f"{reverse('export', args=[ASSETS.code])}?{kept}", found.names)


def added(request, account, form):
    """Put it down and say so; put on the form what cannot be."""
    try:
        asset = assets.add(account, actor=request.user, **form.cleaned_data)
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return False
    messages.success(request, _("Added: %s.") % asset)
    return True
