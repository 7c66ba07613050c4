"""Suspensions that would end when no entry says so: read active without anybody's decision."""

from datetime import timedelta

from django.utils import timezone

from accounts.ledger import sql
from accounts.models import Account, Restriction
from accounts.models.base import new_id
from accounts.services import accounts
from tests.house.doors import door
from tests.house.doors.forging import entry_of, execute, move_head, write

NOT_SO = "An account changes by itself when"
KEPT = "only another changes its end"
PAST = timezone.now() - timedelta(days=400)


def dated(desk):
    """Suspend an account until tomorrow, then until the day after; return the first end."""
    first = timezone.now() + timedelta(days=1)
    accounts.suspend(desk.active, actor=desk.agent, kind="policy", reason="policy_breach", ends_at=first)
    later = first + timedelta(days=1)
    accounts.change_suspension(desk.active, actor=desk.agent, reason="policy_breach", ends_at=later)
    return first


@door(NOT_SO)
def account_that_would_change(desk):
    execute("UPDATE accounts_account SET next_change_at = %s WHERE id = %s", PAST, desk.suspended.pk)


@door(NOT_SO)
def account_in_service_that_would_change(desk):
    Account.objects.filter(pk=desk.active.pk).update(next_change_at=PAST)


@door(NOT_SO)
def account_that_would_change_at_an_end_that_was_changed(desk):
    Account.objects.filter(pk=desk.active.pk).update(next_change_at=dated(desk))


@door(NOT_SO)
def account_that_is_held_as_well(desk):
    accounts.hold(desk.active, actor=desk.agent, reason="non_payment")
    end = timezone.now() + timedelta(days=1)
    accounts.suspend(desk.active, actor=desk.agent, kind="policy", reason="policy_breach", ends_at=end)
    Account.objects.filter(pk=desk.active.pk).update(next_change_at=end)


@door("when the entry of its suspension says so")
def account_that_begins_so(desk):
    fresh = new_id()
    opening = {"account_id": fresh, "number": 1, "prev": b"", "subject": ("account", fresh), "origin": "import"}
    write(entry_of(desk.active, desk.agent, "", "active", **opening))
    account = Account(id=fresh, client=desk.acme, number="A-99", status_number=1, next_change_at=PAST)
    account.__dict__["status"] = "active"
    sql.run([sql.insert(account)])


@door(KEPT)
def restriction_with_an_end(desk):
    Restriction.objects.filter(account=desk.suspended).update(ends_at=PAST)


@door(KEPT)
def restriction_without_its_end(desk):
    dated(desk)
    execute("UPDATE accounts_restriction SET ends_at = NULL WHERE account_id = %s", desk.active.pk)


@door(KEPT)
def restriction_with_an_end_that_was_changed(desk):
    first = dated(desk)
    Restriction.objects.filter(account=desk.active).update(ends_at=first)


@door("which says when it ends")
def restriction_opened_with_another_end(desk):
    entry = move_head(write(entry_of(desk.active, desk.agent, "active", "active")))
    Restriction.objects.create(
        client=desk.acme, account=desk.active, kind="policy", reason="x", opened_entry=entry.uid, ends_at=PAST
    )


@door("(?i)what_ends_ends_after_it_begins")
def entry_whose_end_lies_before_it(desk):
    write(entry_of(desk.active, desk.agent, "active", "suspended", data={"ends_at": "2020-01-01T00:00:00.000000Z"}))


@door("(?i)entry_tells_of_the_past")
def entry_of_tomorrow(desk):
    tomorrow = timezone.now() + timedelta(days=1)
    write(entry_of(desk.active, desk.agent, "active", "suspended", occurred_at=tomorrow))
