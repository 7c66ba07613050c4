"""A client's system as somebody else would write it: it knows the protocol and its secret, and nothing of our code."""

import json
from base64 import b64decode
from datetime import UTC, datetime

from standardwebhooks import Webhook
from werkzeug import Response

from notifications.services import linked
from tests import factories


class Receiver:
    """What a server on loopback was told. ``answers`` are given one a message instead of taking it."""

    def __init__(self, server):
        self.server, self.heard, self.answers = server, [], []
        self.url = f"http://127.0.0.1:{server.port}/reinstate"
        server.expect_request("/reinstate", method="POST").respond_with_handler(self.hear)

    def hear(self, request):
        self.heard.append((dict(request.headers), request.get_data()))
        return self.answers.pop(0) if self.answers else Response("", 204)

    def read(self, secret):
        """Return what was said, each message checked by the standard's own library."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.heard]

    @property
    def ids(self):
        return [headers["Webhook-Id"] for headers, _body in self.heard]


def register(client, url, *, administrator=None, **more):
    """Return a linked system of a client, and its secret."""
    by = administrator or factories.make_user(f"{client.code}_admin", (client, "administrator"))
    wanted = {"name": "Core", "kind": "network", "takes_restoring": False, "takes_billing": False}
    wanted |= {
        "takes_status": not any(name.startswith("takes_") for name in more),
        "answer_hours": 24,
        "url": url,
    } | more
    return linked.register(client, actor=by, **wanted)


def signed(secret, said, message_id="evt_1", at=None, body=None):
    """Return body and headers of an answer, signed by the standard's own library."""
    at = at or datetime.now(UTC)
    body = json.dumps({"type": "acknowledgement", "data": said}) if body is None else body
    return body, {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(b64decode(secret.removeprefix("whsec_"))).sign(message_id, at, body),
    }
