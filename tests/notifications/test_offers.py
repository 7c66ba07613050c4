"""Members whose membership has expired are offered to come back: with a code of their own, once, and redeemed once."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import AccountSettings, Membership, Offer, Plan, StatusChange
from accounts.services import memberships
from accounts.tasks import change_memberships, offer_to_return
from notifications import tasks
from notifications.models import Delivery
from tests import factories
from tests.accounts.exporting import download, rows_of
from tests.notifications.conftest import words

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("scoped")]

HOW = {"reason": "agreed", "initiator": "member"}
BEGUN = timezone.datetime(2027, 3, 2, 12, tzinfo=timezone.get_fixed_timezone(0))
CODE = re.compile(r"Your code: ([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})\n")


@pytest.fixture
def clock():
    with time_machine.travel(BEGUN, tick=False) as clock:
        yield clock


@pytest.fixture
def member(acme, agent, clock):
    """The term ends with April 1 in Berlin, so it has expired on April 2; offers come 7 and 20 days after."""
    AccountSettings.objects.filter(client=acme).update(offer_days=[7, 20], offer_valid_days=10)
    gym = Plan.objects.create(
        client=acme, code="gym", name="Gym", price_minor=2990, currency="EUR", entitlements=["Gym"], grace_days=0
    )
    account = factories.make_account(acme, language="en", time_zone="Europe/Berlin")
    member = memberships.add(account, gym, actor=agent, begins="active", **HOW)
    memberships.set_renewal(member, actor=agent, auto_renew=False, **HOW)
    return member


def day_by_day(clock, days):
    """Let days pass, every job twice on each; return the days on which an offer was made."""
    made, before = [], Offer.objects.count()
    for _day in range(days):
        for job in (change_memberships, offer_to_return, offer_to_return):
            job()
        if Offer.objects.count() > before:
            made.append(timezone.now().date())
            before = Offer.objects.count()
        clock.shift(timedelta(days=1))
    return made


def expired(clock):
    """Let the membership expire and the first offer come; return its code, as the member reads it."""
    day_by_day(clock, 40)
    tasks.relay()
    delivery = Delivery.objects.filter(event_name="membership.offer").order_by("created_at").first()
    return CODE.search(words(delivery)[2])[1]


@pytest.mark.requirement("R85")
def test_an_offer_comes_at_each_of_the_clients_days_once_and_says_its_code(member, clock):
    assert day_by_day(clock, 80) == [date(2027, 4, 9), date(2027, 4, 22)]
    assert Membership.objects.get(pk=member.pk).status == "expired"
    tasks.relay()
    tasks.relay()

    first, second = Delivery.objects.filter(event_name="membership.offer").order_by("entry_number")
    _address, subject, body = words(first)
    assert subject == "Come back to “Gym” on your Acme Mobile account"
    assert "29.90 EUR (month), with what it included: Gym." in body
    assert "Valid until: 19 Apr 2027" in body
    assert CODE.search(body)[1] != CODE.search(words(second)[2])[1]
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R85")
def test_the_code_is_nowhere_in_the_clear(member, clock):
    code = expired(clock)
    kept = repr([*Offer.objects.values(), *StatusChange.objects.values()])
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_of_several_that_come_at_once_the_member_hears_of_the_last(acme, member, clock):
    AccountSettings.objects.filter(client=acme).update(offer_days=[18, 20])
    clock.shift(timedelta(days=52))
    change_memberships()
    offer_to_return()
    offer_to_return()
    assert [offer.days for offer in Offer.objects.all()] == [20]


def test_nobody_is_written_to_of_what_ended_long_before_offers_were_wanted(acme, member, clock):
    AccountSettings.objects.filter(client=acme).update(offer_days=[])
    assert day_by_day(clock, 60) == []
    AccountSettings.objects.filter(client=acme).update(offer_days=[7])
    assert day_by_day(clock, 5) == []


def test_who_came_back_or_whose_account_stopped_is_offered_nothing(member, clock):
    clock.shift(timedelta(days=33))
    change_memberships()
    factories.suspend(member.account)
    assert day_by_day(clock, 30) == []


@pytest.mark.requirement("R85")
def test_an_offer_is_redeemed_once_however_its_code_is_typed(member, agent, clock):
    code = expired(clock)
    entry = memberships.redeem(member, f" {code.lower().replace('-', ' ')}", actor=agent, note="By phone.")

    offer = Offer.objects.get(redeemed_entry=entry.uid)
    assert (entry.action, entry.reason, offer.days) == ("redeem_offer", "offer_redeemed", 7)
    with pytest.raises(Moved):
        memberships.redeem(member, code, actor=agent)
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R85")
def test_a_code_that_is_over_unknown_or_somebody_elses_is_refused(acme, globex, member, agent, clock):
    code = expired(clock)
    other = factories.make_account(acme, "A-2").memberships.get()
    foreign = factories.make_account(globex, "G-1")
    for row, typed in ((member, "ABCD-EFGH-2345"), (other, code)):
        with pytest.raises(Invalid, match="not the code"):
            memberships.redeem(row, typed, actor=agent)
    with scope(client=[globex.pk]):
        theirs, clerk = foreign.memberships.get(), factories.make_user("clerk", (globex, "agent"))
        with pytest.raises(Invalid, match="not the code"):
            memberships.redeem(theirs, code, actor=clerk)
        with pytest.raises(Refused):
            memberships.redeem(member, code, actor=clerk)
    # Valid until April 19; it is April 11 now.
    clock.shift(timedelta(days=9))
    with pytest.raises(Invalid, match="over"):
        memberships.redeem(member, code, actor=agent)
    assert not Offer.objects.exclude(redeemed_entry=None).exists()


def test_the_database_keeps_an_offer_as_it_was_made(member, agent, clock):
    expired(clock)
    row = Offer.objects.filter(days=7)
    for change in (
        lambda: row.update(valid_until=date(2030, 1, 1)),
        lambda: row.update(redeemed_at=timezone.now(), redeemed_entry=row.get().offered_entry),
        lambda: row._raw_delete(row.db),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# Pages


def test_the_pages_lead_from_the_list_to_the_redeemed_offer(client, member, agent, auditor, outsider, clock):
    code = expired(clock)
    url, redeem = reverse("offer_list"), reverse("offer_redeem", args=[member.pk])
    client.force_login(agent)
    page = client.get(url).content.decode()
    assert ("Gym" in page, "Can be redeemed" in page, code in page) == (True, True, False)
    assert redeem in client.get(member.get_absolute_url()).content.decode()
    assert client.post(redeem, {"code": "ABCD"}).status_code == 400
    assert client.post(redeem, {"code": code}).status_code == 302
    assert client.post(redeem, {"code": code}).status_code == 409
    assert [row[0].days for row in client.get(url, {"standing": "redeemed"}).context["rows"]] == [7]
    assert [row[0].days for row in client.get(url, {"standing": "open"}).context["rows"]] == []
    client.force_login(auditor)
    assert client.post(redeem, {"code": code}).status_code == 403
    client.force_login(outsider)
    assert client.get(redeem).status_code == 404
    assert [*client.get(url).context["rows"]] == []


@pytest.mark.requirement("R85")
def test_offers_leave_as_a_file_without_their_codes(client, member, compliance, agent, clock):
    code = expired(clock)
    memberships.redeem(member, code, actor=agent)
    with scopes_disabled():
        data = download(client, compliance, {"standing": "redeemed"}, code="offers")
    assert code.encode() not in data
    (row,) = rows_of(data)
    told = [row[name] for name in ("Account", "Plan", "Expired on", "Days after", "Valid until")]
    assert told == ["A-1001", "Gym", "2027-04-02", "7", "2027-04-19"]
