"""Contact data: what is checked, what is told to whom, what stays masked, and what was known when."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts import personal
from accounts.errors import Invalid, Refused
from accounts.models import AccessRecord, Account, OutboxEvent, StatusChange
from accounts.services import contacts, erasure, words
from notifications import tasks
from notifications.models import Delivery
from tests import factories

OLD, NEW = "maria.koehler@example.com", "mk@example.org"


@pytest.fixture
def account(acme):
    account = factories.make_account(acme)
    with scope(client=acme.pk):
        yield account


def change(account, actor, **changes):
    return contacts.change(account, changes, actor=actor, reason="member_moved", note="They called.")


def holder(account):
    return personal.holder(Account.objects.get(pk=account.pk), whole=True)


@pytest.mark.requirement("R50")
def test_old_and_new_words_are_sealed_beside_the_entry(account, agent):
    entry = change(account, agent, email=NEW)

    beside = {field: text for (_uid, field), text in words.read(account, [entry.uid]).items()}
    assert beside == {"email": NEW, "email_before": OLD, "note": "They called."}
    assert b"example" not in bytes(entry.body)
    assert holder(account).email == NEW


@pytest.mark.requirement("R50")
def test_a_telephone_number_is_kept_as_it_is_dialled_from_abroad(account, agent):
    change(account, agent, phone="0171 2345678")

    assert holder(account).phone == "+49 171 2345678"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "maria.koehler@"),
        ("email", "a b@example.com"),
        ("phone", "123"),
        ("phone", "+1 555 0100"),
        ("address", "4111 1111 1111 1111"),
        ("address", "x\0y"),
        ("payment_method", "Visa 4111 1111 1111 1111"),
        ("payment_method", "x" * 101),
        ("holder_name", " "),
        ("holder_name", "x" * 201),
    ],
)
@pytest.mark.requirement("R50")
def test_what_cannot_be_right_is_refused_by_its_field(account, agent, field, value):
    with pytest.raises(Invalid) as refused:
        change(account, agent, **{field: value})

    assert refused.value.field == field
    assert not StatusChange.objects.filter(action="change_contact").exists()


def test_a_country_that_is_none_is_refused_and_another_is_kept(account, agent):
    with pytest.raises(Invalid):
        contacts.change(account, {}, actor=agent, reason="member_moved", note="They called.", country="XX")
    contacts.change(account, {}, actor=agent, reason="member_moved", note="They called.", country="AT")

    assert Account.objects.get(pk=account.pk).country == "AT"


def test_those_who_do_not_work_there_change_nothing(account, auditor, contact, outsider):
    for somebody in (auditor, contact, outsider):
        with pytest.raises(Refused):
            change(account, somebody, email=NEW)


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("R50", "R92")
def test_a_new_mail_address_is_confirmed_at_the_old_one_and_at_the_new_one(account, agent):
    change(account, agent, email=NEW)
    tasks.relay()
    tasks.send_due()

    assert sorted((message.to[0], message.subject) for message in mail.outbox) == [
        (OLD, "Wir schreiben künftig an eine andere Adresse"),
        (NEW, "Wir haben Ihre Kontaktdaten geändert"),
    ]
    for message in mail.outbox:
        assert "E-Mail-Adresse" in message.body
        assert (NEW in message.body, OLD in message.body) == (False, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("R92")
def test_another_change_is_confirmed_where_the_member_is_reached_now(account, agent):
    change(account, agent, phone="0171 2345678", address="Hauptstraße 1, 10827 Berlin")
    tasks.relay()

    assert list(Delivery.objects.values_list("event_name", "status")) == [("contact.changed", "pending")]


def test_the_old_address_stands_in_no_event(account, agent):
    change(account, agent, email=NEW)

    events = OutboxEvent.objects.order_by("name").values_list("name", "payload")
    assert list(events) == [("contact.changed", {}), ("contact.changed_before", {})]


@pytest.mark.django_db(transaction=True)
def test_a_notice_is_sent_although_the_status_has_changed_since(account, agent):
    change(account, agent, email=NEW)
    factories.suspend(account)
    tasks.relay()

    assert set(Delivery.objects.filter(event_name__startswith="contact").values_list("status", flat=True)) == {
        "pending"
    }


@pytest.mark.requirement("R50")
def test_what_was_known_as_of_a_moment(account, agent):
    before = timezone.now()
    change(account, agent, email=NEW)

    assert contacts.as_of(account, before, whole=True)["email"] == OLD
    assert contacts.as_of(account, timezone.now(), whole=True)["email"] == NEW
    assert contacts.as_of(account, timezone.now())["email"] == "m••••@example.org"
    assert contacts.as_of(account, before - timedelta(days=1)) is None


def test_nothing_is_left_of_what_was_known_after_an_erasure(account, agent, compliance):
    change(account, agent, email=NEW)
    erasure.erase(account, actor=compliance, reason="erasure_asked")

    assert contacts.history(Account.objects.get(pk=account.pk)) == []


def page(client, user, account, **fields):
    client.force_login(user)
    url = reverse("account_contact", args=[account.pk])
    response = client.post(url, fields) if fields else client.get(url)
    return response, response.content.decode()


@pytest.mark.requirement("R50")
def test_the_page_changes_what_is_typed_and_leaves_the_rest(client, account, agent):
    response, _text = page(client, agent, account, email=NEW, reason="member_moved", note="They called.")

    assert response.status_code == 302
    assert (holder(account).email, holder(account).phone) == (NEW, "+49 30 901820")


def test_the_page_says_beside_the_field_what_is_wrong(client, account, agent):
    response, _text = page(client, agent, account, phone="123", reason="member_moved", note="They called.")

    assert (response.status_code, list(response.context["form"].errors)) == (400, ["phone"])


def test_nothing_typed_is_told_as_such(client, account, agent):
    response, text = page(client, agent, account, reason="member_moved", note="They called.")

    assert (response.status_code, "Write what is to be different." in text) == (400, True)


@pytest.mark.requirement("R50")
def test_old_and_new_stay_masked_until_somebody_says_why_they_must_see_them(client, account, agent):
    change(account, agent, email=NEW)

    masked, text = page(client, agent, account)
    assert (NEW in text, OLD in text, "m••••@example.org" in text) == (False, False, True)
    shown, text = page(client, agent, account, show="1", reason="member_on_phone", words="On the line.")
    assert (NEW in text, OLD in text) == (True, True)
    assert AccessRecord.objects.filter(kind="revealed", user=agent).count() == 1
    assert "no-store" in shown["Cache-Control"]
    assert masked.status_code == shown.status_code == 200


def test_the_timeline_and_the_log_show_contact_data_masked(client, account, agent, supervisor):
    entry = change(account, agent, email=NEW)
    client.force_login(supervisor)

    for url in (account.get_absolute_url(), reverse("log_entry", args=[entry.uid])):
        text = client.get(url).content.decode()
        assert (NEW in text, OLD in text, "They called." in text) == (False, False, True)
        assert len(re.findall("m••••@example", text)) >= 2


def test_a_contact_of_the_client_sees_masked_data_and_no_form(client, account, contact, outsider):
    response, text = page(client, contact, account)
    assert (response.context["form"], response.context["reveal"], OLD in text) == (None, None, False)
    assert page(client, contact, account, email=NEW)[0].status_code == 403
    assert page(client, outsider, account)[0].status_code == 404


@pytest.mark.requirement("R50")
def test_another_payment_method_is_on_record_masked_confirmed_and_known_as_of_a_moment(client, account, agent):
    iban = "Direct debit, IBAN DE89 3704 0044 0532 0130 00"
    response, _text = page(client, agent, account, payment_method=iban, reason="member_moved", note="They called.")
    assert response.status_code == 302
    assert holder(account).payment_method == iban
    before = timezone.now()
    change(account, agent, payment_method="")

    _response, text = page(client, agent, account)
    assert "Payment method: <bdi>•••• 00</bdi> → <bdi>–</bdi>" in text
    assert "3704" not in text
    client.force_login(agent)
    assert "3704" not in client.get(account.get_absolute_url()).content.decode()
    assert contacts.as_of(account, before, whole=True)["payment_method"] == iban
    tasks.relay()
    told = {personal.reveal(row, "body", personal.key_of(account)) for row in Delivery.objects.filter(account=account)}
    assert any("Zahlungsart" in body for body in told)
    assert not any("3704" in body for body in told)
