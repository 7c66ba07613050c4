"""What linked systems answer: only what they signed, once, and by the same services as the page."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.ledger.verify import Totals, verify
from accounts.models import OutboxEvent, StatusChange
from accounts.services import memberships
from notifications import tasks
from notifications.models import Acknowledgement, StaffNotice, WebhookDelivery
from notifications.views import acknowledge
from reinstatements import services
from reinstatements.models import Confirmation, Policy, ReinstatementRequest
from tests import factories
from tests.notifications.linked import Receiver, register, signed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]


@pytest.fixture
def receiver(httpserver):
    return Receiver(httpserver)


@pytest.fixture
def network(acme, receiver):
    """The telecom's network, asked to restore access, with its secret."""
    return register(acme, receiver.url, takes_restoring=True)


@pytest.fixture
def waiting(acme, suspended, agent, supervisor, network):
    """A case that was approved and waits for the network, which has been asked."""
    with scopes_disabled():
        policy = Policy.objects.get(client=acme, kind="payment", version=1)
        factories.put_in_force(policy, policy.rules | {"confirmations": [{"system": "network"}]})
    case = factories.bring_to(suspended, "awaiting_approval", agent)
    case = services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
    tasks.relay()
    tasks.send_webhooks()
    return case


@pytest.fixture
def billed(acme, agent, receiver):
    """A membership whose pause the client's billing was told of, and its system."""
    system = register(acme, receiver.url, kind="billing", takes_billing=True)
    membership = factories.make_account(acme, "B-1").memberships.get()
    tasks.relay()
    WebhookDelivery.objects.update(settled_at=timezone.now())
    memberships.pause(membership, actor=agent, reason="away", initiator="member")
    tasks.relay()
    tasks.send_webhooks()
    return membership, *system


def about(event):
    return WebhookDelivery.objects.filter(event_name=event).order_by("id").last()


def send(client, system, secret, outcome="confirmed", event="case.confirmation_wanted", **more):
    said = {"message": about(event).message_id, "outcome": outcome, "reference": "NET-1"}
    return post(client, system, *signed(secret, said | more.pop("said", {}), **more))


def post(client, system, body, headers):
    url = reverse("linked_acknowledge", args=[getattr(system, "pk", system)])
    head = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return client.post(url, body, content_type="application/json", **head)


def now(case):
    return ReinstatementRequest.objects.select_related("account").get(pk=case.pk)


@pytest.mark.requirement("R73")
def test_the_system_that_was_asked_completes_the_case_by_its_answer(client, waiting, network, receiver):
    (said,) = receiver.read(network[1])
    assert said["type"] == "case.confirmation_wanted"
    assert said["data"]["acknowledge"].endswith(reverse("linked_acknowledge", args=[network[0].pk]))
    assert now(waiting).status == "approved"

    answer = send(client, *network)

    assert (answer.status_code, answer.json()) == (200, {"result": "taken"})
    case = now(waiting)
    assert (case.status, case.account.status) == ("completed", "active")
    row = Confirmation.objects.get()
    assert (row.reference, row.outcome, row.user.username) == ("NET-1", "confirmed", "reinstate")
    entry = StatusChange.objects.get(uid=row.entry)
    assert (entry.action, entry.origin) == ("confirm", "client_system")
    assert about("case.confirmation_wanted").answer == "acknowledged"
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R73")
def test_a_system_that_refuses_puts_the_case_among_the_unconfirmed_and_may_confirm_later(client, waiting, network):
    refused = send(client, *network, outcome="refused", said={"reason": "in_use_elsewhere"})

    assert refused.status_code == 200
    case = now(waiting)
    assert (case.status, case.account.status) == ("approved", "suspended")
    assert case.unconfirmed_since
    tasks.relay()
    assert StaffNotice.objects.filter(event_name="case.not_confirmed").exists()

    assert send(client, *network, said={"reference": "NET-2"}, message_id="evt_2").status_code == 200
    assert now(waiting).status == "completed"


@pytest.mark.requirement("R73")
def test_the_same_answer_again_is_answered_alike_and_changes_nothing(client, waiting, network):
    first = send(client, *network)
    entries = StatusChange.objects.count()

    again = send(client, *network, at=datetime.now(UTC) + timedelta(seconds=30))

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert StatusChange.objects.count() == entries
    assert Acknowledgement.objects.count() == 1
    other = send(client, *network, said={"reference": "NET-9"})
    assert other.status_code == 409
    late = send(client, *network, message_id="evt_2")
    assert late.status_code == 409
    assert Acknowledgement.objects.count() == 1


@pytest.mark.requirement("R73")
def test_a_confirmation_of_what_has_changed_since_does_nothing_and_people_look_at_it(client, waiting, network, acme):
    factories.raise_signal(waiting.account)
    factories.charge(waiting.account, "R-9", minor=500)

    answer = send(client, *network)

    assert (answer.status_code, answer.json()["result"]) == (409, "changed")
    case = now(waiting)
    assert (case.status, case.account.status) == ("approved", "suspended")
    assert case.unconfirmed_since
    assert Acknowledgement.objects.get().result == "changed"
    assert send(client, *network).json()["result"] == "changed"
    assert about("case.confirmation_wanted").answer == ""


def test_nothing_is_taken_without_the_signature_of_that_system_and_of_now(client, waiting, network):
    system, secret = network
    foreign = "whsec_" + "A" * 43 + "="
    said = {"message": about("case.confirmation_wanted").message_id, "outcome": "confirmed", "reference": "NET-1"}
    body, head = signed(secret, said)
    early, late = (datetime.now(UTC) + timedelta(minutes=minutes) for minutes in (-6, 6))
    attempts = [
        (body, {}),
        (body, head | {"webhook-signature": ""}),
        (body, head | {"webhook-signature": "v1"}),
        (body, head | {"webhook-signature": "v1,%%%"}),
        (body, head | {"webhook-signature": head["webhook-signature"].replace("v1,", "v2,")}),
        (body, head | {"webhook-id": "evt_9"}),
        (body, head | {"webhook-timestamp": "now"}),
        (body, head | {"webhook-timestamp": "9" * 400}),
        (body, head | {"webhook-timestamp": "-1"}),
        (body.replace("confirmed", "refused"), head),
        ("", head),
        ("\xff" * 5, head),
        signed(foreign, said),
        signed(secret, said, at=early),
        signed(secret, said, at=late),
    ]

    assert [post(client, system, *attempt).status_code for attempt in attempts] == [403] * len(attempts)
    assert now(waiting).status == "approved"
    assert Acknowledgement.objects.count() == 0


def test_rubbish_that_is_signed_is_a_400_and_what_is_not_there_a_404(client, waiting, network):
    system, secret = network
    message = about("case.confirmation_wanted").message_id
    good = {"message": message, "outcome": "confirmed", "reference": "NET-1"}
    bodies = [
        *("[]", "1", "null", '"x"', "{", "{}", '{"data": []}', '{"data": null}', "[" * 9000, '{"data": 1e999}'),
        *(json.dumps({"data": good | wrong}) for wrong in ({"message": 5}, {"message": "msg_x"}, {"outcome": "yes"})),
        *(
            json.dumps({"data": good | {"reference": text}})
            for text in ("", "x", "a b", "\x00\x00\x00", "x" * 61, "é-1")
        ),
        *(json.dumps({"data": good | {"reason": text}}) for text in ("system_refuses", "\x00", ["x"], "nonsense")),
        json.dumps({"data": good | {"outcome": "refused"}}),
        json.dumps({"data": good | {"outcome": "refused", "reason": "I say so"}}),
        json.dumps({"data": {"outcome": "confirmed", "reference": "NET-1"}}),
    ]
    found = [post(client, system, *signed(secret, {}, body=body)).status_code for body in bodies]
    assert found == [400] * len(bodies)
    assert post(client, system, *signed(secret, good, message_id="x" * 101)).status_code == 403
    assert post(client, system, *signed(secret, good, message_id="a b")).status_code == 400
    unknown = signed(secret, good | {"message": f"msg_{uuid4().hex}"})
    assert post(client, system, *unknown).status_code == 404
    assert post(client, uuid4(), *signed(secret, good)).status_code == 404
    assert post(client, system, *signed(secret, {}, body="x" * 20_000)).status_code == 413
    url = reverse("linked_acknowledge", args=[system.pk])
    assert [getattr(client, method)(url).status_code for method in ("get", "put", "delete")] == [405] * 3
    assert now(waiting).status == "approved"


def test_what_asks_for_no_answer_takes_none_and_a_system_answers_its_own_messages_only(
    client, waiting, network, acme, receiver
):
    told, other_secret = register(
        acme, receiver.url, name="CRM", kind="crm", takes_status=True, administrator=somebody(acme)
    )
    factories.suspend(factories.make_account(acme, "C-1"))
    tasks.relay()

    mine = {"message": about("account.suspended").message_id, "outcome": "confirmed", "reference": "CRM-1"}
    assert post(client, told, *signed(other_secret, mine)).status_code == 409
    theirs = {"message": about("case.confirmation_wanted").message_id, "outcome": "confirmed", "reference": "CRM-1"}
    assert post(client, told, *signed(other_secret, theirs)).status_code == 404
    assert now(waiting).status == "approved"


def somebody(client):
    return factories.make_user("second_admin", (client, "administrator"))


def test_a_client_that_is_not_served_any_more_is_not_there(client, waiting, network, acme):
    with scopes_disabled():
        type(acme).objects.filter(pk=acme.pk).update(is_active=False)
    assert send(client, *network).status_code == 404


def test_more_than_so_many_answers_in_a_minute_are_put_off(client, waiting, network, monkeypatch):
    monkeypatch.setattr(acknowledge, "MOST_A_MINUTE", 3)
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        found = [post(client, network[0], "{}", {}).status_code for _ in range(5)]
    assert found == [403, 403, 403, 429, 429]


@pytest.mark.requirement("R74", "R24")
def test_billing_acknowledges_and_it_stands_on_record(client, billed):
    membership, system, secret = billed

    answer = send(client, system, secret, event="billing.instruction", said={"reference": "INV-77"})

    assert answer.status_code == 200
    entry = StatusChange.objects.filter(subject_id=membership.pk).order_by("number").last()
    assert (entry.action, entry.origin, entry.from_status, entry.to_status) == (
        *("acknowledge_billing", "client_system"),
        *("paused", "paused"),
    )
    assert "INV-77" not in bytes(entry.body).decode()
    assert about("billing.instruction").answer == "acknowledged"
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R74", "R24")
def test_billing_that_refuses_becomes_a_task_of_supervisors(client, billed, supervisor, agent):
    membership, system, secret = billed
    more = {"outcome": "refused", "event": "billing.instruction", "said": {"reason": "not_known_there"}}

    assert send(client, system, secret, **more).status_code == 200
    tasks.relay()

    assert [notice.user for notice in StaffNotice.objects.filter(event_name="billing.unsettled")] == [supervisor]
    row = about("billing.instruction")
    client.force_login(supervisor)
    assert "B-1" in client.get(reverse("billing_list")).text
    url = reverse("billing_settle", args=[row.pk])
    assert client.post(url, {"reason": "charged_by_hand"}).status_code == 400
    assert client.post(url, {"reason": "charged_by_hand", "note": "Corrected in July's invoice."}).status_code == 302
    assert "B-1" not in client.get(reverse("billing_list")).text
    entry = StatusChange.objects.filter(subject_id=membership.pk).order_by("number").last()
    assert (entry.action, entry.reason, entry.actor) == ("settle_billing", "charged_by_hand", supervisor)
    assert client.post(url, {"reason": "charged_by_hand", "note": "Again."}).status_code == 409
    client.force_login(agent)
    assert client.get(url).status_code == 404


@pytest.mark.requirement("R74", "R24")
def test_billing_that_stays_silent_is_told_of_once(billed, supervisor):
    membership, _system, _secret = billed
    tasks.look_for_answers()
    assert not OutboxEvent.objects.filter(name="billing.unsettled").exists()

    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        tasks.look_for_answers()
        tasks.look_for_answers()

    assert OutboxEvent.objects.filter(name="billing.unsettled").count() == 1
    entry = StatusChange.objects.filter(subject_id=membership.pk).order_by("number").last()
    assert (entry.action, entry.reason, entry.rule) == ("miss_billing", "no_acknowledgement", "billing_watched")


def test_the_database_keeps_what_was_said_and_who_has_acknowledged_it(client, waiting, network):
    row = about("case.confirmation_wanted")
    wrong = [{"body": "{}"}, {"event": uuid4()}, {"answer": "acknowledged"}, {"entry": uuid4()}]
    for change in wrong:
        with pytest.raises(DatabaseError), transaction.atomic():
            WebhookDelivery.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        WebhookDelivery.objects.filter(pk=row.pk)._raw_delete("default")
    send(client, *network)
    for change in ({"result": "changed"}, {"reference": "NET-2"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Acknowledgement.objects.update(**change)


def test_the_page_of_a_case_names_who_has_not_answered_since_when_and_how_often(client, waiting, network, agent):
    row = about("case.confirmation_wanted")
    client.force_login(agent)
    page = client.get(waiting.get_absolute_url()).text
    assert "Not acknowledged since" in page
    assert "Core" in page
    assert "1 attempt" in page
    send(client, *network)
    assert WebhookDelivery.objects.get(pk=row.pk).answered_at
    assert "Not acknowledged since" not in client.get(waiting.get_absolute_url()).text


def test_the_page_of_a_membership_says_whether_billing_has_acknowledged(client, billed, agent):
    membership, system, secret = billed
    client.force_login(agent)
    assert "Not acknowledged since" in client.get(membership.get_absolute_url()).text
    send(client, system, secret, event="billing.instruction", said={"reference": "INV-77"})
    assert "Acknowledged, " in client.get(membership.get_absolute_url()).text
