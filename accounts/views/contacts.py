"""Contact data of an account: what is known, what was known when, and changing it."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import personal, reasons, rules
from accounts.errors import Invalid, Refused
from accounts.forms import AsOfForm, ContactForm, RevealForm
from accounts.models import Account, ReasonCode
from accounts.models.settings import Blocked
from accounts.services import blocking, contacts, drafts
from accounts.services import reveal as looking
from accounts.views.accounts import seen_account
from accounts.zones import zone


@require_http_methods(["GET", "HEAD", "POST"])
def account_contact(request, pk):
    """Show contact data masked, now and as of a moment, or whole for a reason; change it."""
    account = seen_account(request, pk)
    moment = AsOfForm(request.GET, zone_name=zone(account.client.time_zone).key)
    if not moment.is_valid():
        raise Invalid(next(iter(moment.errors.values()))[0])
    sent, is_showing = request.method == "POST", "show" in request.POST
    may_change = rules.can_work(account, request.user) and not account.erased_at
    may_reveal = rules.can_reveal(account, request.user) and not account.erased_at
    if sent and not (may_reveal if is_showing else may_change):
        raise Refused(_("Your role at this client does not allow this."))
    looking.opened(account, user=request.user)
    blocked = blocking.why_blocked(account, Blocked.CONTACT) if may_change else ""
    key = f"contact:{account.pk}"
    form = ContactForm(
        request.POST if sent and not is_showing else None,
        reasons=reasons.choices(account.client_id, ReasonCode.Use.CONTACT),
        initial=drafts.load(request.user, account, key) if may_change else {},
    )
    reveal = RevealForm(
        request.POST if is_showing else None,
        reasons=reasons.choices(account.client_id, ReasonCode.Use.REVEAL),
        auto_id="show_%s",
    )
    whole = False
    if form.is_valid() and changed(request, account, form):
        drafts.discard(request.user, account, key)
        return redirect("account_contact", pk=account.pk)
    if reveal.is_valid():
        try:
            looking.reveal(account, actor=request.user, **reveal.cleaned_data)
            whole = True
        except Invalid as error:
            reveal.add_error(error.field, error.message)
    context = {
        "account": account,
        "form": form if may_change and not blocked else None,
        "blocked": blocked,
        "form_key": key,
        "reveal": reveal if may_reveal and not whole else None,
        "whole": whole,
        "as_of_form": moment,
        "moment": moment.moment,
        **known(account, moment.moment, whole=whole),
    }
    response = render(request, "accounts/contact.html", context, status=400 if form.errors or reveal.errors else 200)
    add_never_cache_headers(response)
    return response


def changed(request, account, form):
    """Change what was typed and say so; put on the form what cannot be."""
    words = {name: form.cleaned_data[name] for name in ("reason", "note", "country")}
    try:
        entry = contacts.change(account, form.changes, actor=request.user, **words)
    except Invalid as error:
        form.add_error(error.field, error.message)
        return False
    if entry:
        messages.success(request, _("Contact data changed. The member is told."))
    else:
        messages.info(request, _("Nothing was different, so nothing was changed."))
    return True


def known(account, moment, *, whole):
    """Return what the page says of now or of a moment, and of every change up to then."""
    past = [row for row in contacts.history(account, whole=whole) if moment is None or row.at <= moment.at]
    holder = personal.holder(account, whole=whole)
    now = (holder.name, holder.email, holder.phone, holder.address, holder.payment_method)
    values = dict(zip(Account.sealed_fields, now, strict=True)) if moment is None else past[0].values if past else None
    return {
        "values": [(contacts.label(name), words) for name, words in values.items()] if values else [],
        "past": [(row, [(contacts.label(name), old, new) for name, old, new in row.changed]) for row in past],
    }
