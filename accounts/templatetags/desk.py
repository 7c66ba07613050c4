"""What the components in ``templates/components/`` need and Django's own tags do not have."""

from datetime import date

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

# status: (tone, lucide icon). Two statuses of one kind of thing never share an icon, so colour is never needed.
STATUSES = {
    # accounts and memberships
    "pending": ("quiet", "circle-dashed"),
    "active": ("ok", "circle-check"),
    "trial": ("info", "sparkles"),
    "on_hold": ("warn", "circle-pause"),
    "paused": ("warn", "circle-pause"),
    "suspended": ("bad", "ban"),
    "under_review": ("info", "search-check"),
    "deactivated": ("quiet", "power-off"),
    "closed": ("quiet", "lock"),
    "merged": ("quiet", "merge"),
    "expired": ("quiet", "timer-off"),
    "cancelled": ("quiet", "circle-minus"),
    # cases
    "draft": ("quiet", "pencil-line"),
    "submitted": ("info", "inbox"),
    "in_verification": ("info", "list-checks"),
    "awaiting_member": ("warn", "hourglass"),
    "awaiting_approval": ("warn", "gavel"),
    "approved": ("ok", "stamp"),
    "completed": ("ok", "circle-check"),
    "declined": ("bad", "circle-x"),
    "withdrawn": ("quiet", "corner-up-left"),
    "lapsed": ("quiet", "timer-off"),
    # checks
    "open": ("quiet", "circle-dashed"),
    "met": ("ok", "circle-check"),
    "failed": ("bad", "circle-x"),
    "asked": ("info", "hand"),
    "waived": ("warn", "circle-slash"),
    # decisions
    "sent_back": ("warn", "undo-2"),
    # deliveries
    "sending": ("info", "loader"),
    "sent": ("info", "send"),
    "delivered": ("ok", "circle-check"),
    "bounced": ("bad", "undo-2"),
    "suppressed": ("quiet", "bell-off"),
    # messages to linked systems
    "intended": ("quiet", "hourglass"),
    "given_up": ("bad", "unplug"),
    "acknowledged": ("ok", "check-check"),
    "refused": ("bad", "ban"),
    # exports
    "complete": ("ok", "circle-check"),
    "broken_off": ("bad", "unlink"),
    "running": ("info", "loader"),
    "waiting": ("quiet", "hourglass"),
    "ready": ("ok", "file-check"),
    "removed": ("quiet", "timer-off"),
    "never_ended": ("warn", "circle-question-mark"),
    # a tone by itself
    "ok": ("ok", "circle-check"),
    "info": ("info", "info"),
    "warn": ("warn", "triangle-alert"),
    "bad": ("bad", "circle-x"),
}


@register.filter
def tone(status):
    """Return ok, info, warn, bad or quiet for a status code."""
    return STATUSES.get(status, ("quiet", ""))[0]


@register.filter
def icon(status):
    """Return the lucide icon of a status code."""
    return STATUSES.get(status, ("", "circle"))[1]


@register.filter
def recorded_day(text):
    """Return a day as an entry keeps it, ``2029-11-26``, the way that pages write days: ``26 Nov 2029``."""
    return date_format(date.fromisoformat(text), "j M Y")


@register.filter
def span(moment):
    """Return the time between now and ``moment``, either way, in at most two units: "3 h 12 min", "2 days"."""
    return in_words(minutes_between(timezone.now(), moment))


def minutes_between(one, other):
    return round(abs((other - one).total_seconds()) / 60)


def in_words(minutes):
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        days = round((hours + minutes / 60) / 24)
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if hours and minutes:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    if hours:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(minutes)d min") % {"minutes": minutes}


@register.filter
def duration(time):
    """Return a length of working time in hours and minutes: "11 h 5 min". A day of work has no fixed length."""
    hours, minutes = divmod(round(abs(time.total_seconds()) / 60), 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    if not minutes:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
