"""Mail. Django's connection talks to the server; here it is decided what a message looks like and what an answer means.

A worker that dies between the server's "250" and the row that says so sends the message again, with the same
Message-ID, by which servers and readers know it. Sending is at least once; it cannot be exactly once over SMTP.
"""

from email.utils import formataddr, parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused

from django.conf import settings
from django.core import mail

from accounts.mail import Mail
from notifications import rendering

SERVICE_CLOSING = 421


class Unreachable(Exception):
    """No session with the server could be opened. No message is at fault, and none counts an attempt."""


class NotTaken(Exception):
    """The server did not take a message; ``code`` is its answer (RFC 5321), if it gave one."""

    def __init__(self, *, is_final, code=None):
        super().__init__(code)
        self.is_final = is_final
        self.code = code


def sender_address():
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def message_id(delivery):
    """Return the id that a delivery's mail bears at every attempt."""
    return f"<{delivery.pk.hex}@{domain()}>"


def domain():
    return sender_address().rpartition("@")[2] or "localhost"


def build(delivery, client, *, address, subject, body):
    """Return the mail of a delivery, in the client's name."""
    sender = rendering.one_line(client.sender_name or client.name)
    return Mail(
        subject=subject,
        body=body,
        from_email=formataddr((sender, sender_address())),
        to=[address],
        headers={
            "Message-ID": delivery.message_id,
            "Content-Language": delivery.language,
            # RFC 3834 and Exchange: no vacation notes and no "out of office" in return. RFC 2919: what to sort it by.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "List-Id": f"<notices.{client.code}.{domain()}>",
        },
    )


class Session:
    """One connection for a batch, opened when the first message is sent and again after it broke."""

    def __init__(self):
        self.connection = mail.get_connection()
        self.is_open = False

    def __enter__(self):
        return self

    def __exit__(self, *details):
        self.close()

    def open(self):
        """Raises ``Unreachable``: nobody listens, too late an answer, a certificate or a password that is not right."""
        if self.is_open:
            return
        try:
            self.connection.open()
        except (OSError, SMTPException) as error:
            self.close()
            raise Unreachable(type(error).__name__) from None
        self.is_open = True

    def send(self, message):
        """Hand over a message; returns when the server took it and raises ``NotTaken`` when it did not."""
        try:
            self.connection.send_messages([message])
        except SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            self.close_after(code)
            raise NotTaken(is_final=code >= 500, code=code) from None
        except SMTPResponseException as error:
            code = error.smtp_code
            self.close_after(code)
            # A sender who is refused is our own setting, not this message: there is time to mend it.
            is_final = code >= 500 and not isinstance(error, SMTPSenderRefused)
            raise NotTaken(is_final=is_final, code=code if code > 0 else None) from None
        except (OSError, SMTPException):
            self.close()
            raise NotTaken(is_final=False) from None

    def close_after(self, code):
        if code == SERVICE_CLOSING:
            self.close()

    def close(self):
        """Leave, whatever is left of the connection."""
        self.is_open = False
        try:
            self.connection.close()
        except (OSError, SMTPException):
            self.connection = mail.get_connection()
