"""The status as of any moment: the rule on cases worked out by hand, and its twin in SQL on random histories."""

import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_scopes import scopes_disabled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import asof
from accounts.ledger import entries, guards, sql
from accounts.models import Account, Membership, Restriction, StatusChange
from accounts.models.standing import column_as_of
from accounts.services import accounts
from accounts.services.staff import ensure_system_user
from tests import factories

NOON = datetime(2020, 5, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# The rule, on rows that stand in for entries


def entry(number, hours, before, after, action="", ends=None):
    return SimpleNamespace(
        number=number,
        uid=number,
        occurred_at=NOON + hours * HOUR,
        from_status=before,
        to_status=after,
        action=action,
        caused_by=2 if action == asof.CHANGES_THE_END else None,
        ends_at=ends and NOON + ends * HOUR,
    )


def restriction(opened_entry, opened, lifted=None, ends=None):
    return SimpleNamespace(
        opened_entry=opened_entry,
        opened_at=NOON + opened * HOUR,
        lifted_at=lifted and NOON + lifted * HOUR,
        ends_at=ends and NOON + ends * HOUR,
    )


def read(told, at, restrictions=()):
    found = asof.standing(reversed(told), restrictions, NOON + at * HOUR)
    return found and (found.status, (found.since - NOON) / HOUR, found.entry.number, found.ended)


OPENED = entry(1, 0, "", "active")
UNTIL_10 = entry(2, 5, "active", "suspended", ends=10)


def test_before_its_first_entry_an_account_is_not_opened():
    assert [read([OPENED], at) for at in (-1, 0, 1)] == [None, ("active", 0, 1, False), ("active", 0, 1, False)]


def test_a_suspension_holds_until_its_end_and_not_at_it():
    told = [OPENED, UNTIL_10]

    assert [read(told, at) for at in (4.9, 5, 9.9, 10, 99)] == [
        ("active", 0, 1, False),
        ("suspended", 5, 2, False),
        ("suspended", 5, 2, False),
        ("active", 10, 2, True),
        ("active", 10, 2, True),
    ]


def test_another_end_counts_from_when_it_was_given():
    told = [OPENED, UNTIL_10, entry(3, 8, "suspended", "suspended", "change_suspension", ends=20)]

    assert [read(told, at)[0] for at in (7, 10, 19, 20)] == ["suspended", "suspended", "suspended", "active"]
    assert read(told, 9) == ("suspended", 5, 3, False)


def test_an_end_that_was_taken_away_comes_no_more():
    told = [OPENED, UNTIL_10, entry(3, 8, "suspended", "suspended", "change_suspension")]

    assert read(told, 99) == ("suspended", 5, 3, False)


def test_what_says_nothing_of_the_status_hides_no_end():
    told = [OPENED, UNTIL_10, entry(3, 6, "suspended", "suspended", "change_contact")]

    assert read(told, 10) == ("active", 10, 2, True)


def test_an_ended_suspension_stays_while_another_restriction_is_open():
    held = [OPENED, entry(2, 1, "active", "on_hold"), entry(3, 5, "on_hold", "suspended", ends=10)]
    own = restriction(3, 5, ends=10)

    assert read(held, 11, [own]) == ("active", 10, 3, True)
    assert read(held, 11, [own, restriction(2, 1)]) == ("suspended", 5, 3, False)
    assert read(held, 11, [own, restriction(2, 1, lifted=10.5)]) == ("active", 10, 3, True)
    assert read(held, 11, [own, restriction(2, 1, lifted=12)]) == ("suspended", 5, 3, False)
    assert read(held, 11, [own, restriction(9, 12)]) == ("active", 10, 3, True)


def test_what_was_told_late_counts_by_its_number_so_that_now_is_what_the_row_says():
    """A reinstatement at 7 is written down after a suspension at 8."""
    told = [OPENED, entry(2, 5, "active", "suspended"), entry(3, 7, "suspended", "active")]
    late = [*told, entry(4, 6, "active", "suspended")]

    assert [read(late, at)[0] for at in (5.5, 6, 7, 99)] == ["suspended", "suspended", "suspended", "suspended"]


# The twin in SQL


@pytest.fixture
def unguarded(acme, scoped):
    """An account whose chain is written by hand: what random histories say need not be what the desk would do."""
    account = factories.make_account(acme)
    connection.check_constraints()
    guards.remove(connection)
    return account


STATUSES = ["pending", "active", "on_hold", "suspended", "under_review", "deactivated", "closed"]
HOURS = st.integers(0, 24)
EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "what": st.sampled_from(["move", "move", "suspend", "suspend", "change", "other"]),
            "to": st.sampled_from(STATUSES),
            "at": HOURS,
            "lasts": st.none() | st.integers(1, 12),
            "lifted": st.none() | HOURS,
        }
    ),
    max_size=8,
)


def write(account, events):
    """Write a history; return its entries and restrictions as they were meant."""
    told, kept, status, suspension = [], [], "active", None
    for event in events:
        what, at = event["what"], event["at"]
        if what == "change" and suspension is None:
            continue
        if what == "change":
            at = max(at, suspension.hours)
        after = {"suspend": "suspended", "move": event["to"]}.get(what, status)
        ends_at = NOON + (at + event["lasts"]) * HOUR if event["lasts"] and after == "suspended" else None
        if what == "other" or (after == status and what != "change"):
            ends_at = None
        written = entries.build(
            client_id=account.client_id,
            account_id=account.pk,
            number=account.head_number + 1 + len(told),
            prev=b"",
            subject=("account", account.pk),
            action="change_suspension" if what == "change" else what,
            from_status=status,
            to_status=after,
            reason="random",
            origin="import",
            actor_id=ensure_system_user().pk,
            occurred_at=NOON + at * HOUR,
            recorded_at=NOON + 100 * HOUR,
            caused_by=("entry", suspension.uid if what == "change" else uuid.uuid4()),
            data={"ends_at": (ends_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))} if ends_at else {},
        )
        written.hours = at
        told.append(written)
        if after != status:
            suspension = written if after == "suspended" else None
        if after != status and after in ("suspended", "on_hold"):
            kept.append(
                Restriction(
                    client_id=account.client_id,
                    account=account,
                    kind="policy",
                    reason="random",
                    opened_at=written.occurred_at,
                    opened_entry=written.uid,
                    ends_at=ends_at,
                    lifted_at=None if event["lifted"] is None else NOON + event["lifted"] * HOUR,
                    lifted_entry=None if event["lifted"] is None else uuid.uuid4(),
                )
            )
        status = after
    for rows in filter(None, (told, kept)):
        sql.run([sql.insert(*rows)])
    return told, kept


def as_of(account, moment):
    return Account.objects.as_of(moment).values_list("status_then", flat=True).get(pk=account.pk)


@pytest.mark.slow
@pytest.mark.requirement("R54")
@given(events=EVENTS, half_hours=st.lists(st.integers(-2, 60), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_twin_in_sql_says_the_same_of_random_histories(unguarded, events, half_hours):
    with transaction.atomic():
        told, kept = write(unguarded, events)
        for half in half_hours:
            moment = NOON + half * HOUR / 2
            rule = asof.standing(reversed(told), kept, moment)
            assert as_of(unguarded, moment) == (rule and rule.status)
        transaction.set_rollback(True)


def test_a_filter_by_the_status_then_finds_what_the_annotation_says(acme, scoped):
    stays, goes = factories.make_account(acme, number="A-1"), factories.make_account(acme, number="A-2")
    before = timezone.now()
    factories.suspend(goes)
    after = timezone.now()

    def found(moment, status):
        rows = Account.objects.as_of(moment).filter(status_then=status)
        return list(rows.order_by("number").values_list("number", flat=True))

    assert (found(before, "active"), found(before, "suspended")) == (["A-1", "A-2"], [])
    assert (found(after, "active"), found(after, "suspended")) == (["A-1"], ["A-2"])
    assert found(before - DAY, "active") == []
    assert stays.status == "active"


def test_memberships_stand_by_the_same_rule(acme, scoped):
    account = factories.make_account(acme)
    open_at = timezone.now()
    factories.close(account, ensure_system_user())

    def then(moment):
        column = column_as_of(moment, Membership, "status")
        return Membership.objects.annotate(then=column).values_list("then", flat=True).get(account=account)

    assert [then(moment) for moment in (open_at - DAY, open_at, timezone.now())] == [None, "active", "cancelled"]


@pytest.mark.requirement("R54")
def test_now_is_what_the_row_says_and_an_end_that_no_job_has_written_is_true_at_once(acme, scoped, agent, supervisor):
    now = timezone.now()
    plain = factories.make_account(acme, number="A-1", balance_minor=8420)
    ended, running, held = (factories.make_account(acme, number=f"A-{number}") for number in (2, 3, 4))
    actor = ensure_system_user()
    dated = {"actor": actor, "kind": "policy", "reason": "policy_breach", "occurred_at": now - DAY}
    accounts.suspend(ended, ends_at=now - HOUR, **dated)
    accounts.suspend(running, ends_at=now + HOUR, **dated)
    accounts.hold(held, actor=actor, reason="non_payment", occurred_at=now - 2 * DAY)
    accounts.suspend(held, ends_at=now - HOUR, **dated)
    factories.suspend(plain)

    rows = Account.objects.as_of(timezone.now()).order_by("number")
    assert [(row.number, row.status, str(row.status_now), row.status_then) for row in rows] == [
        ("A-1", "suspended", "suspended", "suspended"),
        ("A-2", "suspended", "active", "active"),
        ("A-3", "suspended", "suspended", "suspended"),
        ("A-4", "suspended", "suspended", "suspended"),
    ]


def test_one_walk_down_the_index_for_each_account(acme, scoped):
    """The plan names the unique index of (account, number) and reads the ledger in no other way."""
    for number in range(3):
        factories.make_account(acme, number=f"A-{number}")
    with scopes_disabled():
        assert StatusChange.objects.count() == 6

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    plan = Account.objects.as_of(timezone.now()).order_by().explain()

    walks = [line for line in plan.splitlines() if "entry_number_once" in line]
    assert len(walks) == 1
    assert "statuschange" not in "".join(line for line in plan.splitlines() if "entry_number_once" not in line)
