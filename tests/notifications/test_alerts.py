"""Who hears of what: members and groups of staff, each chosen for each event by the client's administrator."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.errors import Invalid, Refused
from accounts.models import StatusChange
from notifications import tasks
from notifications.models import AlertSettings, Delivery, StaffNotice
from notifications.services import alerts
from reinstatements import services
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]


def choose(client, administrator, unsaid=(), **staff):
    named = {name.replace("__", "."): groups for name, groups in staff.items()}
    return alerts.save(client, actor=administrator, unsaid=list(unsaid), staff=named)


def told():
    return list(
        StaffNotice.objects.order_by("user__username").values_list("user__username", "payload__event", "status")
    )


@pytest.mark.requirement("R60", "R64")
def test_a_change_of_status_fires_the_alerts_that_were_chosen_and_no_others(
    acme, administrator, agent, supervisor, compliance, outsider, settings
):
    choose(acme, administrator, account__suspended=["supervisor", "compliance", "supervisors_on_shift"])
    account = factories.make_account(acme, "A-1", {"holder_name": "Maria Meier", "email": "maria@example.com"})
    factories.suspend(account)
    tasks.relay()

    # The supervisor is in two of the groups, and is told once.
    assert told() == [
        ("compliance", "account.suspended", "pending"),
        ("supervisor", "account.suspended", "pending"),
    ]
    tasks.notify_staff()
    to = {message.to[0]: message for message in mail.outbox if message.to[0] != "maria@example.com"}
    assert set(to) == {compliance.email, supervisor.email}
    message = to[supervisor.email]
    assert "A-1" in message.subject
    assert "Maria" not in message.subject + message.body
    assert account.get_absolute_url() in message.body
    tasks.relay()
    assert len(told()) == 2


@pytest.mark.requirement("R64")
def test_members_and_staff_are_chosen_apart(acme, administrator, supervisor):
    choose(acme, administrator, unsaid=["account.suspended"], account__suspended=["supervisor"])
    factories.suspend(factories.make_account(acme, "A-1"))
    tasks.relay()
    assert [status for _who, _event, status in told()] == ["pending"]
    delivery = Delivery.objects.get(event_name="account.suspended")
    assert (delivery.status, delivery.reason) == ("suppressed", "unsaid")

    choose(acme, administrator)
    factories.suspend(factories.make_account(acme, "A-2"))
    tasks.relay()
    assert len(told()) == 1
    assert Delivery.objects.filter(event_name="account.suspended", status="pending").count() == 1


def test_without_a_choice_members_hear_and_staff_do_not(acme, supervisor):
    factories.suspend(factories.make_account(acme, "A-1"))
    tasks.relay()
    assert told() == []
    assert Delivery.objects.get(event_name="account.suspended").status == "pending"


def test_a_choice_is_on_record_with_what_it_was_and_only_what_is_known_is_taken(acme, administrator, supervisor):
    choose(acme, administrator, account__suspended=["supervisor"])
    choose(acme, administrator, account__suspended=["supervisor"])
    choose(acme, administrator, unsaid=["account.closed"])
    found = StatusChange.objects.filter(client=acme, subject_type="alertsettings").order_by("number")
    assert list(found.values_list("action", flat=True)) == ["create", "change"]
    assert b'["supervisor"]' in bytes(found.last().body)
    for wrong in ({"unsaid": ["no.event"]}, {"unsaid": ["contact.changed"]}, {"account__suspended": ["everybody"]}):
        with pytest.raises(Invalid):
            choose(acme, administrator, **wrong)
    with pytest.raises(Refused):
        choose(acme, supervisor, unsaid=["account.suspended"])
    assert AlertSettings.objects.get().unsaid == ["account.closed"]


def test_the_page_keeps_what_is_chosen_and_shows_it_again(client, acme, administrator):
    client.force_login(administrator)
    url = reverse("alert_settings", args=["acme"])
    number = list(alerts.EVENTS).index("account.suspended")
    boxes = {f"members_{other}": "on" for other in range(len(alerts.EVENTS)) if other != number}
    assert client.post(url, boxes | {f"staff_{number}": ["supervisor", "agent"]}).status_code == 302

    kept = AlertSettings.objects.get()
    assert (kept.unsaid, kept.staff) == (["account.suspended"], {"account.suspended": ["agent", "supervisor"]})
    form = client.get(url).context["form"]
    assert form[f"members_{number}"].initial is False
    assert form[f"staff_{number}"].initial == ["agent", "supervisor"]
    assert client.post(url, boxes | {f"staff_{number}": ["everybody"]}).status_code == 400


@pytest.mark.requirement("R60")
def test_the_alerts_of_a_case_are_listed_with_what_its_member_was_told(
    client, acme, administrator, supervisor, compliance, agent, awaiting_approval
):
    choose(acme, administrator, reinstatement__completed=["compliance"])
    services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval))
    tasks.relay()
    client.force_login(agent)
    url = f"{reverse('alert_list')}?case={awaiting_approval.pk}"
    assert url in client.get(awaiting_approval.get_absolute_url()).text
    page = client.get(url)
    assert [line.notice.user for line in page.context["lines"]] == [compliance]
    assert [line.delivery.event_name for line in page.context["told"]] == ["reinstatement.completed"]
    assert "Alerts to staff" in client.get(awaiting_approval.account.get_absolute_url()).text
    assert client.get(f"{reverse('alert_list')}?case=x").status_code == 400
    client.force_login(compliance)
    answer = client.post(f"{reverse('export', args=['alerts'])}?case={awaiting_approval.pk}")
    assert "Account reinstated" in b"".join(answer.streaming_content).decode()


def test_the_list_asks_the_database_as_often_for_three_rows_as_for_one(client, acme, administrator, supervisor):
    choose(acme, administrator, account__suspended=["supervisor"])
    client.force_login(supervisor)
    asked = []
    for number in range(3):
        factories.suspend(factories.make_account(acme, f"A-{number}"))
        tasks.relay()
        client.get(reverse("alert_list"))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("alert_list")).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[2]
