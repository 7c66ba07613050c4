"""The demo's linked systems: a network and a billing system on this machine that take messages and acknowledge them.

They know the protocol and their secrets and nothing else of Reinstate, as a client's own would: what is sent is
checked, printed and answered 204, and what asks for an acknowledgement is acknowledged a little later.
"""

import json
import secrets
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError

MOST_BYTES = 64 * 1024
TRIES = 5


class System(ThreadingHTTPServer):
    """Listens on loopback; ``wait`` is how many seconds it takes to do its part."""

    daemon_threads = True

    def __init__(self, port: int, known: list[str], wait: float) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.known, self.wait = known, wait


class Handler(BaseHTTPRequestHandler):
    server: System

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, MOST_BYTES))
        secret = next((each for each in self.server.known if is_signed(each, body, dict(self.headers))), None)
        self.send_response(204 if secret else 401)
        self.end_headers()
        if secret is None:
            return
        said = json.loads(body)
        data = said["data"]
        say(f"{said['type']} {data.get('account', {}).get('number', '')} {data.get('instruction', '')}")
        if "acknowledge" in data:
            later = threading.Timer(self.server.wait, acknowledge, (secret, data))
            later.daemon = True
            later.start()

    def log_message(self, format: str, *args: object) -> None:
        """What was heard is printed already."""


def is_signed(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True


def acknowledge(secret: str, data: dict[str, str]) -> None:
    """Answer that it was done, under a number of our own; again under the same id where nobody takes it."""
    message_id, reference = f"evt_{secrets.token_hex(12)}", f"DEMO-{secrets.randbelow(10**6):06}"
    answer = {"message": data["message"], "outcome": "confirmed", "reference": reference}
    for attempt in range(TRIES):
        now = datetime.now(UTC)
        body = json.dumps({"type": "acknowledgement", "timestamp": now.isoformat(), "data": answer})
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(message_id, now, body),
        }
        request = Request(data["acknowledge"], body.encode(), headers)  # noqa: S310 - the address is signed
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=10) as response:
                say(f"acknowledged as {reference}: {response.status}")
                return
        except HTTPError as error:
            say(f"not acknowledged: {error.code} {error.read().decode(errors='replace')}")
            return
        except OSError:
            time.sleep(2**attempt)


def say(text: str) -> None:
    print(f"  Linked system: {text}", flush=True)


def known(file: Path) -> list[str]:
    """Return the secrets in a file, one a line."""
    return file.read_text().split() if file.exists() else []


if __name__ == "__main__":
    System(settings.LINKED_PORT, known(settings.LINKED_SECRETS), settings.LINKED_WAIT).serve_forever()
