"""The figures of memberships: cancellations by reason and trials by outcome, month by month."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import membership_charts, reasons
from accounts.membership_exports import CANCELLATIONS, TRIALS
from accounts.membership_filters import FiguresForm
from accounts.services import membership_figures
from accounts.views.allowed import clients_or_404
from accounts.views.exports import offer


@require_safe
def membership_figures_page(request):
    """Show a year of one client's figures, until the month that the address names."""
    form = FiguresForm(request.GET, clients=clients_or_404(request.user, "see"))
    if form.client is None:
        raise Http404
    context = {"form": form, "client": form.client}
    if form.is_valid():
        client, until = form.client, form.cleaned_data["until"] or timezone.localdate()
        labels = reasons.labels_for([client.pk])
        months, found = membership_figures.cancellations(client, until)
        named = [(reasons.label(client.pk, code, labels), numbers) for code, numbers in found.items()]
        context |= {
            "charts": [
                membership_charts.cancellations(months, named),
                membership_charts.trials(*membership_figures.trials(client, until)),
            ],
            "offers": [
                (export, made) for export in (CANCELLATIONS, TRIALS) if (made := offer(request, export, [client]))
            ],
        }
    return render(request, "accounts/membership_figures.html", context, status=200 if form.is_valid() else 400)
