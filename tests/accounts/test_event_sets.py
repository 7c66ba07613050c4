"""What imports and jobs write of many accounts at once is what one change after the other would write."""

import time

import pytest
import time_machine
from django.apps import apps
from django.db import transaction
from django.utils import timezone

from accounts import ledger
from accounts.ledger import sets
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, OutboxEvent, StatusChange, User
from accounts.services import accounts, endings
from reinstatements.models import ReinstatementRequest
from tests import factories
from tests.accounts.events import bring, history_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]


def status(account):
    account.refresh_from_db()
    return account.status


# Rows written in sets are those that one change after the other would write.

LEFT_OUT = {
    *(
        "id",
        "uid",
        "body",
        "hash",
        "head_hash",
        "history_id",
        "history_date",
        "recorded_at",
        "created_at",
        "changed_at",
    ),
    *(
        "decided_at",
        "completed_at",
        "entry",
        "opened_entry",
        "lifted_entry",
        "stopped_entry",
        "caused_by",
        "subject_id",
    ),
    *("facts", "case_hash", "account_id", "case_id", "code", "number", "wrapped", "review_wanted"),
}
SEVERAL = [
    *("1,2019-03-01T10:00:00Z,suspend,2019-03-08T10:00:00Z,spam", "2,2019-03-02T10:00:00Z,change,,spam"),
    *("3,2019-03-05T10:00:00Z,unblock,,", "4,2019-04-01T10:00:00Z,hold,,late", "5,2019-04-05T10:00:00Z,suspend,,late"),
    *(
        "6,2019-05-01T10:00:00Z,unblock,,",
        "7,2019-06-01T10:00:00Z,block,2019-06-02T10:00:00Z,",
        "8,2019-07-01T10:00:00Z,close,,",
    ),
]


def rows_of(number):
    """Return every row that hangs on an account, of all tables, without keys, hashes and the clock."""
    account = Account.objects.get(number=number)
    cases = list(ReinstatementRequest.objects.filter(account=account).values_list("pk", flat=True))
    found = {}
    for model in apps.get_models():
        names = {field.attname for field in model._meta.concrete_fields}
        mine = {"account_id": [account.pk], "case_id": cases}
        if model in (Account, Account.history.model):
            mine = {"id": [account.pk]}
        elif model is StatusChange:
            mine = {"account_id": [account.pk]}
        by = next((name for name in mine if name in names), None)
        if by and model.__name__ not in ("SubjectKey", "SearchDigest"):
            wanted = sorted(names - LEFT_OUT) + (["number"] if model is StatusChange else [])
            rows = model._base_manager.filter(**{f"{by}__in": mine[by]}).values(*wanted)
            if model is StatusChange:
                rows = rows.exclude(action="open", subject_type__in=("account", "membership"))
            found[model.__name__] = sorted(repr(sorted(row.items())) for row in rows)
    return found


def test_sets_write_the_rows_that_single_changes_write(acme, tmp_path, monkeypatch):
    for number in ("A-1", "A-2", "A-3"):
        # Without words about a holder: what is sealed differs from account to account.
        factories.make_account(acme, number, holder={})
    bring(history_of(tmp_path, *(f"{number},{line}" for number in ("A-1", "A-2") for line in SEVERAL)))
    monkeypatch.setattr(sets, "SetChange", ledger.Change)
    monkeypatch.setattr(sets, "run", lambda works: [work.flush() for work in works])
    bring(history_of(tmp_path, *(f"A-3,{line}" for line in SEVERAL), name="single.csv"))

    in_a_set, single = rows_of("A-1"), rows_of("A-3")
    assert len(in_a_set["StatusChange"]) == 25
    assert in_a_set == single == rows_of("A-2")
    assert {name for name, rows in in_a_set.items() if rows} >= {
        *("Account", "HistoricalAccount", "StatusChange", "Membership", "HistoricalMembership", "Restriction"),
        *("ReinstatementRequest", "HistoricalReinstatementRequest", "Approval", "Participation", "ImportedEvent"),
    }
    assert list(verify(Totals())) == []


def test_a_row_that_somebody_else_moved_leaves_nothing_of_the_set(acme):
    """Two changes read an account, and the first to write wins; of the other's set nothing stays."""
    system = User.objects.system()
    moved, other = factories.make_account(acme, "A-1"), factories.make_account(acme, "A-2")
    works = [ledger.Change(row, actor=system, origin="import") for row in (moved, other)]
    for work in works:
        accounts.stop(work, "suspend", kind="policy", reason="imported", is_only=True, tell=False)
    factories.suspend(Account.objects.get(pk=moved.pk))
    before = StatusChange.objects.count()

    with pytest.raises(Exception), transaction.atomic():  # noqa: B017, PT011 - a guard or the update says no first
        sets.run(works)

    assert StatusChange.objects.count() == before
    assert status(other) == "active"


# Suspensions that end while nobody looks.


def timed(acme, number="A-1", days=7, ago=30):
    """Suspend an account for ``days`` days, ``ago`` days ago, as if that had been put on record then."""
    account = factories.make_account(acme, number)
    then = timezone.now() - timezone.timedelta(days=ago)
    with time_machine.travel(then, tick=True):
        accounts.suspend(
            account,
            actor=User.objects.system(),
            kind="policy",
            reason="policy_breach",
            ends_at=then + timezone.timedelta(days=days),
        )
    account.refresh_from_db()
    return account


@pytest.mark.requirement("R60")
def test_a_job_puts_on_record_that_a_suspension_has_ended(acme):
    account = timed(acme)
    ends_at = account.next_change_at

    assert endings.end_due() == 1

    entry = StatusChange.objects.get(subject_id=account.pk, action="reinstate")
    assert (entry.rule, entry.origin, entry.occurred_at) == ("suspension_ended", "rule", ends_at)
    assert (status(account), account.next_change_at) == ("active", None)
    assert OutboxEvent.objects.filter(name="reinstatement.completed").count() == 1
    assert list(verify(Totals())) == []


def test_the_job_may_run_twice(acme):
    account = timed(acme)
    endings.end_due()

    assert endings.end_due() == 0
    assert not endings.end_one(account.pk)
    assert StatusChange.objects.filter(action="reinstate", subject_type="account").count() == 1


def test_it_leaves_what_has_not_ended_and_what_something_else_keeps_out_of_service(acme):
    timed(acme, "A-1", days=60)
    held = factories.make_account(acme, "A-2", balance_minor=8420)
    system, soon = User.objects.system(), timezone.now() + timezone.timedelta(milliseconds=300)
    accounts.hold(held, actor=system, reason="non_payment")
    accounts.suspend(held, actor=system, kind="policy", reason="policy_breach", ends_at=soon)
    time.sleep(0.4)

    assert endings.end_due() == 0
    assert status(held) == "suspended"
