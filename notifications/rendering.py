"""Putting values into a template. ``{name}`` is all there is: a closed list of names, and no programming language."""

import re
import unicodedata

from django.utils.translation import gettext as _

from accounts.errors import Invalid
from notifications.models import Event

FIELD = re.compile(r"\{([a-z_]*)\}")
LONGEST_VALUE = 500  # characters

EVERYWHERE = frozenset(
    {
        *("holder_name", "account_number", "plan_name", "client_name", "sender_name", "contact_hint"),
        *("action", "effective_at"),
    }
)
AGREED = EVERYWHERE | {"price", "cycle", "benefits"}
"""Of messages about one membership: what was agreed, as the entry has it."""
ALLOWED = {
    Event.SUSPENDED: EVERYWHERE | {"reason"},
    Event.ON_HOLD: EVERYWHERE | {"reason"},
    Event.CLOSED: EVERYWHERE,
    Event.DEACTIVATED: EVERYWHERE,
    Event.ACTIVATED: EVERYWHERE,
    Event.UNDER_REVIEW: EVERYWHERE,
    Event.REVIEW_ENDED: EVERYWHERE,
    Event.MERGED: EVERYWHERE | {"survivor_number"},
    Event.UNMERGED: EVERYWHERE | {"survivor_number"},
    Event.OVERDUE: EVERYWHERE | {"amount", "due_on"},
    Event.CONTACT_CHANGED: EVERYWHERE | {"changed"},
    Event.CONTACT_CHANGED_BEFORE: EVERYWHERE | {"changed"},
    Event.REVERSED: EVERYWHERE | {"case_code"},
    Event.COMPLETED: EVERYWHERE | {"case_code"},
    Event.DECLINED: EVERYWHERE | {"case_code", "reason"},
    Event.EXPIRED: AGREED,
    Event.OFFER: AGREED | {"code", "valid_until"},
    Event.PLAN_CHANGED: AGREED | {"plan_before"},
    Event.PAUSED: AGREED,
    Event.RESUMED: AGREED,
    Event.TRIAL_RESUMED: AGREED,
    Event.MEMBERSHIP_REINSTATED: AGREED,
    Event.TRIAL_REINSTATED: AGREED,
    Event.RENEWED: AGREED | {"ends_on"},
    Event.MEMBERSHIP_SUSPENDED: AGREED | {"reason"},
    Event.CANCELLED: AGREED,
    Event.TIER_SET: AGREED | {"tier"},
    Event.TIER_LAPSED: AGREED | {"tier"},
    Event.RENEWAL_DUE: AGREED | {"ends_on"},
    Event.TRIAL_ENDING: AGREED | {"ends_on"},
    Event.MEMBER_ASKED: EVERYWHERE | {"case_code", "asked", "answer_by"},
    Event.MEMBER_REMINDED: EVERYWHERE | {"case_code", "asked", "answer_by"},
    Event.LAPSED: EVERYWHERE | {"case_code"},
    Event.WITHDRAWN: EVERYWHERE | {"case_code"},
    Event.APPEAL_RECEIVED: EVERYWHERE | {"case_code"},
    Event.APPEAL_DECLINED: EVERYWHERE | {"case_code", "reason"},
    Event.APPEAL_GRANTED: EVERYWHERE | {"case_code"},
}
# What a member must be told: why, and what to do. A template without it is not saved, a message without it not sent.
REQUIRED = {
    Event.SUSPENDED: {"reason", "action"},
    Event.ON_HOLD: {"reason", "action"},
    Event.CLOSED: {"action"},
    Event.DEACTIVATED: {"action"},
    Event.ACTIVATED: {"action"},
    Event.UNDER_REVIEW: {"action"},
    Event.REVIEW_ENDED: {"action"},
    Event.MERGED: {"survivor_number", "action"},
    Event.UNMERGED: {"survivor_number", "action"},
    Event.OVERDUE: {"amount", "due_on", "action"},
    Event.CONTACT_CHANGED: {"changed", "action"},
    Event.CONTACT_CHANGED_BEFORE: {"changed", "action"},
    Event.REVERSED: {"action"},
    Event.COMPLETED: {"action"},
    Event.DECLINED: {"reason", "action"},
    Event.EXPIRED: {"action"},
    Event.OFFER: {"code", "valid_until", "action"},
    Event.PLAN_CHANGED: {"plan_before", "plan_name", "price", "benefits", "action"},
    Event.PAUSED: {"action"},
    Event.RESUMED: {"action"},
    Event.TRIAL_RESUMED: {"action"},
    Event.MEMBERSHIP_REINSTATED: {"benefits", "price", "action"},
    Event.TRIAL_REINSTATED: {"benefits", "action"},
    Event.RENEWED: {"ends_on", "price", "action"},
    Event.MEMBERSHIP_SUSPENDED: {"reason", "action"},
    Event.CANCELLED: {"benefits", "action"},
    Event.TIER_SET: {"tier", "benefits", "action"},
    Event.TIER_LAPSED: {"tier", "action"},
    Event.RENEWAL_DUE: {"ends_on", "price", "action"},
    Event.TRIAL_ENDING: {"ends_on", "price", "action"},
    Event.MEMBER_ASKED: {"asked", "answer_by", "action"},
    Event.MEMBER_REMINDED: {"asked", "answer_by", "action"},
    Event.LAPSED: {"action"},
    Event.WITHDRAWN: {"action"},
    Event.APPEAL_RECEIVED: {"action"},
    Event.APPEAL_DECLINED: {"reason", "action"},
    Event.APPEAL_GRANTED: {"action"},
}


class Incomplete(Exception):
    """A text would have a gap: these placeholders have no value. Such a message is not sent."""

    def __init__(self, names):
        super().__init__(", ".join(sorted(names)))
        self.names = names


def placeholders(text):
    """Return the names in a text; raises ``ValueError`` for a brace that belongs to none."""
    if re.search("[{}]", FIELD.sub("", text)):
        raise ValueError("a brace without a name")
    return set(FIELD.findall(text))


def check(event, subject, body):
    """Raise ``Invalid`` unless these words can be a template of this event."""
    used = set()
    for field, text in (("subject", subject), ("body", body)):
        if not text.strip():
            raise Invalid(_("Write something here."), field=field)
        if any(is_control(char) for char in text if field == "subject" or char not in "\r\n\t"):
            raise Invalid(_("This holds characters that a mail cannot have here."), field=field)
        try:
            names = placeholders(text)
        except ValueError:
            raise Invalid(_("Braces stand around the name of a placeholder and nowhere else."), field=field) from None
        unknown = names - ALLOWED[Event(event)]
        if unknown:
            message = _("This message has no placeholder of this name: %(unknown)s. It has: %(known)s.")
            known = ", ".join(sorted(ALLOWED[Event(event)]))
            raise Invalid(message % {"unknown": ", ".join(sorted(unknown)), "known": known}, field=field)
        used |= names
    missing = REQUIRED[Event(event)] - used
    if missing:
        message = _("The member must read this here, so the placeholder cannot be left out: %s.")
        raise Invalid(message % ", ".join(f"{{{name}}}" for name in sorted(missing)), field="body")


def fill(text, values):
    """Return ``text`` with its values in place, each on one line; raises ``Incomplete`` where one is missing or empty.

    It goes over the text once, so braces in a value stay what they are.
    """
    clean = {name: one_line(values.get(name) or "") for name in placeholders(text)}
    empty = {name for name, value in clean.items() if not value}
    if empty:
        raise Incomplete(empty)
    return FIELD.sub(lambda field: clean[field[1]], text)


def one_line(value):
    """Return a value that cannot break out of its line: no line ends, no control characters, not endless."""
    return "".join(char for char in " ".join(str(value).split()) if not is_control(char))[:LONGEST_VALUE].strip()


def is_control(char):
    """Tell control characters, line and paragraph separators and lone halves of surrogate pairs from letters."""
    return unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"}
