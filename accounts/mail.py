"""What every mail of the product has in common: the language that it is written in, and how its subject is folded."""

from email.header import Header

from django.conf import settings
from django.core.mail import EmailMessage


def language_of(user):
    """Return the language that pages and mails for somebody are written in: words, and dates among them."""
    return user.language if user.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class Mail(EmailMessage):
    """A mail whose subject begins on the line of its name.

    Django leaves no room for "Subject: " on the first line; what is not ASCII then begins on the second, after an
    empty first line that RFC 5322 forbids and some readers show as no subject.
    """

    def message(self, *args, **kwargs):
        message = super().message(*args, **kwargs)  # refuses a subject of several lines
        charset = None if str(self.subject).isascii() else "utf-8"
        message.replace_header("Subject", Header(str(self.subject), charset, header_name="Subject").encode())
        return message
