"""What the deliveries say, and a mail server of our own that takes, delays or refuses what the test tells it to."""

import asyncio
import logging
import random
import socket
import threading
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from accounts import personal
from notifications.models import Delivery


def rows():
    return list(Delivery.objects.order_by("id").values_list("event_name", "status", "reason", "language"))


def words(delivery):
    key = personal.key_of(delivery.account)
    return tuple(personal.reveal(delivery, field, key) for field in ("address", "subject", "body"))


def free_port():
    """Return a port that nobody listens on, below those that the system gives to outgoing connections."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port")


class Inbox:
    """What a server took, in order. ``answers`` are given, one a message, instead of taking it; then all are taken."""

    def __init__(self):
        self.mails = []
        self.answers = []
        self.sessions = set()
        self.is_asked, self.may_answer = threading.Event(), threading.Event()
        self.may_answer.set()

    async def handle_DATA(self, server, session, envelope):
        self.sessions.add(session.peer)
        self.is_asked.set()
        while not self.may_answer.is_set():
            await asyncio.sleep(0.05)
        answer = self.answers.pop(0) if self.answers else None
        if answer == "hang up":
            server.transport.close()
            return "250 Nobody hears this"
        if answer:
            return answer
        self.mails.append(message_from_bytes(envelope.original_content, policy=policy.default))
        return "250 Taken"


@pytest.fixture
def inbox(settings):
    """Send mail through Django's SMTP connection to a real server, as in production."""
    inbox, port = Inbox(), free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    # The server's own protocol of what it hears is not ours.
    logging.getLogger("mail.log").setLevel("ERROR")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
    settings.DEFAULT_FROM_EMAIL = "Reinstate <desk@reinstate.example>"
    inbox.controller = controller
    yield inbox
    if inbox.controller:
        controller.stop()
