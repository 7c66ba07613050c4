"""Who should hear of an event, where, in which language and by which clock; and who should not, and why."""

from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import F

from accounts import personal
from accounts.models import StatusChange
from accounts.services import words
from notifications import texts
from notifications.models import Channel, Delivery, Event, Template

LONGEST_ADDRESS = 320
MEMBERSHIP = frozenset(event for event in Event.values if event.startswith("membership."))
TIERS = (Event.TIER_SET, Event.TIER_LAPSED)
CONTACT = (Event.CONTACT_CHANGED, Event.CONTACT_CHANGED_BEFORE)


class NotSent(Exception):
    """This message is deliberately not sent; ``reason`` is a ``Delivery.Reason``."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def channels(event):
    """Return the channels on which the member hears of an event.

    None for an event that is no concern of theirs, nor for one that another message tells with it (``told_by``).
    """
    is_told = event.name in Event.values and event.account_id and not event.payload.get("told_by")
    return [Channel.EMAIL] if is_told else []


def is_superseded(event_name, account, entry_number):
    """Whether a notice is late and must not say what is no longer so.

    The status was set anew since its entry, or what it reminds of was paid. A notice about a membership is late when
    that membership's status, or its plan, was changed since.
    """
    if event_name in CONTACT:
        return False
    if event_name in MEMBERSHIP:
        return is_past(event_name, account, entry_number)
    is_paid = event_name == Event.OVERDUE and account.overdue_since is None
    return is_paid or account.status_number > entry_number


def is_past(event_name, account, entry_number):
    entries = StatusChange.objects.filter(account=account)
    subject = entries.filter(number=entry_number).values("subject_id")
    later = entries.filter(number__gt=entry_number, subject_type="membership", subject_id__in=subject)
    if event_name == Event.PLAN_CHANGED:
        return later.filter(action="change_plan").exists()
    if event_name in TIERS:
        return later.filter(action__in=("set_tier", "lapse_tier")).exists()
    if event_name == Event.RENEWED and later.filter(action="renew").exists():
        return True
    return later.exclude(from_status=F("to_status")).exists()


def address(account, key, event):
    """Return the member's mail address; raises ``NotSent`` where there is none that can be right.

    That a mail address was given up is told there: it is sealed beside the entry that changed it.
    """
    if event.name == Event.CONTACT_CHANGED_BEFORE:
        found = words.read(account, [event.entry], key).get((event.entry, "email_before"), "").strip()
    else:
        found = personal.reveal(account, "email", key).strip()
    if not found:
        raise NotSent(Delivery.Reason.NO_ADDRESS)
    try:
        validate_email(found)
    except ValidationError:
        raise NotSent(Delivery.Reason.BAD_ADDRESS) from None
    if len(found) > LONGEST_ADDRESS:
        raise NotSent(Delivery.Reason.BAD_ADDRESS)
    return found


def languages(account):
    """Return the languages to try, in order: the member's, the client's, English. After "de-AT" comes "de"."""
    wanted = []
    for code in (account.language, account.client.language, texts.LAST_RESORT):
        wanted += [code.lower(), code.lower().partition("-")[0]]
    return [code for code in dict.fromkeys(wanted) if code]


def template(client_id, event_name, channel, wanted):
    """Return the newest template in the first of the ``wanted`` languages that has one; raises ``NotSent``."""
    rows = Template.objects.filter(client=client_id, event=event_name, channel=channel, language__in=wanted)
    found = {row.language: row for row in rows.order_by("version")}
    for language in wanted:
        if language in found:
            return found[language]
    raise NotSent(Delivery.Reason.NO_TEMPLATE)


def zone(account):
    """Return the member's time zone; the client's, then UTC, where it is none."""
    for name in (account.time_zone, account.client.time_zone):
        try:
            return ZoneInfo(name)
        except (ValueError, KeyError, OSError):
            continue
    return ZoneInfo("UTC")
