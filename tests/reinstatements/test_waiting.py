"""Waiting for the member: asked, reminded, lapsed, and woken by the answer."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.errors import Invalid, Moved
from accounts.models import OutboxEvent, StatusChange
from notifications import tasks as notifying
from notifications.models import Delivery
from notifications.presentation import subject_and_body
from notifications.services import ensure_templates
from reinstatements import services, tasks
from reinstatements.models import ReinstatementRequest
from reinstatements.services import objecting
from reinstatements.services.waiting import patience
from tests import factories

ASKED = "Bitte senden Sie uns eine Kopie Ihres Ausweises."


@pytest.fixture
def waiting(in_verification, agent, scoped):
    services.ask_member(in_verification, actor=agent, asked=ASKED)
    return ReinstatementRequest.objects.get(pk=in_verification.pk)


def events(case):
    names = OutboxEvent.objects.filter(account=case.account_id, name__startswith="reinstatement.")
    return list(names.order_by("created_at").values_list("name", flat=True))


def again(case):
    return ReinstatementRequest.objects.get(pk=case.pk)


def test_the_member_reads_what_is_asked_for_and_until_when(acme, waiting):
    ensure_templates(acme)
    with scopes_disabled():
        notifying.relay()
        delivery = Delivery.objects.get(event_name="reinstatement.member_asked")
        _subject, body = subject_and_body(delivery)

    assert ASKED in body
    assert str((timezone.now() + timedelta(days=14)).year) in body
    assert waiting.status == "awaiting_member"


def test_the_answer_wakes_the_case_with_the_time_that_was_left(waiting, in_verification, agent):
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        services.take_answer(waiting, actor=agent, answer="Sent her passport by mail.")

    case = again(waiting)
    assert (case.status, case.worker, case.lapses_at) == ("in_verification", agent, None)
    assert timedelta(days=2, hours=23) < case.due_at - in_verification.due_at < timedelta(days=3, hours=1)


def test_a_silent_member_is_reminded_once_and_then_the_case_lapses(waiting):
    begun = timezone.now()
    for days, status in ((6.9, "awaiting_member"), (7.1, "awaiting_member"), (13, "awaiting_member"), (14.1, "lapsed")):
        with time_machine.travel(begun + timedelta(days=days)):
            tasks.wait_for_members()
            tasks.wait_for_members()
        assert again(waiting).status == status

    assert events(waiting) == [
        "reinstatement.member_asked",
        "reinstatement.member_reminded",
        "reinstatement.lapsed",
    ]
    account = again(waiting).account
    assert account.status == "suspended"
    entry = StatusChange.objects.get(subject_id=waiting.pk, action="lapse")
    assert (entry.actor.username, entry.rule, entry.reason) == ("reinstate", "member_silent", "no_answer")


def test_what_the_client_has_paused_neither_reminds_nor_lapses(waiting, contact):
    begun = timezone.now()
    with time_machine.travel(begun + timedelta(days=5)):
        objecting.pause(waiting, actor=contact, reason="facts_disputed", note="We look for her papers.")
    with time_machine.travel(begun + timedelta(days=20)):
        tasks.wait_for_members()
        assert (again(waiting).status, events(waiting)) == ("awaiting_member", ["reinstatement.member_asked"])
        objecting.lift(again(waiting), actor=contact)
        tasks.wait_for_members()
        assert again(waiting).status == "awaiting_member"
    # Five days of fourteen had gone when it was paused: two to the reminder, nine to the end.
    for days, status in (
        (21.9, "awaiting_member"),
        (22.1, "awaiting_member"),
        (28.9, "awaiting_member"),
        (29.1, "lapsed"),
    ):
        with time_machine.travel(begun + timedelta(days=days)):
            tasks.wait_for_members()
        assert again(waiting).status == status
        assert len(events(waiting)) == {21.9: 1, 22.1: 2, 28.9: 2, 29.1: 3}[days]


def test_a_policy_says_how_long_one_waits(in_verification, scoped):
    policy = in_verification.policy
    assert patience(policy) == timedelta(days=14)
    policy.rules = policy.rules | {"minutes": {"member": 3 * 24 * 60}}
    assert patience(policy) == timedelta(days=3)


def test_a_case_that_waits_is_neither_worked_on_nor_asked_for_twice(waiting, agent):
    with pytest.raises(Moved):
        services.record_check(waiting, "identity", actor=agent, outcome="failed", facts={}, evidence={})
    with pytest.raises(Moved, match="This is awaiting member now, so it cannot be done any more"):
        services.ask_member(waiting, actor=agent, asked="Once more.")


@pytest.mark.parametrize("asked", ["", " \n ", "x" * 501])
def test_what_is_asked_for_stands_in_one_line_of_a_message(in_verification, agent, scoped, asked):
    with pytest.raises(Invalid):
        services.ask_member(in_verification, actor=agent, asked=asked)


def test_asking_and_answering_on_the_page(client, in_verification, agent):
    client.force_login(agent)
    client.post(reverse("case_ask_member", args=[in_verification.code]), {"asked": ASKED})
    page = client.get(in_verification.get_absolute_url()).content.decode()
    assert "The clock stands still" in page

    client.post(reverse("case_answer", args=[in_verification.code]), {"answer": "By mail: her passport."})
    page = client.get(in_verification.get_absolute_url()).content.decode()
    assert ("By mail: her passport." in page, "The clock stands still" in page) == (True, False)


@pytest.mark.requirement("R78")
def test_a_payment_that_is_late_is_pending_reminded_of_once_and_has_an_end(
    client, acme, in_verification, agent, scoped
):
    def pending():
        rows = client.get(reverse("queue"), {"queue": "payment-pending"}).context["rows"]
        return len(rows)

    client.force_login(agent)
    assert pending() == 0
    services.ask_member(in_verification, actor=agent, asked="Please pay the open invoice.")
    assert pending() == 1
    assert "Payment pending" in client.get(in_verification.get_absolute_url()).text

    # Two weeks by the usual policy: reminded half-way, once, and over at the end.
    for days, names in (
        (6, []),
        (8, ["member_reminded"]),
        (9, ["member_reminded"]),
        (15, ["member_reminded", "lapsed"]),
    ):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            tasks.wait_for_members()
        told = [name.removeprefix("reinstatement.") for name in events(in_verification)]
        assert told[told.index("member_asked") + 1 :] == names
    assert again(in_verification).status == "lapsed"
    assert pending() == 0


@pytest.mark.requirement("R78")
def test_what_waits_for_papers_only_waits_for_no_payment(client, in_verification, agent, scoped):
    facts, evidence = factories.EVIDENCE["payment_received"]
    services.record_check(
        in_verification, "payment_received", actor=agent, outcome="met", facts=facts, evidence=evidence
    )
    services.ask_member(in_verification, actor=agent, asked=ASKED)
    client.force_login(agent)
    assert client.get(reverse("queue"), {"queue": "payment-pending"}).context["rows"] == []
    assert (
        "Payment pending"
        not in client.get(in_verification.get_absolute_url()).text.split("<main")[1].split("<aside")[0]
    )
