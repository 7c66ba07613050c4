"""What members hear of their memberships: the plan as it was agreed, each thing once, and nothing that is past."""

import json
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import AccountSettings, Plan, Reminder, StatusChange
from accounts.services import memberships
from accounts.tasks import change_memberships, remind_members
from notifications import tasks
from notifications.models import Delivery
from reinstatements import services
from reinstatements.models import ReinstatementRequest
from tests import factories
from tests.notifications.conftest import rows, words

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("scoped")]

HOW = {"reason": "agreed", "initiator": "member"}
BEGUN = timezone.datetime(2027, 3, 2, 12, tzinfo=timezone.get_fixed_timezone(0))


@pytest.fixture
def plans(acme):
    common = {"client": acme, "currency": "EUR", "tiers": ["Silver", "Gold"]}
    gym = Plan.objects.create(
        code="gym", name="Gym", price_minor=2990, entitlements=["Gym"], trial_days=14, trial_converts=False, **common
    )
    pool = Plan.objects.create(code="pool", name="Pool", price_minor=4990, entitlements=["Gym", "Pool"], **common)
    return gym, pool


@pytest.fixture
def clock(agent):
    with time_machine.travel(BEGUN, tick=False) as clock:
        yield clock


@pytest.fixture
def member(acme, agent, plans, clock):
    """A member since 2 March 2027, who reads English."""
    account = factories.make_account(acme, language="en", time_zone="Europe/Berlin")
    memberships.add(account, plans[0], actor=agent, begins="active", **HOW)
    return account.memberships.get(plan__code="gym")


def told(event_name):
    tasks.relay()
    return Delivery.objects.filter(event_name=event_name)


def entry_of(delivery):
    return json.loads(bytes(StatusChange.objects.get(uid=delivery.entry).body))["data"]


@pytest.mark.requirement("R94", "R87")
def test_a_change_of_plan_is_told_with_the_values_of_the_snapshot(member, agent, plans):
    memberships.change_plan(member, plans[1], actor=agent, reason="needs_more", initiator="member")
    # What is sold for another price from now on is not what was agreed.
    Plan.objects.filter(pk=plans[1].pk).update(price_minor=9990, name="Pool and more", entitlements=["Sauna"])

    (delivery,) = told("membership.plan_changed")

    _address, subject, body = words(delivery)
    plan = entry_of(delivery)["plan"]
    assert subject == "Your Acme Mobile account: the plan has changed"
    assert "changed from “Gym” to “Pool”" in body
    assert "Price: 49.90 EUR\nPeriod: month\nIncluded: Gym, Pool" in body
    assert (plan["price_minor"], plan["entitlements"]) == (4990, ["Gym", "Pool"])


@pytest.mark.requirement("R84")
def test_an_expiry_is_told_once(acme, member, agent, clock):
    memberships.set_renewal(member, actor=agent, auto_renew=False, **HOW)
    clock.shift(timedelta(days=40))
    for _again in range(2):
        change_memberships()
        tasks.relay()

    assert [row for row in rows() if row[0] == "membership.expire"] == [("membership.expire", "pending", "", "en")]
    assert "you can come back" in words(Delivery.objects.get(event_name="membership.expire"))[2]


def test_pause_and_resume_are_told_and_what_is_past_is_not(member, agent, clock):
    memberships.pause(member, actor=agent, reason="away", initiator="member")
    clock.shift(timedelta(hours=1))
    memberships.resume(member, actor=agent, reason="away", initiator="member")
    tasks.relay()
    clock.shift(timedelta(hours=1))
    memberships.pause(member, actor=agent, reason="away", initiator="member")
    tasks.relay()

    assert sorted(row[:3] for row in rows() if row[0].startswith("membership.")) == [
        ("membership.pause", "pending", ""),
        ("membership.pause", "suppressed", "superseded"),
        ("membership.resume", "pending", ""),
    ]


@pytest.mark.requirement("R87")
def test_a_tier_is_told_with_its_benefits_and_when_it_has_lapsed(member, agent, clock):
    memberships.set_tier(member, "Gold", actor=agent, reason="earned", initiator="business", ends_on=date(2027, 3, 20))
    (reached,) = told("membership.set_tier")
    assert "has the tier “Gold”" in words(reached)[2]
    assert "Included: Gym" in words(reached)[2]
    clock.shift(timedelta(days=20))
    change_memberships()
    (lapsed,) = told("membership.lapse_tier")
    assert "the tier “Gold” of “Gym”" in words(lapsed)[2]


@pytest.mark.requirement("R83")
def test_a_renewal_is_told_at_each_offset_once_for_each_period(acme, member, clock):
    """The term of a month ends with April 1, the next one with May 1: a week and two days before each."""
    AccountSettings.objects.filter(client=acme).update(renewal_reminders=[60, 7, 2])
    days = []
    for _day in range(62):
        for _again in range(2):
            change_memberships()
            remind_members()
        if told("membership.renewal_due").count() > len(days):
            days.append(timezone.now().date())
        clock.shift(timedelta(days=1))

    expected = [date(2027, 3, 25), date(2027, 3, 30), date(2027, 4, 24), date(2027, 4, 29)]
    assert days == expected
    first = Delivery.objects.filter(event_name="membership.renewal_due").order_by("created_at").first()
    _address, subject, body = words(first)
    assert subject == "“Gym” on your Acme Mobile account renews soon"
    assert "Its term ends with 1 Apr 2027." in body
    assert "Price of the next term: 29.90 EUR" in body
    # Sixty days before lies before the term began: nobody hears of that.
    assert not Reminder.objects.filter(days=60).exclude(entry=None).exists()


def test_of_several_that_come_at_once_the_member_hears_of_the_last(acme, member, clock):
    AccountSettings.objects.filter(client=acme).update(renewal_reminders=[20, 7, 2])
    clock.shift(timedelta(days=26))
    remind_members()
    (delivery,) = told("membership.renewal_due")

    assert entry_of(delivery)["days"] == 7
    assert sorted(Reminder.objects.values_list("days", flat=True)) == [7, 20]


def test_who_has_cancelled_is_not_reminded_and_who_changes_hears_the_next_price(acme, member, agent, plans, clock):
    clock.shift(timedelta(days=20))
    memberships.change_plan(member, plans[1], actor=agent, reason="needs_more", initiator="member", when="term_end")
    clock.shift(timedelta(days=5))
    remind_members()
    (delivery,) = told("membership.renewal_due")
    assert "Price of the next term: 49.90 EUR" in words(delivery)[2]

    clock.shift(timedelta(days=20))
    change_memberships()
    memberships.cancel(member, actor=agent, reason="too_expensive", initiator="member", when="term_end")
    clock.shift(timedelta(days=12))
    remind_members()
    assert told("membership.renewal_due").count() == 1


@pytest.mark.requirement("R86")
def test_the_end_of_a_trial_is_told_before_with_what_it_costs_then(acme, agent, plans, clock):
    account = factories.make_account(acme, language="en", time_zone="Europe/Berlin")
    memberships.add(account, plans[0], actor=agent, begins="trial", **HOW)
    clock.shift(timedelta(days=9))
    remind_members()
    assert told("membership.trial_ending").count() == 0
    clock.shift(timedelta(days=1))
    remind_members()
    remind_members()
    (delivery,) = told("membership.trial_ending")

    _address, subject, body = words(delivery)
    assert subject == "Your trial on your Acme Mobile account ends soon"
    assert "your trial of “Gym” on your account A-1001 with Acme Mobile ends with 15 Mar 2027." in body
    assert "Price after the trial: 29.90 EUR\nPeriod: month\nIncluded: Gym" in body


@pytest.mark.parametrize("typed", ["0", "366", "7, 7", "1 2 3 4 5 6", "-3", "x"])
def test_days_that_cannot_be_are_refused_where_they_are_set(typed):
    from django.core.exceptions import ValidationError

    from accounts.admin.accountsettings import Days
    from accounts.models.settings import check_days

    with pytest.raises(ValidationError):
        check_days(Days(required=False).clean(typed))
    assert check_days(Days(required=False).clean("30, 7")) is None
    assert check_days(Days(required=False).clean("")) is None


@pytest.mark.requirement("R83")
def test_a_renewal_is_told_with_its_new_term_and_only_the_last_of_several(member, clock):
    """The first term ends with April 1; a job that is two months late writes two renewals, until May 1 and June 1."""
    clock.shift(timedelta(days=31))
    change_memberships()
    (delivery,) = told("membership.renew")
    _address, subject, body = words(delivery)
    assert subject == "“Gym” on your Acme Mobile account was renewed"
    assert "The new term lasts until 1 May 2027." in body
    assert "Price: 29.90 EUR\nPeriod: month\nIncluded: Gym" in body

    clock.shift(timedelta(days=61))
    change_memberships()
    tasks.relay()
    assert sorted(row[:3] for row in rows() if row[0] == "membership.renew") == [
        ("membership.renew", "pending", ""),
        ("membership.renew", "pending", ""),
        ("membership.renew", "suppressed", "superseded"),
    ]


@pytest.mark.requirement("R88")
def test_a_membership_that_is_suspended_alone_is_told_with_why_and_what_to_do(member, agent):
    memberships.suspend(member, actor=agent, kind="payment", reason="fraud_suspected", initiator="business")

    (delivery,) = told("membership.suspend")

    _address, subject, body = words(delivery)
    assert subject == "“Gym” on your Acme Mobile account is suspended"
    assert "Why\nA payment that was due has not reached us.\n" in body
    assert "What to do\nPlease pay the amount that is open." in body
    assert "fraud" not in body.lower()
    assert told("account.suspended").count() == 0


def test_a_cancellation_is_told_when_it_takes_effect_with_what_is_lost(member, agent, clock):
    memberships.cancel(member, actor=agent, reason="too_expensive", initiator="member", when="term_end")
    assert told("membership.cancel").count() == 0
    clock.shift(timedelta(days=31))
    change_memberships()
    (delivery,) = told("membership.cancel")
    assert "“Gym” on your account A-1001 with Acme Mobile is cancelled" in words(delivery)[2]
    assert "This ends with it: Gym." in words(delivery)[2]


def test_a_trial_that_goes_on_is_told_as_a_trial(acme, agent, plans, clock):
    account = factories.make_account(acme, language="en", time_zone="Europe/Berlin")
    memberships.add(account, plans[0], actor=agent, begins="trial", **HOW)
    trial = account.memberships.get(plan__code="gym")
    memberships.pause(trial, actor=agent, reason="away", initiator="member")
    clock.shift(timedelta(days=2))
    memberships.resume(trial, actor=agent, reason="away", initiator="member")

    (delivery,) = told("membership.resume_trial")
    assert words(delivery)[1] == "Your trial on your Acme Mobile account goes on"
    assert told("membership.resume").count() == 0


def returned(membership, agent, supervisor):
    """Bring a stopped membership back by a case of its own."""
    case = services.open_case(
        membership.account, membership=membership, actor=agent, resume_reason="paid", statement="Paid at the counter."
    )
    services.submit(case, actor=agent)
    services.start(case, actor=agent)
    factories.meet_all(case, agent)
    services.send_for_approval(case, actor=agent)
    return services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))


@pytest.mark.requirement("R24", "R88")
def test_the_member_hears_that_a_membership_is_back_with_what_it_costs_and_holds(member, agent, supervisor, clock):
    memberships.suspend(member, actor=agent, kind="policy", reason="policy_breach")
    tasks.relay()
    case = returned(member, agent, supervisor)

    (delivery,) = told("membership.reinstate")
    _address, subject, body = words(delivery)
    assert subject == "“Gym” on your Acme Mobile account is back"
    assert "“Gym” on your account A-1001 with Acme Mobile is in service again" in body
    assert "You can use this again: Gym. The price is as agreed: 29.90 EUR (month)." in body
    assert [row[:3] for row in rows() if row[0].startswith("reinstatement.")] == []
    with scopes_disabled():
        case = ReinstatementRequest.objects.get(pk=case.pk)
    # What was announced before the decision is what has been done.
    assert [each["event"] for each in case.approvals.get().facts["effects"] if each["effect"] == "message"] == [
        "reinstated"
    ]


def test_a_trial_that_comes_back_by_a_case_is_told_as_a_trial(acme, agent, supervisor, plans, clock):
    account = factories.make_account(acme, language="es", time_zone="Europe/Madrid")
    memberships.add(account, plans[0], actor=agent, begins="trial", **HOW)
    trial = account.memberships.get(plan__code="gym")
    memberships.suspend(trial, actor=agent, kind="policy", reason="policy_breach")
    tasks.relay()
    returned(trial, agent, supervisor)

    (delivery,) = told("membership.reinstate_trial")
    assert words(delivery)[1] == "La prueba de su cuenta de Acme Mobile continúa"
    assert told("membership.reinstate").count() == 0


def test_who_is_closed_with_everything_hears_of_the_account_only(member, agent):
    from accounts.services import lifecycle

    seen = lifecycle.digest(lifecycle.consequences(member.account))
    lifecycle.close(member.account, actor=agent, reason="customer_request", initiator="member", seen=seen)
    tasks.relay()
    assert [row[0] for row in rows() if row[0] != "account.active"] == ["account.closed"]


def test_a_client_that_is_served_already_gets_the_words_of_the_new_messages(scoped):
    """As the migration finds it: a text of its own stays, what is missing comes, in four languages."""
    from importlib import import_module

    from django.apps import apps

    from accounts.models import Client
    from notifications.models import Template

    step = import_module("notifications.migrations.0009_texts_of_membership_answers")
    served = Client.objects.create(code="served", name="Served", industry="telecom")
    words = {"event": "membership.renew", "language": "de", "version": 1}
    with scopes_disabled():
        Template.objects.create(client=served, subject="Ihr Tarif", body="{action}", **words)
        step.begin(apps, None)
        step.begin(apps, None)

        kept = Template.objects.filter(client=served)
        assert kept.count() == len(step.EVENTS) * 4
        assert kept.get(event="membership.renew", language="de").subject == "Ihr Tarif"
