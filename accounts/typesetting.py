"""PDF files, each made by a process of its own: what it takes of memory and time ends with it, whatever happens."""

import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import BoundedSemaphore

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.errors import Invalid

PROGRAM = Path(__file__).with_name("typesetter.py")
SECONDS = 60
BYTES = 2 << 30
"""Address space; 500 entries take a tenth of it, most of which is never touched."""
AT_ONCE = 2
PATIENCE = 20
"""Seconds that somebody waits for a free place before they are asked to try again."""

places = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Attachment:
    """A file inside the PDF: its exact text in UTF-8."""

    name: str
    text: str
    mime_type: str
    description: str


class NotMade(Exception):
    """The PDF could not be made. The reason is the process's own and may quote words; it is not logged."""


def pdf(template, data, *, attachments=(), at):
    """Return the bytes of a PDF of ``data``, plain JSON, laid out by a template and dated ``at``.

    Raises ``Invalid`` while too many are being made, and ``NotMade`` where one takes too much time or memory.
    """
    job = {
        "template": str(settings.BASE_DIR / "templates" / template),
        "data": data,
        "attachments": [asdict(attachment) for attachment in attachments],
        "timestamp": int(at.timestamp()),
    }
    if not places.acquire(timeout=PATIENCE):
        raise Invalid(_("Several documents are being made just now. Please try again in a minute."))
    try:
        return made(json.dumps(job).encode())
    finally:
        places.release()


def made(job):
    # No shell, no words in the command, and nothing of our environment, which holds the keys.
    command = [sys.executable, "-I", str(PROGRAM)]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=job, capture_output=True, timeout=SECONDS, env={}, preexec_fn=limit, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise NotMade from error
    return done.stdout


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
