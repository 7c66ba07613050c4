"""What an account under review may not do meanwhile."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models.settings import Blocked, settings_of


def require_free(account, what, actor):
    """Raise ``Refused`` where the account is under review and its client stops this meanwhile.

    What the client's own system or a rule does has happened, and is not stopped.
    """
    why = "" if actor.is_system else why_blocked(account, what)
    if why:
        raise Refused(why)


def why_blocked(account, what):
    """Return why this is not done now, "" where it may be."""
    if not account.is_under_review or what not in settings_of(account.client).review_blocks:
        return ""
    day = date_format(timezone.localtime(account.review_ends_at), "j M Y, H:i")
    stopped = str(Blocked(what).label).lower()
    return _("The account is under review until %(day)s; meanwhile this client stops: %(what)s.") % {
        "day": day,
        "what": stopped,
    }
