"""What people do to a whole account, from its activation to its end."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from django_scopes import scope

from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, AccountSettings, Membership, OutboxEvent, Restriction, StatusChange
from accounts.services import lifecycle
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")


@pytest.fixture
def account(acme):
    return factories.make_account(acme)


@pytest.fixture
def pending(acme):
    return factories.make_account(acme, "A-2002", status="pending")


def told(account):
    return sorted(OutboxEvent.objects.filter(account=account).values_list("name", flat=True))


def data_of(entry):
    return json.loads(bytes(entry.body))["data"]


def fresh(account):
    return Account.objects.get(pk=account.pk)


def seen(account):
    return lifecycle.digest(lifecycle.consequences(fresh(account)))


@pytest.mark.requirement("R8", "R65")
def test_activating_a_whole_account_begins_its_memberships_and_tells_the_member(pending, agent):
    entry = lifecycle.activate(pending, actor=agent, reason="data_complete", note="Checked on the phone.")

    assert (entry.from_status, entry.to_status, entry.origin) == ("pending", "active", "agent")
    assert data_of(entry)["checked"] == ["address", "contact", "country", "holder_name", "plan"]
    membership = Membership.objects.get(account=pending)
    assert (membership.status, membership.starts_on) == ("active", timezone.localdate())
    assert told(pending) == ["account.active", "billing.instruction", "membership.activate"]
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R8", "R65")
@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"holder_name": ""}, "The name of the holder is missing."),
        ({"email": "", "phone": ""}, "There is no way to reach the holder"),
        ({"email": "maria at example"}, "The mail address is none that mail can be sent to."),
        ({"phone": "12"}, "The phone number is none that can be dialled."),
        ({"address": ""}, "The postal address is missing."),
        ({"address": "Berlin"}, "The postal address is not whole"),
    ],
)
def test_activation_says_what_is_missing_or_wrong_and_nobody_is_told(acme, agent, wrong, complaint):
    account = factories.make_account(acme, holder=factories.HOLDER | wrong, status="pending")

    with pytest.raises(lifecycle.Incomplete, match=complaint) as refusal:
        lifecycle.activate(account, actor=agent, reason="data_complete")

    assert len(refusal.value.problems) == 1
    assert fresh(account).status == "pending"
    assert told(account) == []


@pytest.mark.requirement("R8")
def test_what_an_account_needs_is_the_clients_own_affair(acme, agent):
    AccountSettings.objects.filter(client=acme).update(required=["email"])
    account = factories.make_account(acme, holder={"email": "maria@example.com"}, status="pending")

    assert lifecycle.activate(account, actor=agent, reason="data_complete").to_status == "active"


@pytest.mark.requirement("R8")
def test_a_country_that_is_none_and_a_plan_that_is_not_sold_keep_an_account_pending(acme, agent):
    account = factories.make_account(acme, status="pending", country="XX")
    acme.plans.update(is_active=False)

    with pytest.raises(lifecycle.Incomplete) as refusal:
        lifecycle.activate(account, actor=agent, reason="data_complete")

    assert [problem.message for problem in refusal.value.problems] == [
        "There is no such country.",
        "The plan is not sold any more: Basic.",
    ]


def test_the_trial_of_a_plan_begins_with_the_account(acme, agent):
    acme.plans.update(trial_days=14)
    account = factories.make_account(acme, status="pending")

    lifecycle.activate(account, actor=agent, reason="data_complete")

    assert Membership.objects.get(account=account).status == "trial"


@pytest.mark.requirement("R3", "R21")
@pytest.mark.parametrize("kind", ["payment", "policy", "security", "voluntary", "compliance"])
def test_a_suspension_has_a_cause_a_beginning_an_end_and_a_way_back(account, agent, kind):
    ends_at = timezone.now() + timedelta(days=3)

    entry = lifecycle.suspend(account, actor=agent, kind=kind, reason="policy_breach", ends_at=ends_at)

    restriction = Restriction.objects.get(account=account)
    assert (restriction.kind, restriction.opened_entry, restriction.ends_at) == (kind, entry.uid, ends_at)
    assert fresh(account).next_change_at == ends_at
    assert Membership.objects.get(account=account).status == "suspended"


def test_the_end_of_a_suspension_is_changed_by_hand(account, agent):
    ends_at = timezone.now() + timedelta(days=3)
    lifecycle.suspend(account, actor=agent, kind="policy", reason="policy_breach", ends_at=ends_at)

    lifecycle.change_suspension(account, actor=agent, reason="more_time", ends_at=ends_at + timedelta(days=2))
    assert fresh(account).next_change_at == ends_at + timedelta(days=2)

    lifecycle.change_suspension(account, actor=agent, reason="more_time", ends_at=None)
    assert fresh(account).next_change_at is None
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R14")
def test_a_hold_by_hand_opens_what_only_payment_clears(account, agent):
    entry = lifecycle.hold(account, actor=agent, reason="non_payment")

    assert (entry.from_status, entry.to_status) == ("active", "on_hold")
    assert Restriction.objects.get(account=account).kind == "payment"


@pytest.mark.requirement("R9", "R20")
def test_deactivating_keeps_cause_initiator_and_how_long_the_account_is_kept(account, agent):
    entry = lifecycle.deactivate(account, actor=agent, kind="voluntary", reason="member_left", initiator="member")

    assert entry.to_status == "deactivated"
    assert {name: data_of(entry)[name] for name in ("restriction", "initiator")} == {
        "restriction": "voluntary",
        "initiator": "member",
    }
    assert data_of(entry)["retention"]["months"] == 36
    assert Restriction.objects.get(account=account).kind == "voluntary"
    assert Membership.objects.get(account=account).status == "suspended"
    assert told(account) == ["account.deactivated"]
    assert list(verify(Totals())) == []


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 26), 36, "2029-11-26"),
        (date(2026, 1, 31), 1, "2026-02-28"),
        (date(2024, 2, 29), 12, "2025-02-28"),
        (date(2026, 12, 31), 2, "2027-02-28"),
    ],
)
def test_an_account_is_kept_for_whole_months(day, months, later):
    assert lifecycle.add_months(day, months).isoformat() == later


@pytest.mark.requirement("R5", "R10", "R72")
def test_closing_keeps_who_wanted_it_and_what_it_brings_about(account, agent):
    expected = lifecycle.consequences(account)
    shown = lifecycle.digest(expected)

    entry = lifecycle.close(account, actor=agent, reason="customer_request", initiator="member", seen=shown)

    assert (entry.from_status, entry.to_status) == ("active", "closed")
    assert data_of(entry) == {"initiator": "member", "consequences": expected}
    assert [each["plan"] for each in expected["memberships"]] == ["Basic"]
    assert Membership.objects.get(account=account).status == "cancelled"
    assert told(account) == ["account.closed"]
    with pytest.raises(Moved):
        lifecycle.suspend(account, actor=agent, kind="policy", reason="policy_breach")
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R10")
def test_closing_is_asked_anew_where_its_consequences_have_changed(account, agent):
    shown = seen(account)
    factories.charge(account)

    with pytest.raises(Moved, match="has changed meanwhile"):
        lifecycle.close(account, actor=agent, reason="customer_request", initiator="member", seen=shown)

    assert fresh(account).status == "active"


def call(name, account, **changed):
    actions = {
        "activate": {"reason": "data_complete"},
        "hold": {"reason": "non_payment"},
        "suspend": {"reason": "policy_breach", "kind": "policy"},
        "change_suspension": {"reason": "more_time", "ends_at": None},
        "deactivate": {"reason": "member_left", "kind": "voluntary", "initiator": "member"},
        "close": {"reason": "customer_request", "initiator": "member", "seen": ""},
    }
    return getattr(lifecycle, name)(account, **(actions[name] | changed))


ALL = ("activate", "hold", "suspend", "change_suspension", "deactivate", "close")


@pytest.mark.parametrize("name", ALL)
def test_nobody_from_another_client_and_no_auditor_changes_an_account(account, outsider, auditor, name):
    for somebody in (outsider, auditor):
        with pytest.raises(Refused, match="You do not work this client's accounts"):
            call(name, account, actor=somebody)
    assert StatusChange.objects.filter(account=account, subject_type="account").count() == 1


@pytest.mark.parametrize("name", ALL)
def test_a_reason_that_the_client_does_not_offer_is_refused(account, agent, name):
    with pytest.raises(Invalid, match="Choose a reason"):
        call(name, account, actor=agent, reason="because")


@pytest.mark.parametrize("name", ["deactivate", "close"])
def test_whoever_wanted_it_is_named(account, agent, name):
    with pytest.raises(Invalid, match="Say who wanted it"):
        call(name, account, actor=agent, initiator="nobody")


@pytest.mark.parametrize(("name", "kind"), [("suspend", "weather"), ("deactivate", "payment")])
def test_a_cause_that_is_none_is_refused(account, agent, name, kind):
    with pytest.raises(Invalid, match="This cause is not known"):
        call(name, account, actor=agent, kind=kind)


def test_an_end_that_has_passed_is_refused(account, agent):
    with pytest.raises(Invalid, match="has passed already"):
        call("suspend", account, actor=agent, ends_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_what_was_over_by_itself_is_written_before_the_next_change(account, agent):
    entry = lifecycle.suspend(
        *(account,), actor=agent, kind="policy", reason="policy_breach", ends_at=timezone.now() + timedelta(seconds=1)
    )
    with scope(client=[account.client_id]):
        import time_machine

        with time_machine.travel(timezone.now() + timedelta(hours=1)):
            lifecycle.hold(fresh(account), actor=agent, reason="non_payment")

    pairs = StatusChange.objects.filter(account=account, subject_type="account", number__gt=entry.number)
    assert list(pairs.order_by("number").values_list("from_status", "to_status")) == [
        ("suspended", "active"),
        ("active", "on_hold"),
    ]
