"""What pages say of a message: masked, in the reader's words."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import personal
from accounts.codes import readable
from notifications.models import Delivery, Event, StaffNotice


@dataclass(frozen=True)
class Line:
    """One message in a list. ``key`` is the key of the one person, or ``None`` when they were erased."""

    delivery: Delivery
    key: bytes | None

    @property
    def address(self):
        """The masked address; "" where none was written down, as for a message that was not sent."""
        mask = personal.sealed_fields(Delivery)["address"].mask
        found = personal.reveal(self.delivery, "address", self.key)
        return mask(found) if found else ""

    @property
    def language(self):
        return language_name(self.delivery.language)

    @property
    def at(self):
        return self.delivery.sent_at or self.delivery.created_at

    @property
    def why(self):
        return why(self.delivery)


def why(delivery):
    """Say why a message was not sent, or not yet, with the mail server's answer; "" for one that was."""
    text = str(delivery.get_reason_display())
    if text and delivery.server_code:
        return _("%(why)s Its answer: %(code)d.") % {"why": text, "code": delivery.server_code}
    return text


def language_name(code):
    return str(dict(settings.MESSAGE_LANGUAGES).get(code, code))


def subject_and_body(delivery):
    """Return the words of a message, whole; ("", "") where there are none or the person was erased."""
    key = personal.key_of(delivery.account)
    return personal.reveal(delivery, "subject", key), personal.reveal(delivery, "body", key)


def alert_title(event_name, payload):
    """Return what an alert to staff is about: the event, or what a case called for."""
    if event_name == "alert":
        return str(dict(Event.choices).get(payload.get("event"), payload.get("event")))
    return readable(event_name.replace(".", " "))


@dataclass(frozen=True)
class AlertLine:
    """One alert to somebody on the staff, in a list."""

    notice: StaffNotice

    @property
    def title(self):
        return alert_title(self.notice.event_name, self.notice.payload)

    @property
    def at(self):
        return self.notice.sent_at or self.notice.created_at
