"""A suspension that ends by itself: where its end stands, who may change it, and what holds it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import ledger
from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Restriction, StatusChange
from accounts.services import accounts
from accounts.services.staff import ensure_system_user
from reinstatements import services
from tests import factories
from tests.accounts.test_ledger_doc import problem

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def account(acme):
    return factories.make_account(acme, balance_minor=8420)


def suspend(account, ends_at, **fields):
    fields = {"actor": ensure_system_user(), "kind": "policy", "reason": "policy_breach", **fields}
    entry = accounts.suspend(account, ends_at=ends_at, **fields)
    account.refresh_from_db()
    return entry


def change(account, ends_at, **fields):
    fields = {"actor": ensure_system_user(), "reason": "policy_breach", **fields}
    entry = accounts.change_suspension(account, ends_at=ends_at, **fields)
    account.refresh_from_db()
    return entry


def said_of_the_end(entry):
    """What the stored bytes, the stored column and the entry that the service returned say."""
    kept = StatusChange.objects.get(uid=entry.uid)
    return json.loads(bytes(kept.body))["data"].get("ends_at"), kept.ends_at, entry.ends_at


def ends(account):
    return list(Restriction.objects.filter(account=account).values_list("ends_at", flat=True))


def test_the_end_stands_in_the_bytes_in_the_column_on_the_restriction_and_on_the_account(account, scoped):
    end = timezone.now().replace(microsecond=0) + DAY

    entry = suspend(account, end)

    assert said_of_the_end(entry) == (end.strftime("%Y-%m-%dT%H:%M:%S.000000Z"), end, end)
    assert (account.status, account.next_change_at, ends(account)) == ("suspended", end, [end])


def test_a_suspension_without_an_end_has_none_anywhere(account, scoped):
    entry = suspend(account, None)

    assert said_of_the_end(entry) == (None, None, None)
    assert (account.next_change_at, ends(account)) == (None, [None])
    assert json.loads(bytes(entry.body))["data"] == {"restriction": "policy"}


def test_a_suspension_is_given_another_end_and_none_and_one_again(account, scoped):
    first, second, third = (timezone.now() + n * DAY for n in (1, 2, 3))
    suspended = suspend(account, first)

    changed = change(account, second)

    assert said_of_the_end(changed)[1:] == (second, second)
    assert (changed.action, changed.from_status, changed.to_status) == ("change_suspension", "suspended", "suspended")
    assert (changed.caused_by, account.next_change_at, ends(account)) == (suspended.uid, second, [second])
    assert account.status_number == suspended.number

    for_good = change(account, None)

    assert (said_of_the_end(for_good), account.next_change_at, ends(account)) == ((None, None, None), None, [None])
    assert json.loads(bytes(for_good.body))["data"]["ends_before"] == second.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    change(account, third)

    assert (account.next_change_at, ends(account)) == (third, [third])
    assert list(verify(Totals())) == []
    rows = StatusChange.objects.filter(account=account).order_by("number")
    chain = [(bytes(row.body), bytes(row.hash).hex()) for row in rows]
    assert problem(chain, (account.head_number, bytes(account.head_hash).hex())) is None


def test_a_change_that_leaves_the_row_as_it_is_may_be_followed_by_others(account, scoped):
    """The first leaves nothing to write on the account but its head, which is written once, at the end."""
    end = timezone.now() + DAY
    suspend(account, end)

    with ledger.change(account, actor=ensure_system_user()) as work:
        for _again in range(2):
            work.log(work.account, "change_contact", reason="imported")
            work.save(work.account, "change_contact")
        work.record(work.account.deactivate, reason="inactivity")

    account.refresh_from_db()
    assert (account.status, account.next_change_at) == ("deactivated", None)
    assert list(verify(Totals())) == []


@pytest.mark.parametrize("what", [suspend, change])
def test_a_suspension_ends_after_it_begins(account, scoped, what):
    at = timezone.now() - DAY
    if what is change:
        suspend(account, None, occurred_at=at - DAY)

    for end in (at - HOUR, at):
        with pytest.raises(Invalid, match="ends after it begins") as refusal:
            what(account, end, occurred_at=at)
        assert refusal.value.field == "ends_at"

    assert account.head_number == (4 if what is change else 2)


def test_what_lies_in_the_future_is_not_put_on_record(account, scoped):
    with pytest.raises(Invalid, match="lies in the future"):
        suspend(account, None, occurred_at=timezone.now() + HOUR)


def test_what_is_not_suspended_or_no_more_has_no_suspension_to_change(account, scoped):
    with pytest.raises(Moved, match="not suspended any more"):
        change(account, timezone.now() + DAY)

    now = timezone.now()
    suspend(account, now - HOUR, occurred_at=now - DAY)
    with pytest.raises(Moved, match="not suspended any more"):
        change(account, now + DAY)

    change(account, now + DAY, occurred_at=now - 2 * HOUR)
    assert account.next_change_at == now + DAY


def test_only_staff_of_the_client_change_a_suspension(account, scoped, outsider, auditor):
    suspend(account, None)

    for somebody in (outsider, auditor):
        with pytest.raises(Refused, match="do not work"):
            change(account, timezone.now() + DAY, actor=somebody)


def test_what_is_held_for_payment_as_well_does_not_come_back_by_itself(account, scoped):
    accounts.hold(account, actor=ensure_system_user(), reason="non_payment")
    end = timezone.now() + DAY

    suspend(account, end)

    assert (account.status, account.next_change_at) == ("suspended", None)
    assert sorted(ends(account), key=bool) == [None, end]

    change(account, end + DAY)

    assert account.next_change_at is None
    assert list(verify(Totals())) == []


@pytest.mark.parametrize("way", ["deactivate", "close"])
def test_what_goes_on_from_a_suspension_does_not_change_by_itself_any_more(account, scoped, way):
    suspend(account, timezone.now() + DAY)

    with ledger.change(account, actor=ensure_system_user()) as work:
        work.record(getattr(work.account, way), reason="inactivity")

    account.refresh_from_db()
    assert account.next_change_at is None


def test_reinstating_before_the_end_leaves_nothing_to_happen_and_lifts_when_it_happened(
    account, scoped, agent, supervisor
):
    suspend(account, timezone.now() + DAY, kind="payment", reason="non_payment")
    case = factories.bring_to(account, "awaiting_approval", agent)

    services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))

    account.refresh_from_db()
    reinstated = StatusChange.objects.get(subject_id=account.pk, action="reinstate")
    assert (account.status, account.next_change_at) == ("active", None)
    assert Restriction.objects.get(account=account).lifted_at == reinstated.occurred_at
