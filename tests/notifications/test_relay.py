"""From the outbox to deliveries: one row for each message that is meant, sent or deliberately not."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope

from accounts import ledger, personal, registries
from accounts.models import Account, OutboxEvent, StatusChange
from accounts.services import staff
from notifications import audience, services, tasks
from notifications.models import Delivery, Template
from notifications.services import outbox
from tests import factories
from tests.notifications.conftest import rows, words

pytestmark = pytest.mark.usefixtures("scoped")


def set_holder(account, **changed):
    """Write the holder's data anew, as a correction of the contact data would."""
    key = personal.key_of(account)
    holder = {**factories.HOLDER, **changed}
    sealed = {field: personal.seal(key, account, field, holder.get(field, "")) for field in Account.sealed_fields}
    Account.objects.filter(pk=account.pk).update(**sealed)


def test_relaying_twice_makes_one_row(suspended):
    tasks.relay()
    OutboxEvent.objects.update(done_at=None, claimed_until=None)

    tasks.relay()

    assert rows() == [("account.suspended", "pending", "", "de")]
    assert OutboxEvent.objects.get().done_at


def test_a_second_event_about_the_same_entry_is_a_duplicate(suspended):
    tasks.relay()
    event = OutboxEvent.objects.get()
    OutboxEvent.objects.create(client_id=event.client_id, account=suspended, name=event.name, entry=event.entry)

    tasks.relay()

    assert [row[1:3] for row in rows()] == [("pending", ""), ("suppressed", "duplicate")]


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("", "no_address"),
        ("  ", "no_address"),
        ("maria", "bad_address"),
        ("maria@example.com\r\nBcc: all@example.com", "bad_address"),
        ("maria@example.com, all@example.com", "bad_address"),
        (f"{'m' * 400}@example.com", "bad_address"),
    ],
)
def test_without_an_address_that_can_be_right_nothing_is_sent(suspended, email, reason):
    set_holder(suspended, email=email)

    tasks.relay()

    assert rows() == [("account.suspended", "suppressed", reason, "de")]
    assert Delivery.objects.get().body is None


def test_an_erased_member_is_not_written_to(suspended):
    Account.objects.filter(pk=suspended.pk).update(erased_at=timezone.now())

    tasks.relay()

    assert rows() == [("account.suspended", "suppressed", "erased", "de")]


@pytest.mark.requirement("R88")
def test_without_a_reason_the_suspension_notice_is_not_sent(suspended, acme):
    """R88: an entry that does not say which kind of restriction was opened has neither reason nor action."""
    tasks.relay()
    with ledger.change(suspended, actor=staff.ensure_system_user()) as work:
        work.emit("account.suspended", work.log(work.account, "reminded", reason="non_payment"))

    tasks.relay()

    assert rows()[-1] == ("account.suspended", "suppressed", "incomplete", "de")
    assert Delivery.objects.first().body is None


def test_a_channel_without_a_template_is_told_from_one_with(acme):
    services.ensure_templates(acme)

    assert audience.template(acme.pk, "account.suspended", "email", ["it", "de"]).language == "de"
    with pytest.raises(audience.NotSent) as missing:
        audience.template(acme.pk, "account.suspended", "email", ["it"])
    assert missing.value.reason == "no_template"


def test_a_client_begins_with_every_text_once(acme):
    services.ensure_templates(acme)
    services.ensure_templates(acme)

    assert Template.objects.filter(client=acme).count() == 37 * 4


def test_a_new_version_is_used_from_then_on_and_the_old_one_stays(acme, administrator):
    services.ensure_templates(acme)
    factories.suspend(factories.make_account(acme, "A-1"))
    tasks.relay()
    services.new_version(
        acme,
        actor=administrator,
        event="account.suspended",
        language="de",
        subject="Gesperrt: {account_number}",
        body="{reason} {action}",
    )
    factories.suspend(factories.make_account(acme, "A-2"))
    tasks.relay()

    first, second = Delivery.objects.order_by("id")
    assert (first.template_version, second.template_version) == (1, 2)
    assert words(second)[1] == "Gesperrt: A-2"
    assert first.template.subject == "Ihr Konto bei {client_name} ist gesperrt"
    logged = StatusChange.objects.filter(account=None, client=acme).order_by("-number").first()
    assert (logged.action, logged.reason, logged.actor) == ("new_version", "template_changed", administrator)


def test_an_event_that_cannot_be_handled_waits_and_holds_up_nobody(acme):
    factories.suspend(factories.make_account(acme, "A-1"))
    poisonous = OutboxEvent.objects.get()
    OutboxEvent.objects.filter(pk=poisonous.pk).update(entry=poisonous.pk)
    factories.suspend(factories.make_account(acme, "A-2"))

    tasks.relay()

    assert [row[1] for row in rows()] == ["pending"]
    poisonous.refresh_from_db()
    assert (poisonous.done_at, poisonous.attempts, poisonous.failure) == (None, 1, "DoesNotExist")
    assert timedelta(seconds=55) < poisonous.claimed_until - timezone.now() <= timedelta(minutes=1)


def test_an_event_that_never_can_be_handled_becomes_a_failed_message(suspended):
    OutboxEvent.objects.update(entry=suspended.pk)
    waits = []
    for _attempt in range(8):
        tasks.relay()
        event = OutboxEvent.objects.get()
        waits.append(event.claimed_until and round((event.claimed_until - timezone.now()).total_seconds() / 60))
        OutboxEvent.objects.filter(done_at=None).update(claimed_until=timezone.now())

    assert waits == [1, 2, 4, 8, 16, 32, 64, None]
    assert (event.attempts, event.failure, event.done_at is None) == (8, "DoesNotExist", False)
    assert rows() == [("account.suspended", "failed", "not_prepared", "de")]


def test_what_a_dead_worker_claimed_is_found_again_when_its_lease_ends(suspended):
    outbox.claim(100)
    tasks.relay()
    assert rows() == []

    OutboxEvent.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    tasks.relay()

    assert rows() == [("account.suspended", "pending", "", "de")]


def test_an_event_that_kills_its_workers_is_given_up(suspended):
    OutboxEvent.objects.update(attempts=8)

    tasks.relay()

    assert rows() == [("account.suspended", "failed", "not_prepared", "de")]
    assert OutboxEvent.objects.get().failure == "worker_lost"


def test_an_event_of_no_account_and_one_nobody_listens_to_are_done(acme, suspended):
    tasks.relay()
    for account, name in ((None, "account.suspended"), (suspended, "plan.renamed")):
        OutboxEvent.objects.create(client=acme, account=account, name=name, entry=suspended.pk)

    tasks.relay()

    assert len(rows()) == 1
    assert not OutboxEvent.objects.filter(done_at=None).exists()


def test_each_clients_events_are_relayed_in_its_own_scope(acme, globex):
    factories.suspend(factories.make_account(acme, "A-1"))
    factories.suspend(factories.make_account(globex, "G-1", language="en"))

    tasks.relay()

    with scope(client=[acme.pk, globex.pk]):
        found = Delivery.objects.order_by("client__code").values_list("client__code", "account__number", "status")
        assert list(found) == [("acme", "A-1", "pending"), ("globex", "G-1", "pending")]


def test_what_the_case_says_comes_through_the_registry():
    assert {"reinstatement.completed", "reinstatement.declined"} <= set(registries.audience)


def test_nothing_to_relay_opens_no_transaction(acme, django_assert_num_queries):
    with django_assert_num_queries(1):
        tasks.relay()
