"""The queue of signals, and what one rests on."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import paging, reasons, rules, statuslog
from accounts.errors import Invalid
from accounts.filters import SignalFilter
from accounts.forms import SignalForm
from accounts.models import AccessRecord, Account, ReasonCode, Signal
from accounts.services import drafts
from accounts.services import signals as service
from accounts.views.allowed import clients_or_404

KEYS = ("raised_at", "id")


@require_safe
def signal_list(request):
    """List the signals of somebody's clients, those that nobody has looked at unless the address says otherwise."""
    clients = clients_or_404(request.user, "judge_signals")
    visible = Signal.objects.for_user(request.user).select_related("client", "account", "about")
    shown = SignalFilter(request.GET, visible, clients=clients)
    context = {"filter": shown}
    if not shown.is_valid():
        return render(request, "accounts/signal_list.html", context, status=400)
    context["page"] = paging.page(request, shown.qs if shown.form.cleaned_data["status"] else shown.qs.waiting(), KEYS)
    return render(request, "accounts/signal_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def signal_detail(request, pk):
    """Show a signal with what raised it, and let somebody whose doing it is not confirm or clear it."""
    visible = Signal.objects.for_user(request.user).select_related("client", "account__subject_key", "about")
    signal = get_object_or_404(visible, pk=pk)
    uses = (ReasonCode.Use.CONFIRM_SIGNAL, ReasonCode.Use.CLEAR_SIGNAL)
    form_key = f"signal:{signal.pk}"
    kept = drafts.load(request.user, signal.account, form_key) if signal.account else {}
    form = SignalForm(
        request.POST if request.method == "POST" else None,
        offered=[reasons.choices(signal.client_id, use) for use in uses],
        has_note=signal.account is not None and signal.account.erased_at is None,
        initial=kept,
    )
    if form.is_valid():
        try:
            service.judge(signal, actor=request.user, **form.judgement)
        except Invalid as error:
            form.add_error(error.field, error.message)
        else:
            if signal.account:
                drafts.discard(request.user, signal.account, form_key)
            messages.success(request, _("Signal judged. It is on the record."))
            return redirect("signal_list")
    context = {
        "signal": signal,
        "form": form,
        "form_key": form_key,
        "is_own": rules.is_own_signal(signal, request.user),
        "is_waiting": signal.status == Signal.Status.RAISED,
        **evidence(signal, request.user),
    }
    return render(request, "accounts/signal_detail.html", context, status=400 if form.errors else 200)


def evidence(signal, user):
    """Return the rows that a signal names, as far as ``user`` may see them."""
    named = signal.evidence
    entries = [*named.get("entries", []), *filter(None, [signal.judged_entry])]
    labels = reasons.labels_for([signal.client_id])
    found = statuslog.entries(user).filter(client=signal.client_id, uid__in=entries)
    lines = [statuslog.Line(entry, labels) for entry in found]
    judged = [line for line in lines if line.entry.uid == signal.judged_entry]
    records = AccessRecord.objects.for_user(user).filter(client=signal.client_id, pk__in=named.get("records", []))
    return {
        "lines": [line for line in lines if line not in judged],
        "judged": judged[0] if judged else None,
        "records": records.select_related("account", "user").order_by("-created_at", "-id"),
        "accounts": Account.objects.for_user(user)
        .filter(client=signal.client_id, pk__in=named.get("accounts", []))
        .order_by("number"),
    }
