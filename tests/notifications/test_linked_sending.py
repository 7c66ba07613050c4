"""Messages to linked systems: who is told what, signed, tried again, sent once, and never where they must not go."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.utils import timezone
from django_scopes import scope
from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug import Response

from accounts.models import StatusChange
from accounts.services import keys, memberships
from notifications import tasks, webhooks
from notifications.models import LinkedSecret, WebhookDelivery
from notifications.services import linked, webhook_sending
from tests import factories
from tests.notifications.linked import Receiver, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(httpserver):
    return Receiver(httpserver)


@pytest.fixture
def told(acme, receiver, scoped):
    """A linked system of acme that hears of every change of a status."""
    return register(acme, receiver.url, takes_status=True)


def rows():
    return list(WebhookDelivery.objects.order_by("id").values_list("event_name", "status", "reason", "attempts"))


def deliver():
    tasks.relay()
    tasks.send_webhooks()


@pytest.mark.requirement("R73")
def test_a_linked_system_hears_of_a_suspension_signed_and_without_anybody_s_data(acme, receiver, told):
    _system, secret = told
    account = factories.make_account(acme, "A-1", {"holder_name": "Maria Meier", "email": "maria@example.com"})
    factories.suspend(account, note="Maria called.")

    deliver()

    (said,) = receiver.read(secret)
    entry = StatusChange.objects.get(account=account, action="suspend", subject_type="account")
    assert said["type"] == "account.suspended"
    assert said["data"]["account"] == {"number": "A-1", "status": "suspended"}
    assert said["data"]["entry"]["id"] == str(entry.uid)
    assert (said["data"]["entry"]["from"], said["data"]["entry"]["to"]) == ("active", "suspended")
    assert b"maria" not in receiver.heard[0][1].lower()
    assert rows() == [("account.suspended", "sent", "", 1)]
    with pytest.raises(WebhookVerificationError):
        receiver.read("whsec_" + "A" * 43 + "=")


@pytest.mark.requirement("R73")
def test_nothing_is_written_for_a_client_without_a_linked_system_or_for_what_it_does_not_take(acme, globex, receiver):
    with scope(client=[acme.pk, globex.pk]):
        register(acme, receiver.url, takes_billing=True, kind="billing")
        register(globex, receiver.url, takes_status=True)
        factories.suspend(factories.make_account(acme, "A-1"))
        tasks.relay()

        assert not WebhookDelivery.objects.filter(event_name="account.suspended").exists()


@pytest.mark.requirement("R74")
def test_billing_hears_price_and_plan_as_they_were_agreed(acme, agent, receiver, scoped):
    _system, secret = register(acme, receiver.url, kind="billing", takes_billing=True)
    membership = factories.make_account(acme, "A-1").memberships.get()
    deliver()
    receiver.heard.clear()
    plan = membership.snapshot
    memberships.pause(membership, actor=agent, reason="away", initiator="member")

    deliver()

    assert [said["data"]["instruction"] for said in receiver.read(secret)] == ["stop"]
    (said,) = receiver.read(secret)
    assert said["data"]["price_minor"] == plan["price_minor"]
    assert said["data"]["plan"] == plan["code"]
    assert said["data"]["membership"]["id"] == str(membership.pk)


@pytest.mark.requirement("R73")
def test_what_is_not_taken_is_tried_again_under_the_same_id_until_it_is_given_up(acme, receiver, told, administrator):
    factories.suspend(factories.make_account(acme, "A-1"))
    receiver.answers = [Response("", 500), Response("", 503), Response("", 429), *[Response("", 500)] * 4]
    tasks.relay()
    now = timezone.now()
    # Standard Webhooks: at once, 5 seconds, 5 minutes, 30 minutes, 2, 5 and 10 hours, with some jitter.
    waits = [0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600]
    for number, wait in enumerate(waits, start=1):
        for tried, heard in ((wait * 0.99, number - 1 if wait else number), (wait * 1.1 + 1, number)):
            with time_machine.travel(now + timedelta(seconds=tried), tick=False):
                tasks.send_webhooks()
                tasks.send_webhooks()
            assert len(receiver.heard) == heard
        now += timedelta(seconds=wait * 1.1 + 1 if wait else 0)

    assert len(set(receiver.ids)) == 1
    assert rows() == [("account.suspended", "given_up", "answer", 7)]
    row = WebhookDelivery.objects.get()
    linked.send_again(row, actor=administrator)
    tasks.send_webhooks()
    assert rows() == [("account.suspended", "sent", "", 8)]
    assert len(set(receiver.ids)) == 1


def test_a_worker_that_dies_between_the_answer_and_the_row_sends_it_again_under_the_same_id(acme, receiver, told):
    factories.suspend(factories.make_account(acme, "A-1"))
    tasks.relay()
    (taken,) = webhook_sending.claim(10)
    assert webhook_sending.take(taken)
    keys_now = [secret.key for secret in LinkedSecret.objects.all()]
    webhooks.post(receiver.url, taken.body, webhooks.headers(taken.message_id, timezone.now(), taken.body, keys_now))

    tasks.send_webhooks()
    assert len(receiver.heard) == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        tasks.send_webhooks()

    assert len(receiver.heard) == 2
    assert len(set(receiver.ids)) == 1
    assert receiver.heard[0][1] == receiver.heard[1][1]
    assert rows() == [("account.suspended", "sent", "", 2)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_message_once(acme, receiver):
    with scope(client=[acme.pk]):
        register(acme, receiver.url, takes_status=True)
        for number in range(12):
            factories.suspend(factories.make_account(acme, f"A-{number}"))
        while tasks.services.clients_with_events():
            tasks.relay()

        def work():
            try:
                with scope(client=[acme.pk]):
                    webhook_sending.send_due(limit=5)
                    webhook_sending.send_due(limit=5)
            finally:
                connections.close_all()

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        tasks.send_webhooks()

        assert len(receiver.ids) == len(set(receiver.ids)) == WebhookDelivery.objects.count() >= 12
        assert set(WebhookDelivery.objects.values_list("status", "attempts")) == {("sent", 1)}


def test_a_redirect_is_not_followed_and_what_a_server_says_is_read_to_a_bound(acme, receiver, told, httpserver):
    factories.suspend(factories.make_account(acme, "A-1"))
    receiver.answers = [Response("", 302, {"Location": httpserver.url_for("/elsewhere")})]
    httpserver.expect_request("/elsewhere").respond_with_data("never")
    deliver()
    assert rows() == [("account.suspended", "failed", "redirect", 1)]
    assert [request.path for request, _response in httpserver.log] == ["/reinstate"]

    receiver.answers = [Response("x" * 5_000_000, 200)]
    with time_machine.travel(timezone.now() + timedelta(seconds=6), tick=False):
        tasks.send_webhooks()
    assert rows() == [("account.suspended", "sent", "", 2)]


def test_a_server_that_drips_has_as_much_time_as_any_other(httpserver):
    def drip():
        for _ in range(50):
            yield b"x"
            threading.Event().wait(0.1)

    httpserver.expect_request("/drip").respond_with_handler(lambda request: Response(drip(), 200))

    with pytest.raises(webhooks.NotTaken) as refused:
        webhooks.post(httpserver.url_for("/drip"), "{}", {}, within=0.5)
    assert refused.value.reason == "too_slow"


def test_a_system_that_cannot_be_reached_holds_up_its_own_messages_only(acme, globex, receiver):
    with scope(client=[acme.pk, globex.pk]):
        register(acme, "http://127.0.0.1:9/nobody", takes_status=True, name="Gate", kind="access_control")
        _system, secret = register(globex, receiver.url, takes_status=True)
        for client in (acme, globex):
            for number in ("1", "2"):
                factories.suspend(factories.make_account(client, f"{client.code}-{number}"))
        deliver()

        assert len(receiver.read(secret)) == 2
        found = WebhookDelivery.objects.filter(client=acme).order_by("id").values_list("status", "reason", "attempts")
        assert list(found) == [("failed", "unreachable", 1), ("intended", "", 0)]


def test_what_happens_while_a_system_is_paused_waits(acme, receiver, told, administrator):
    system, _secret = told
    linked.pause(system, actor=administrator)
    factories.suspend(factories.make_account(acme, "A-1"))
    deliver()
    assert receiver.heard == []

    linked.resume(system, actor=administrator)
    tasks.send_webhooks()
    assert len(receiver.heard) == 1


def test_a_new_secret_overlaps_with_the_one_before_for_a_day(acme, receiver, told, administrator):
    system, old = told
    new = linked.rotate(system, actor=administrator)
    linked.test(system, actor=administrator)
    tasks.send_webhooks()
    assert receiver.read(old) == receiver.read(new)

    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        linked.test(system, actor=administrator)
        receiver.heard.clear()
        tasks.send_webhooks()
        assert receiver.read(new)[0]["type"] == "linked_system.test"
        with pytest.raises(WebhookVerificationError):
            receiver.read(old)


def test_secrets_are_wrapped_and_wrapped_anew_with_the_keys_of_people(acme, told, settings):
    _system, secret = told
    kept = LinkedSecret.objects.get()
    assert kept.key not in bytes(kept.wrapped)
    assert webhooks.text_of(kept.key) == secret

    old = settings.SEALING_KEYS
    settings.SEALING_KEYS = {"next": bytes(range(32, 64)), **old}
    assert sum(keys.rotate()) >= 1
    settings.SEALING_KEYS = {"next": bytes(range(32, 64))}
    assert webhooks.text_of(LinkedSecret.objects.get().key) == secret
    assert set(keys.in_use()) == {"next"}


def test_the_signature_is_the_one_that_the_standard_publishes():
    # The example of the specification, standardwebhooks.com, section "Signature scheme" in its reference libraries.
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", '{"test": 2432232314}'
    key = Webhook(secret)._whsecret
    at = timezone.datetime.fromtimestamp(1614265330, tz=timezone.get_default_timezone())
    head = webhooks.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, [key])
    assert head["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
