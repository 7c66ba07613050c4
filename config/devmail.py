"""The demo's mail server and the page that shows what it took. Never mounted outside the demo."""

import signal
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

SHOWN = 200


class Folder:
    """Keeps each mail as one file, which appears whole or not at all."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        name = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{uuid4().hex[:8]}"
        draft = self.folder / f"{name}.part"
        draft.write_bytes(envelope.original_content or b"")
        draft.rename(self.folder / f"{name}.eml")
        return "250 Message accepted for delivery"


def serve() -> None:
    """Take mail on loopback until SIGTERM or Ctrl-C."""
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    controller = Controller(Folder(settings.MAIL_DIR), hostname="127.0.0.1", port=settings.MAIL_PORT)
    controller.start()
    try:
        signal.sigwait(stops)
    finally:
        controller.stop()


def read(file: Path) -> dict[str, object]:
    """Return one mail as the pages show it: decoded headers and the plain text."""
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    text = mail.get_body(("plain",))
    return {
        "name": file.stem,
        "to": mail["To"],
        "subject": mail["Subject"],
        "sent_at": parsedate_to_datetime(mail["Date"]) if mail["Date"] else None,
        "language": mail["Content-Language"] or "",
        "headers": list(mail.items()),
        "text": text.get_content() if text else "",
    }


@login_not_required
def mail_list(request: HttpRequest) -> HttpResponse:
    """Newest first. A mail server's files are few; the page stops at 200 and says so."""
    files = sorted(settings.MAIL_DIR.glob("*.eml"), reverse=True)
    mails = [read(file) for file in files[:SHOWN]]
    return render(request, "dev/mail_list.html", {"mails": mails, "total": len(files)})


@login_not_required
def mail_detail(request: HttpRequest, name: str) -> HttpResponse:
    file = settings.MAIL_DIR / f"{name}.eml"
    if not file.is_file():
        raise Http404
    return render(request, "dev/mail_detail.html", {"mail": read(file)})


urlpatterns = [
    path("", mail_list, name="dev_mail_list"),
    path("<slug:name>/", mail_detail, name="dev_mail_detail"),
]

if __name__ == "__main__":
    serve()
