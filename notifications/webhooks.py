"""Messages to linked systems over HTTP, signed as Standard Webhooks asks (standardwebhooks.com, version 1).

The host is looked up once, and that very address is connected to while TLS and the Host header keep the name. No
redirect and no proxy is followed, and everything together, however slowly it drips, has a limit of time.
"""

import ssl
import time
from base64 import b64encode
from datetime import UTC
from functools import lru_cache
from urllib.parse import urlsplit

import httpcore
from standardwebhooks import Webhook, WebhookVerificationError

from notifications import addresses

WITHIN = 8.0
"""Seconds that one message has, from looking up the host to the last byte of the answer."""
MOST_BYTES = 16 * 1024
"""How much of an answer is read; what it says is not kept."""
PREFIX = "whsec_"
LONGEST_ID = 100


class NotTaken(Exception):
    """A message was not taken; ``reason`` is a code of ``WebhookDelivery.Reason``, ``code`` the status, if any."""

    def __init__(self, reason, code=None):
        super().__init__(reason)
        self.reason, self.code = reason, code


def text_of(key):
    """Return a secret as it is given to whoever runs the linked system."""
    return PREFIX + b64encode(key).decode()


def headers(message_id, at, body, keys):
    """Return the headers of a message signed with every key, so that a secret can be changed without a gap."""
    # The library takes what the clock says for UTC, whatever zone it is told.
    signatures = [Webhook(key).sign(message_id, at.astimezone(UTC), body) for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def is_signed(body, given, keys):
    """Tell whether a message was signed with one of ``keys`` within five minutes of now, in time that tells nothing."""
    found = {name: given.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    if len(found["webhook-id"]) > LONGEST_ID or len(found["webhook-signature"]) > 1000:
        return False
    if not found["webhook-timestamp"].isdecimal():
        return False
    for key in keys:
        try:
            Webhook(key).verify(body, found, json_parse=False)
        except (WebhookVerificationError, ValueError):
            continue
        return True
    return False


def post(url, body, head, within=WITHIN):
    """Send a message; return the status of the answer, which is a 2xx. Raises ``NotTaken``."""
    until = time.monotonic() + within
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        address = addresses.resolve(host, parts.port or {"https": 443, "http": 80}[parts.scheme])
    except addresses.NotAllowed as refused:
        raise NotTaken(refused.reason) from None
    if parts.scheme == "http" and not addresses.is_loopback(address):
        raise NotTaken("not_public")
    try:
        status = exchange(url, address, body, head, until)
    except (httpcore.TimeoutException, TimeoutError):
        raise NotTaken("too_slow") from None
    except (httpcore.ProtocolError, UnicodeError):
        raise NotTaken("not_http") from None
    except (httpcore.NetworkError, OSError) as error:
        raise NotTaken("tls" if is_about_tls(error) else "unreachable") from None
    if status == 410:
        raise NotTaken("gone", status)
    if 300 <= status < 400:
        raise NotTaken("redirect", status)
    if not 200 <= status < 300:
        raise NotTaken("answer", status)
    return status


def exchange(url, address, body, head, until):
    wanted = {
        **head,
        "content-type": "application/json",
        "user-agent": "Reinstate",
        "accept": "application/json, text/plain",
        "connection": "close",
    }
    pool = httpcore.ConnectionPool(ssl_context=tls(), network_backend=There(address, until), http2=False)
    with pool, pool.stream("POST", url, headers=list(wanted.items()), content=body.encode()) as response:
        read = 0
        for chunk in response.iter_stream():
            read += len(chunk)
            if read > MOST_BYTES:
                break
        return response.status


@lru_cache(maxsize=1)
def tls():
    """Return the context that checks certificates against what the machine trusts; it is dear to make."""
    return ssl.create_default_context()


def is_about_tls(error):
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


class There(httpcore.NetworkBackend):
    """Connects to the one address that was looked up, and to nothing after ``until``."""

    def __init__(self, address, until):
        self.address, self.until = address, until
        self.network = httpcore.SyncBackend()

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        stream = self.network.connect_tcp(self.address, port, left(self.until), local_address, socket_options)
        return Timed(stream, self.until)


class Timed(httpcore.NetworkStream):
    """A connection of which each step has what is left of the time of all of them."""

    def __init__(self, stream, until):
        self.stream, self.until = stream, until

    def read(self, max_bytes, timeout=None):
        return self.stream.read(max_bytes, left(self.until))

    def write(self, buffer, timeout=None):
        self.stream.write(buffer, left(self.until))

    def close(self):
        self.stream.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        return Timed(self.stream.start_tls(ssl_context, server_hostname, left(self.until)), self.until)

    def get_extra_info(self, info):
        return self.stream.get_extra_info(info)


def left(until):
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout("The time is over.")
    return seconds
