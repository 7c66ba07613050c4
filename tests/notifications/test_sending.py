"""From deliveries to a real mail server: sent, tried again, refused, and never twice without need."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope

from accounts.models import Account
from accounts.services import accounts, staff
from notifications import tasks
from notifications.models import Delivery
from notifications.services import sending
from reinstatements import services as cases
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")


@pytest.fixture
def pending(suspended):
    tasks.relay()
    return Delivery.objects.get()


def state(delivery):
    delivery.refresh_from_db()
    return delivery.status, delivery.reason, delivery.server_code, delivery.attempts


def wait_minutes(delivery):
    return round((delivery.next_attempt_at - timezone.now()).total_seconds() / 60)


def make_due():
    Delivery.objects.filter(status="pending").update(next_attempt_at=timezone.now())


def test_a_message_is_sent_in_the_clients_name_and_says_that_nobody_need_answer(pending, inbox):
    tasks.send_due()

    (mail,) = inbox.mails
    assert mail["From"] == "Acme Mobile <desk@reinstate.example>"
    assert mail["To"] == "maria.koehler@example.com"
    assert mail["Subject"] == "Ihr Konto bei Acme Mobile ist gesperrt"
    assert mail["Message-ID"] == pending.message_id == f"<{pending.pk.hex}@localhost>"
    assert mail["Content-Language"] == "de"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["List-Id"] == "<notices.acme.reinstate.example>"
    assert mail.get_content().startswith("Guten Tag Maria Köhler,")
    assert state(pending) == ("sent", "", None, 1)
    assert timezone.now() - pending.sent_at < timedelta(minutes=1)
    assert (pending.next_attempt_at, pending.claimed_until) == (None, None)


def test_what_was_sent_is_not_sent_again(pending, inbox):
    tasks.send_due()
    tasks.send_due()

    assert len(inbox.mails) == 1


def test_a_batch_goes_over_one_connection(acme, inbox):
    for number in range(5):
        factories.suspend(factories.make_account(acme, f"A-{number}"))
    tasks.relay()

    tasks.send_due()

    assert len(inbox.mails) == 5
    assert len(inbox.sessions) == 1


def test_a_temporary_refusal_is_tried_again_later_each_time_with_the_same_id(pending, inbox):
    inbox.answers = ["451 Try later", "421 Closing", "hang up"]
    waits = []
    for _attempt in range(3):
        tasks.send_due()
        assert state(pending)[:2] == ("pending", "temporary")
        waits.append(wait_minutes(pending))
        tasks.send_due()
        make_due()
    tasks.send_due()

    assert waits == [1, 2, 4]
    assert state(pending) == ("sent", "", None, 4)
    assert [mail["Message-ID"] for mail in inbox.mails] == [pending.message_id]


def test_waiting_doubles_up_to_six_hours_and_ends_after_eight_attempts(pending, inbox):
    inbox.answers = ["450 Mailbox busy"] * 20
    waits = []
    for _attempt in range(9):
        tasks.send_due()
        if state(pending)[0] == "pending":
            waits.append(wait_minutes(pending))
        make_due()

    assert waits == [1, 2, 4, 8, 16, 32, 64]
    assert state(pending) == ("failed", "gave_up", 450, 8)
    assert len(inbox.answers) == 12


def test_a_final_refusal_fails_at_once_with_the_servers_code(pending, inbox):
    inbox.answers = ["550 5.1.1 No such mailbox: maria.koehler@example.com"]

    tasks.send_due()
    tasks.send_due()

    assert state(pending) == ("failed", "refused", 550, 1)
    assert inbox.mails == []


def test_a_refused_recipient_does_not_hold_up_the_next_message(acme, inbox):
    for number in range(3):
        factories.suspend(factories.make_account(acme, f"A-{number}"))
    tasks.relay()
    inbox.answers = ["552 Full", "554 No", "hang up"]

    tasks.send_due()

    found = Delivery.objects.order_by("id").values_list("status", "reason", "server_code")
    assert list(found) == [("failed", "refused", 552), ("failed", "refused", 554), ("pending", "temporary", None)]


def test_while_the_server_is_down_everything_waits_and_nothing_counts(acme, inbox):
    for number in range(3):
        factories.suspend(factories.make_account(acme, f"A-{number}"))
    tasks.relay()
    inbox.controller.stop()
    inbox.controller = None

    tasks.send_due()

    found = list(Delivery.objects.order_by("id"))
    assert [state(delivery) for delivery in found] == [("pending", "unreachable", None, 0)] * 3
    assert [wait_minutes(delivery) for delivery in found] == [1, 1, 1]


def test_what_a_dead_worker_claimed_is_sent_when_its_lease_ends_with_the_same_id(pending, inbox):
    """A worker that dies after the server's answer and before the row: at least once, and recognisable."""
    (claimed,) = sending.claim(100)
    with sending.email.Session() as session:
        session.open()
        assert sending.take(claimed)
        session.send(sending.build(claimed))
    tasks.send_due()
    assert len(inbox.mails) == 1

    Delivery.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    tasks.send_due()

    assert [mail["Message-ID"] for mail in inbox.mails] == [pending.message_id] * 2
    assert state(pending) == ("sent", "", None, 2)


def test_whoever_lost_the_lease_does_not_send(pending, inbox):
    (claimed,) = sending.claim(100)
    Delivery.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    sending.claim(100)

    assert not sending.take(claimed)


def test_a_message_whose_workers_die_is_given_up_after_eight_attempts(pending, inbox):
    Delivery.objects.update(status="sending", attempts=8, claimed_until=timezone.now() - timedelta(seconds=1))

    tasks.send_due()

    assert state(pending) == ("failed", "gave_up", None, 8)
    assert inbox.mails == []


def test_a_notice_that_is_no_longer_true_when_the_server_is_back_is_not_sent(awaiting_approval, supervisor, inbox):
    tasks.relay()
    cases.approve(awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval))
    tasks.relay()

    tasks.send_due()

    assert [mail["Subject"] for mail in inbox.mails] == ["Ihr Konto bei Acme Mobile ist wieder aktiv"]
    found = Delivery.objects.order_by("id").values_list("event_name", "status", "reason")
    assert list(found) == [
        ("account.suspended", "suppressed", "superseded"),
        ("reinstatement.completed", "sent", ""),
    ]


def test_a_member_who_was_erased_meanwhile_is_not_written_to(pending, inbox):
    Account.objects.update(erased_at=timezone.now())

    tasks.send_due()

    assert state(pending) == ("suppressed", "erased", None, 0)
    assert inbox.mails == []


def test_a_sealed_text_that_does_not_open_fails_and_holds_up_nobody(pending, acme, inbox):
    factories.suspend(factories.make_account(acme, "A-2"))
    tasks.relay()
    Delivery.objects.filter(pk=pending.pk).update(body=b"\x01 not what was sealed")

    tasks.send_due()

    assert state(pending) == ("failed", "not_prepared", None, 1)
    assert len(inbox.mails) == 1


def test_nothing_to_send_is_one_query(acme, django_assert_num_queries):
    with django_assert_num_queries(1):
        tasks.send_due()


def test_clients_are_served_one_after_another_each_in_its_own_name(acme, globex, inbox):
    factories.suspend(factories.make_account(acme, "A-1"))
    factories.suspend(factories.make_account(globex, "G-1"))
    tasks.relay()

    tasks.send_due()

    assert sorted(mail["From"].addresses[0].display_name for mail in inbox.mails) == ["Acme Mobile", "Globex Bank"]
    with scope(client=[globex.pk]):
        assert Delivery.objects.get().status == "sent"


def test_messages_of_one_member_are_sent_in_the_order_of_what_happened(acme, inbox):
    account = factories.make_account(acme)
    accounts.hold(account, actor=staff.ensure_system_user(), reason="non_payment")
    tasks.relay()
    factories.close(account, staff.ensure_system_user())
    tasks.relay()

    tasks.send_due()

    assert [mail["Subject"] for mail in inbox.mails] == ["Ihr Konto bei Acme Mobile ist geschlossen"]
