"""How long decisions take in working time: for those who see the figures."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.views.allowed import clients_or_404
from reinstatements import decision_times as figures


@require_safe
def decision_times(request):
    """Show median and 90th percentile by client, by reason of the suspension and by step."""
    clients = clients_or_404(request.user, "see_figures")
    found = figures.of(request.user, [client.pk for client in clients], timezone.localdate())
    parts = [
        ("clients", _("By client"), _("Client"), found.clients),
        ("reasons", _("By reason of the suspension"), _("Reason"), found.reasons),
        ("steps", _("By step"), _("Step"), found.steps),
    ]
    told = [
        (code, title, head, [(line, in_words(line.median), in_words(line.slow)) for line in lines])
        for code, title, head, lines in parts
    ]
    return render(request, "reinstatements/decision_times.html", {"times": found, "parts": told})


def in_words(worked):
    """Return working time in hours and minutes: a working day has no length that everybody agrees on."""
    hours, minutes = divmod(int(worked.total_seconds()) // 60, 60)
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
