"""What is done from the list of accounts: many changed at once, and filters kept under a name."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import reasons
from accounts.account_forms import FORMS, DeedForm
from accounts.errors import Invalid
from accounts.forms import AccountFilterForm, SaveViewForm
from accounts.membership_filters import MembershipFilterForm
from accounts.models import Account, BulkChange, SavedView
from accounts.models.base import new_id
from accounts.services import bulk, listing, offers, saved_views
from accounts.views.allowed import clients_or_404
from accounts.views.beside_list import KEPT, address, filter_query
from accounts.views.memberships import say_what_was_cut

FILTERS = {SavedView.Listed.ACCOUNTS: AccountFilterForm, SavedView.Listed.MEMBERSHIPS: MembershipFilterForm}


@require_http_methods(["GET", "HEAD", "POST"])
def account_bulk(request):
    """Ask what is done to the chosen accounts and why, then do it to each."""
    clients = clients_or_404(request.user, "work")
    data = request.POST if request.method == "POST" else request.GET
    deed = data.get("deed", "hold")
    if deed not in bulk.DEEDS:
        raise Http404
    accounts = chosen(request.user, data, clients)
    if not accounts:
        return render(request, "accounts/account_bulk.html", {"accounts": []})
    client = accounts[0].client
    if any(account.client_id != client.pk for account in accounts):
        raise Invalid(_("Choose accounts of one client: its reasons are its own."))
    form = FORMS.get(deed, DeedForm)(
        request.POST if request.method == "POST" else None,
        client=client,
        reasons=reasons.choices(client.pk, offers.DEEDS[deed].use),
    )
    if form.is_valid():
        try:
            change = bulk.run(key_of(data), deed, accounts, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            say_what_was_cut(request, form)
            return redirect("account_bulk_result", pk=change.pk)
    context = {
        "form": form,
        "accounts": accounts,
        "client": client,
        "deed": offers.DEEDS[deed],
        "key": data.get("key") or new_id(),
        "most": bulk.MOST,
    }
    return render(request, "accounts/account_bulk.html", context, status=400 if form.errors else 200)


def chosen(user, data, clients):
    """Return the accounts that were ticked, or all that fit the filter; never one that this person does not work."""
    if data.get("all"):
        form = AccountFilterForm(data, clients=clients)
        if not form.is_valid() or form.moment or len(form.chosen) != 1:
            raise Invalid(_("Choose one client in the filter, and no day of the past."))
        return listing.first(user, form.chosen[0], bulk.MOST, **form.narrow)
    ticked = data.getlist("account")
    if len(ticked) > bulk.MOST:
        raise Invalid(_("Choose 200 accounts at the most."))
    ids = [client.pk for client in clients]
    rows = Account.objects.for_user(user).filter(client__in=ids, pk__in=[key for key in map(as_key, ticked) if key])
    return list(rows.select_related("client").order_by("client__name", "number", "pk"))


def as_key(text):
    try:
        return UUID(text)
    except ValueError:
        return None


def key_of(data):
    key = as_key(data.get("key", ""))
    if key is None:
        raise Invalid(_("This form is not whole. Begin again from the list."))
    return key


@require_safe
def account_bulk_result(request, pk):
    """Say what became of each account; to whoever did it, as often as they ask."""
    change = get_object_or_404(BulkChange.objects.for_user(request.user).select_related("client"), pk=pk)
    if change.user_id != request.user.pk:
        raise Http404
    rows = bulk.told(change, request.user)
    labels = reasons.labels_for([change.client_id])
    context = {
        "change": change,
        "client": change.client,
        "deed": offers.DEEDS[change.deed],
        "reason": reasons.label(change.client_id, change.reason, labels),
        "rows": rows,
        "done": sum(reached and not why for _account, why, reached in rows),
        "refused": sum(bool(why) for _account, why, _reached in rows),
    }
    return render(request, "accounts/account_bulk_result.html", context)


@require_POST
def account_view_save(request):
    """Keep the filter of a list under a name."""
    clients = clients_or_404(request.user, "see")
    listed = request.POST.get("listed", SavedView.Listed.ACCOUNTS)
    if listed not in FILTERS:
        raise Invalid(_("This form is not whole. Begin again from the list."))
    filters = QueryDict(request.POST.get("query", "")[:2000])
    form, wanted = SaveViewForm(request.POST), FILTERS[listed](filters, clients=clients)
    if not wanted.is_valid() or len(wanted.chosen) != 1:
        raise Invalid(_("Choose one client in the filter before you save it."))
    if not form.is_valid():
        raise Invalid(next(iter(form.errors.values()))[0])
    kept = filter_query(filters, listed)
    view = saved_views.save(wanted.chosen[0], kept, actor=request.user, listed=listed, **form.cleaned_data)
    messages.success(request, _("Saved: %s.") % view)
    return redirect(address(view))


@require_POST
def account_view_remove(request, pk):
    """Forget one's own view."""
    view = get_object_or_404(SavedView.objects.offered_to(request.user), pk=pk)
    saved_views.remove(view, actor=request.user)
    messages.success(request, _("Removed: %s.") % view)
    return redirect(KEPT[view.listed][0])
