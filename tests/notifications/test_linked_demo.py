"""The demo's own linked systems, which a case in the demo is completed by."""

import threading

import pytest
from django.urls import reverse
from django_scopes import scopes_disabled

from config.linkedsystem import System
from notifications import tasks
from reinstatements import services
from reinstatements.models import Policy, ReinstatementRequest
from tests import factories
from tests.notifications.conftest import free_port
from tests.notifications.linked import register
from tests.notifications.test_acknowledging import post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]


@pytest.mark.requirement("R73")
def test_the_demo_s_network_checks_what_it_is_sent_and_completes_the_case(
    client, acme, suspended, agent, supervisor, httpserver, settings
):
    settings.BASE_URL = f"http://127.0.0.1:{httpserver.port}"
    port, known = free_port(), []
    with System(port, known, 0.1) as system:
        threading.Thread(target=system.serve_forever, daemon=True).start()
        row, secret = register(acme, f"http://127.0.0.1:{port}/network", takes_restoring=True)
        httpserver.expect_oneshot_request(reverse("linked_acknowledge", args=[row.pk])).respond_with_data("{}")
        with scopes_disabled():
            policy = Policy.objects.get(client=acme, kind="payment", version=1)
            factories.put_in_force(policy, policy.rules | {"confirmations": [{"system": "network"}]})
        case = factories.bring_to(suspended, "awaiting_approval", agent)
        case = services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
        tasks.relay()
        tasks.send_webhooks()
        # It did not know the secret: nothing that nobody signed is acknowledged.
        delivery = row.deliveries.get()
        assert (delivery.status, delivery.server_code) == ("failed", 401)
        known.append(secret)
        row.deliveries.update(next_attempt_at=delivery.created_at)
        with httpserver.wait(timeout=10):
            tasks.send_webhooks()
        system.shutdown()

    (request, _response), *more = httpserver.log
    assert more == []
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    answer = post(client, row, request.get_data(as_text=True), {name: request.headers[name] for name in names})
    assert answer.json() == {"result": "taken"}
    assert ReinstatementRequest.objects.get(pk=case.pk).status == "completed"
