"""What an account's page and its timeline show of its signals, to those who look at them."""

from django.utils.translation import gettext as _

from accounts import registries, rules
from accounts.models import Signal
from accounts.registries import TimelineLine

SHOWN = 10


@registries.panels.register("signals")
def signals(account, user):
    rows = list(Signal.objects.for_user(user).filter(account=account)[:SHOWN])
    return ("accounts/signal_panel.html", {"signals": rows}) if rows else None


@registries.timeline.register("signals")
def lines(account, user, limit, before=None):
    """Tell when a signal was raised; that it was confirmed or cleared is an entry."""
    if not rules.can_judge_signals(account, user):
        return []
    raised = Signal.objects.filter(account=account)
    if before:
        raised = raised.filter(raised_at__lt=before)
    return [
        TimelineLine(
            at=row.raised_at, icon="siren", title=_("Signal: %s") % row, who=_("Rule"), url=row.get_absolute_url()
        )
        for row in raised[:limit]
    ]
