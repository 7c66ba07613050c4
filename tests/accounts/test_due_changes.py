"""The job that writes what time has brought to memberships: for every client, once, whatever another worker does."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from accounts import ledger, tasks
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, DueFailure, Membership, Plan, ScheduledChange, StatusChange
from accounts.services import accounts, memberships, past
from accounts.services.memberships import due
from config.celery import app
from tests import factories

START = {"reason": "agreed", "initiator": "member"}


@pytest.fixture
def begin(time_machine):
    time_machine.move_to(datetime(2027, 1, 31, 9, tzinfo=UTC), tick=False)
    return time_machine


def member(client, actor, number="M-1"):
    with scope(client=[client.pk]):
        fields = {"name": "Gym", "price_minor": 3100, "currency": "EUR"}
        plan, _new = Plan.objects.get_or_create(client=client, code="gym", defaults=fields)
        account = factories.make_account(client, number, time_zone="Europe/Berlin")
        return memberships.add(account, plan, actor=actor, begins="active", **START)


def renewals():
    with scopes_disabled():
        return StatusChange.objects.filter(action="renew").count()


def test_beat_has_due_changes_written_for_every_client_and_once(begin, acme, globex, agent, outsider):
    task = app.conf.beat_schedule["memberships"]["task"]
    rows = [member(acme, agent), member(globex, outsider)]
    begin.move_to(datetime(2027, 2, 27, 22, 59, tzinfo=UTC), tick=False)
    app.tasks[task]()
    assert renewals() == 0

    begin.move_to(datetime(2027, 3, 1, tzinfo=UTC), tick=False)
    app.tasks[task]()
    app.tasks[task]()

    with scopes_disabled():
        found = Membership.objects.filter(pk__in=[row.pk for row in rows])
        assert [str(row.ends_on) for row in found] == ["2027-03-30", "2027-03-30"]
        assert renewals() == 2
        assert list(verify(Totals())) == []


def test_a_suspension_that_is_over_ends_before_its_memberships_go_on(begin, acme, agent):
    """The term ends while the account is out of service; the row is written once the account is back."""
    row = member(acme, agent)
    begin.move_to(datetime(2027, 2, 10, tzinfo=UTC), tick=False)
    with scope(client=[acme.pk]):
        account = Account.objects.get(pk=row.account_id)
        end = datetime(2027, 2, 20, tzinfo=UTC)
        accounts.suspend(account, actor=agent, kind="policy", reason="policy_breach", ends_at=end)
    begin.move_to(datetime(2027, 3, 1, tzinfo=UTC), tick=False)

    tasks.change_memberships()
    tasks.end_suspensions()
    tasks.change_memberships()

    with scope(client=[acme.pk]):
        told = StatusChange.objects.filter(subject_id=row.pk).order_by("number").values_list("action", "occurred_at")
        assert [(action, f"{at:%d %b %H:%M}") for action, at in told][-3:] == [
            ("suspend", "10 Feb 00:00"),
            ("reinstate", "20 Feb 00:00"),
            ("renew", "27 Feb 23:00"),
        ]
        assert list(verify(Totals())) == []


LEFT_OUT = {
    "id",
    "uid",
    "nonce",
    "prev",
    "hash",
    "head_hash",
    "body",
    "caused_by",
    "entry",
    "settled_entry",
    "history_id",
    "plan_id",
}
WRITTEN = ("membership", "historicalmembership", "account", "historicalaccount", "statuschange", "outboxevent")


def a_population(client, actor, time_machine, prefix):
    """Everything that comes by itself: renewals, expiry, trials, pauses, tiers and what was decided for later."""
    time_machine.move_to(datetime(2027, 1, 31, 9, tzinfo=UTC), tick=False)
    sold = {"price_minor": 3100, "currency": "EUR", "tiers": ["Gold"], "entitlements": ["Gym"]}
    plans = {
        "rolling": Plan.objects.create(client=client, code=f"{prefix}a", name="Gym", **sold),
        "calendar": Plan.objects.create(client=client, code=f"{prefix}b", name="Gym", basis="calendar", **sold),
        "short": Plan.objects.create(client=client, code=f"{prefix}c", name="Gym", auto_renew=False, **sold),
        "trial": Plan.objects.create(client=client, code=f"{prefix}d", name="Gym", trial_days=20, **sold),
        "lost": Plan.objects.create(
            client=client, code=f"{prefix}e", name="Gym", trial_days=9, trial_converts=False, **sold
        ),
    }
    adjust, later = {"reason": "earned", "initiator": "business"}, {"actor": actor, "when": "term_end"}
    for number, zone in enumerate(("Europe/Berlin", "America/New_York", "Asia/Beirut")):
        account = factories.make_account(client, f"{prefix}-{number}", time_zone=zone)
        for name, plan in plans.items():
            begins = "trial" if name in ("trial", "lost") else "active"
            row = memberships.add(account, plan, actor=actor, begins=begins, **START)
            if name == "rolling":
                memberships.set_tier(row, "Gold", actor=actor, ends_on=date(2027, 2, 10), **adjust)
            if name == "calendar" and number == 0:
                memberships.cancel(row, reason="too_expensive", initiator="member", **later)
            if name == "calendar" and number == 1:
                memberships.change_plan(row, plans["rolling"], reason="needs_more", initiator="member", **later)
            if name == "trial" and number == 2:
                days = {"starts_on": date(2027, 2, 5), "ends_on": date(2027, 2, 12)}
                memberships.pause(row, actor=actor, reason="away", initiator="member", **days)
    return [f"{prefix}-{number}" for number in range(3)]


def told(numbers, prefix):
    """Every row that these accounts have, but for keys, random values and what follows from them."""
    numbered = {f"{prefix}{letter}": letter for letter in "abcde"}
    accounts_of = dict(Account.objects.filter(number__in=numbers).values_list("pk", "number"))
    rows = dict(Membership.objects.filter(account__in=accounts_of).values_list("pk", "plan__code"))
    entries = StatusChange.objects.filter(account__in=accounts_of)
    places = dict(entries.values_list("uid", "number"))
    known = {str(key): value for key, value in (accounts_of | rows | places).items()}

    def plain(value):
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items() if key not in ("nonce", "prev", "id")}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        text = known.get(str(value), str(value))
        text = numbered.get(text, text)
        return str(text).removeprefix(prefix)

    found = {}
    for name in WRITTEN:
        model = apps.get_model("accounts", name)
        of = {"id__in": accounts_of} if name.endswith("account") else {"account__in": accounts_of}
        kept = [f for f in model._meta.fields if f.attname not in LEFT_OUT and not isinstance(f, models.BinaryField)]
        columns = [field.attname for field in kept]
        found[name] = sorted(
            str([plain(value) for value in row]) for row in model.objects.filter(**of).values_list(*columns)
        )
    found["bodies"] = sorted(
        str(plain({**json.loads(bytes(entry.body)), "caused_by": places.get(entry.caused_by)})) for entry in entries
    )
    causes = entries.values_list("uid", "caused_by")
    found["causes"] = sorted(str((places[uid], places.get(cause))) for uid, cause in causes)
    settled = ScheduledChange.objects.filter(account__in=accounts_of).values_list("kind", "entry", "settled_entry")
    found["scheduled"] = sorted(str((kind, places[entry], places.get(by))) for kind, entry, by in settled)
    return found


@pytest.mark.requirement("R2", "R4", "R7")
def test_in_sets_is_written_what_is_written_one_by_one(begin, acme, agent, scoped):
    one_by_one = a_population(acme, agent, begin, "O")
    in_sets = a_population(acme, agent, begin, "S")
    now = datetime(2027, 5, 2, tzinfo=UTC)
    begin.move_to(now, tick=False)

    for pk in Account.objects.filter(number__in=one_by_one).order_by("pk").values_list("pk", flat=True):
        due.catch_up_account(pk, now)
    written = memberships.apply_due_membership_changes(now)

    first, second = told(one_by_one, "O"), told(in_sets, "S")
    for name, rows in first.items():
        assert second[name] == rows, name
    actions = Counter(StatusChange.objects.filter(rule="membership_terms").values_list("action", flat=True))
    assert set(actions) == {
        *("renew", "expire", "convert", "pause", "resume_trial", "cancel", "change_plan", "lapse_tier")
    }
    assert 2 * written == sum(actions.values())
    assert list(verify(Totals())) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes a set statement by statement")
def test_a_set_takes_as_many_statements_for_twenty_as_for_five(begin, acme, agent, scoped):
    for number in range(25):
        member(acme, agent, f"Q-{number}")
    now = datetime(2027, 3, 1, tzinfo=UTC)
    begin.move_to(now, tick=False)

    counts = []
    for at_once in (5, 20):
        with CaptureQueriesContext(connection) as asked:
            assert due.write_set(now, at_once, ()) == (at_once, at_once)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_what_cannot_be_written_holds_up_no_other(begin, acme, agent, scoped, caplog):
    """A membership whose plan, as agreed, has a cycle that nobody knows cannot go on; all others do."""
    rows = [member(acme, agent, f"F-{number}") for number in range(3)]
    broken = rows[0]
    with ledger.change(broken.account, actor=agent) as work:
        row = work.track(Membership.objects.select_related("plan").get(pk=broken.pk))
        row.agreed = row.agreed | {"cycle": "fortnight"}
        work.save(row, "broken")
    begin.move_to(datetime(2027, 3, 1, tzinfo=UTC), tick=False)

    assert memberships.apply_due_membership_changes() == 2
    assert memberships.apply_due_membership_changes() == 0

    assert [record.message for record in caplog.records] == [
        f"What was due was not written: memberships, client {acme.pk}, account {broken.account_id}."
    ]
    assert DueFailure.objects.get().account_id == broken.account_id
    ends = dict(Membership.objects.values_list("pk", "ends_on"))
    assert [str(ends[row.pk]) for row in rows] == ["2027-02-27", "2027-03-30", "2027-03-30"]
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R1", "R2")
def test_the_page_of_the_past_reads_what_the_job_has_not_written_yet(begin, acme, agent, scoped):
    """Every day of half a year, as an account that no job has ever looked at tells it, and after the job has."""
    a_population(acme, agent, begin, "P")
    account = Account.objects.get(number="P-1")
    days = [datetime(2027, 2, 1, 12, tzinfo=UTC) + timedelta(days=count) for count in range(0, 180, 3)]
    begin.move_to(days[-1] + timedelta(days=1), tick=False)

    before = [stood(account, moment) for moment in days]
    memberships.apply_due_membership_changes()
    account.refresh_from_db()

    assert [stood(account, moment) for moment in days] == before
    assert {status for day in before for status, _plan in day.values()} == {"active", "trial", "expired"}


def stood(account, moment):
    return {then.membership.pk: (then.status, then.plan["code"]) for then in past.read(account, moment).memberships}


def test_a_membership_reads_back_in_service_where_the_suspension_of_its_account_has_ended(begin, acme, agent, scoped):
    row = member(acme, agent)
    begin.move_to(datetime(2027, 2, 10, tzinfo=UTC), tick=False)
    end = datetime(2027, 2, 20, tzinfo=UTC)
    accounts.suspend(row.account, actor=agent, kind="policy", reason="policy_breach", ends_at=end)
    begin.move_to(datetime(2027, 2, 25, tzinfo=UTC), tick=False)
    account = Account.objects.get(pk=row.account_id)

    days = [datetime(2027, 2, day, 12, tzinfo=UTC) for day in (9, 19, 20, 24)]
    told = [stood(account, moment)[row.pk][0] for moment in days]

    assert told == ["active", "suspended", "active", "active"]
