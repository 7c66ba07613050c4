"""The pages of linked systems: registering one, its secret that is shown once, what it was told, and sending again."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.models import StatusChange
from notifications.models import LinkedSecret, LinkedSystem, WebhookDelivery
from notifications.services import linked
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]
TYPED = {"client": "acme", "name": "Core network", "kind": "network", "url": "https://core.example.com/hook"}
TYPED |= {"takes_restoring": "on", "takes_status": "on", "answer_hours": "24"}


def entries(client):
    found = StatusChange.objects.filter(client=client, subject_type="linkedsystem").order_by("number")
    return list(found.values_list("action", "reason"))


@pytest.mark.requirement("R73")
def test_an_administrator_registers_a_system_and_sees_its_secret_once(client, acme, administrator):
    client.force_login(administrator)
    answer = client.post(reverse("linked_system_new"), TYPED)

    (secret,) = set(re.findall(r"whsec_[A-Za-z0-9+/=]+", answer.text))
    system = LinkedSystem.objects.get()
    assert Webhook(secret)._whsecret == LinkedSecret.objects.get().key
    assert "no-store" in answer.headers["Cache-Control"]
    assert (system.name, system.takes_restoring, system.takes_billing) == ("Core network", True, False)
    assert entries(acme) == [("create", "settings_changed")]
    body = bytes(StatusChange.objects.get(action="create", subject_type="linkedsystem").body).decode()
    assert secret not in body
    for name in ("linked_system", "linked_system_change", "linked_system_rotate"):
        assert "whsec_" not in client.get(reverse(name, args=[system.pk])).text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"url": "http://core.example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://x\0.example/"}, "url"),
        ({"name": " "}, "name"),
        ({"kind": "toaster"}, "kind"),
        ({"kind": "crm"}, "takes_restoring"),
        ({"answer_hours": str(2**70)}, "answer_hours"),
        ({"client": "globex"}, "client"),
    ],
)
def test_what_cannot_be_right_is_said_beside_the_field(client, acme, administrator, typed, field):
    client.force_login(administrator)
    answer = client.post(reverse("linked_system_new"), TYPED | typed)

    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in answer.text
    assert not LinkedSystem.objects.exists()


def test_a_system_that_is_told_of_nothing_is_not_registered(client, acme, administrator):
    client.force_login(administrator)
    answer = client.post(reverse("linked_system_new"), TYPED | {"takes_restoring": "", "takes_status": ""})

    assert answer.status_code == 400
    assert "Choose at least one thing that it is told of." in answer.text
    assert not LinkedSystem.objects.exists()


def test_two_systems_never_have_one_task(client, acme, administrator):
    factories.linked_system(acme, administrator, takes_restoring=True, takes_billing=True)
    client.force_login(administrator)

    assert client.post(reverse("linked_system_new"), TYPED).status_code == 400
    typed = TYPED | {"kind": "billing", "takes_billing": "on"}
    assert client.post(reverse("linked_system_new"), typed).status_code == 400
    typed = TYPED | {"name": "Core", "kind": "billing", "takes_restoring": ""}
    assert client.post(reverse("linked_system_new"), typed).status_code == 400
    assert LinkedSystem.objects.count() == 1


def test_changing_pausing_and_trying_out_are_on_record(client, acme, administrator):
    system = factories.linked_system(acme, administrator)
    client.force_login(administrator)
    typed = {name: value for name, value in TYPED.items() if name != "client"}

    assert client.post(reverse("linked_system_change", args=[system.pk]), typed).status_code == 302
    assert client.post(reverse("linked_system_pause", args=[system.pk])).status_code == 302
    assert client.post(reverse("linked_system_pause", args=[system.pk])).status_code == 409
    assert client.post(reverse("linked_system_test", args=[system.pk])).status_code == 409
    assert client.post(reverse("linked_system_resume", args=[system.pk])).status_code == 302
    assert client.post(reverse("linked_system_test", args=[system.pk])).status_code == 302
    assert "whsec_" in client.post(reverse("linked_system_rotate", args=[system.pk])).text

    done = [action for action, _reason in entries(acme)]
    assert done == ["create", "change", "pause", "resume", "test", "rotate_secret"]
    system.refresh_from_db()
    assert (system.name, system.url) == ("Core network", "https://core.example.com/hook")
    page = client.get(WebhookDelivery.objects.get().get_absolute_url()).text
    assert "linked_system.test" in page
    assert len(linked.valid_secrets(system, timezone.now())) == 2


def test_a_message_that_was_given_up_is_sent_again_by_an_administrator(client, acme, administrator, compliance):
    row = factories.webhook(
        factories.linked_system(acme, administrator), factories.make_account(acme, "A-1").memberships.get()
    )
    client.force_login(compliance)
    assert "A-1" in client.get(row.get_absolute_url()).text
    assert client.post(reverse("webhook_send_again", args=[row.pk])).status_code == 403
    client.force_login(administrator)
    assert "A-1" not in client.get(row.get_absolute_url()).text
    assert "A-1" not in client.get(reverse("webhook_list")).text
    assert client.post(reverse("webhook_send_again", args=[row.pk])).status_code == 302
    assert client.post(reverse("webhook_send_again", args=[row.pk])).status_code == 409
    row.refresh_from_db()
    assert (row.status, row.attempts_allowed) == ("intended", 7)


@pytest.mark.parametrize("name", ["webhook_list", "billing_list", "linked_system_list"])
def test_a_list_asks_the_database_as_often_for_three_rows_as_for_one(client, acme, administrator, supervisor, name):
    client.force_login(supervisor if name == "billing_list" else administrator)
    numbers = []
    for number in range(3):
        system = factories.linked_system(acme, administrator, name=f"Core {number}", kind="crm")
        factories.webhook(system, factories.make_account(acme, f"A-{number}").memberships.get())
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(name)).status_code == 200
        numbers.append(len(asked))
    assert numbers[0] == numbers[2]


def test_the_list_is_narrowed_and_turned_to_a_file_by_the_same_filter(client, acme, administrator, compliance):
    system = factories.linked_system(acme, administrator, name="Core", kind="crm")
    rows = [
        factories.webhook(system, factories.make_account(acme, f"A-{number}").memberships.get(), status=status, **more)
        for number, (status, more) in enumerate(
            [("given_up", {}), ("sent", {}), ("failed", {"next_attempt_at": timezone.now()})]
        )
    ]
    client.force_login(compliance)
    for query, found in (("status=sent", {1}), ("topic=status", set()), ("answer=waiting", {0, 1, 2}), ("", {0, 1, 2})):
        page = client.get(f"{reverse('webhook_list')}?{query}").text
        assert {number for number in range(3) if f"A-{number}<" in page} == found
        answer = client.post(f"{reverse('export', args=['linked_messages'])}?{query}")
        text = b"".join(answer.streaming_content).decode()
        assert {number for number in range(3) if f"A-{number}" in text} == found
    assert client.get(f"{reverse('webhook_list')}?status=nonsense").status_code == 400
    assert client.get(f"{reverse('webhook_list')}?before={rows[1].pk}").status_code == 200
