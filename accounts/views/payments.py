"""What an account owes and what was paid, and recording money that no system has told of."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import money, reasons, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.forms_payments import PaymentForm, WriteOffForm
from accounts.models import Account, ReasonCode
from accounts.services import merges, overdue
from accounts.services import payments as service

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
def account_payments(request, pk):
    """Show the newest charges and payments of an account, and take down a payment for those who work there."""
    account = seen(request, pk)
    survivor = merges.survivor_of(account) if account.status == Account.Status.MERGED else None
    if survivor and request.method == "POST":
        raise Moved(
            _("%(number)s was merged into %(survivor)s. Record the payment there.")
            % {"number": account, "survivor": survivor}
        )
    may_record = rules.can_work(account, request.user) and not survivor
    form = None
    if may_record:
        form = PaymentForm(request.POST if request.method == "POST" else None, account=account)
    elif request.method == "POST":
        raise Refused(_("Only who works this client's accounts records a payment."))
    if form and form.is_valid():
        try:
            made = service.record(account, actor=request.user, currency=account.currency, **form.cleaned_data)
        except (Invalid, Moved) as problem:
            form.add_error(getattr(problem, "field", None) or "external_id", problem.message)
        else:
            messages.success(
                request, _("Recorded: %s. It counts as certain once the client's system tells of it too.") % made
            )
            return redirect("account_payments", pk=account.pk)
    context = {"account": account, "form": form, "survivor": survivor, **standing(account, request.user)}
    return render(request, "accounts/payments.html", context, status=400 if form and form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def charge_write_off(request, pk, charge_pk):
    """Ask why a debt is given up, and give it up."""
    account = seen(request, pk)
    debt = get_object_or_404(account.charges, pk=charge_pk)
    if not rules.can_write_off(account, request.user):
        raise Refused(_("Only who decides at this client writes off what a customer owes."))
    offered = reasons.choices(account.client_id, ReasonCode.Use.WRITE_OFF)
    form = WriteOffForm(request.POST if request.method == "POST" else None, reasons=offered)
    if form.is_valid():
        service.write_off(debt, actor=request.user, **form.cleaned_data)
        messages.success(request, _("The unpaid part of %s is written off.") % debt)
        return redirect("account_payments", pk=account.pk)
    left = overdue.unpaid_of(account, debt)
    context = {
        "account": account,
        "debt": debt,
        "left": money.words(left, debt.currency) if left else "",
        "form": form,
        "reasons_offered": offered,
    }
    return render(request, "accounts/write_off.html", context, status=400 if form.errors else 200)


def seen(request, pk):
    visible = Account.objects.for_user(request.user).select_related("client", "subject_key")
    return get_object_or_404(visible, pk=pk)


def standing(account, user):
    """Return what the page says of an account's money: the newest charges and payments, and the ladder ahead."""
    left = {charge.pk: minor for charge, minor in overdue.unpaid_charges(account)}
    charges = list(account.charges.order_by("-due_on", "-id")[: SHOWN + 1])
    paid = list(account.payments.order_by("-paid_at", "-id")[: SHOWN + 1])
    today = timezone.localdate()
    return {
        "balance": money.words(account.balance_minor, account.currency),
        "steps": overdue.ladder_of(account.client_id),
        "charges": [
            {
                "row": row,
                "amount": money.words(row.amount_minor, row.currency),
                "left": money.words(left[row.pk], row.currency) if row.pk in left else "",
                "written_off": money.words(row.written_off_minor, row.currency) if row.written_off_minor else "",
                "days": (today - row.due_on).days if row.pk in left else 0,
            }
            for row in charges[:SHOWN]
        ],
        "payments": [(row, money.words(-row.effect_minor, row.currency)) for row in paid[:SHOWN]],
        "has_more": len(charges) > SHOWN or len(paid) > SHOWN,
        "may_see_log": rules.can_see_log(account, user),
        "may_write_off": rules.can_write_off(account, user),
    }
