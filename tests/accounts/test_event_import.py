"""What happened to accounts elsewhere becomes entries of theirs."""

from datetime import UTC, datetime

import pytest

from accounts.imports.events import Event
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, Disclosure, ImportedEvent, OutboxEvent, ReasonCode, StatusChange, SubjectKey
from reinstatements.models import Approval, Participation
from tests import factories
from tests.accounts.events import bring, history_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]

SUSPENDED = "A-1,1,2019-03-01T10:00:00Z,suspend,,fraud suspected"
TIMED = "A-1,1,2019-03-01T10:00:00Z,block,2019-03-08T10:00:00Z,spam"
REINSTATED = "A-1,2,2019-03-05T10:00:00Z,unblock,,"


def told(number="A-1"):
    rows = StatusChange.objects.filter(account__number=number, subject_type="account").order_by("number")
    return [(row.action, row.from_status, row.to_status, row.rule, f"{row.occurred_at:%Y-%m-%d}") for row in rows[1:]]


@pytest.fixture
def account(acme):
    return factories.make_account(acme, "A-1")


def status(account):
    account.refresh_from_db()
    return account.status


def test_a_suspension_and_its_end_by_a_person_become_entries(account, tmp_path):
    out, refused, error = bring(history_of(tmp_path, SUSPENDED, REINSTATED))

    assert (out[0], refused, error) == ("2 lines read: 2 events put on record, 0 known already, 0 refused", [], "")
    assert told() == [
        ("suspend", "active", "suspended", "", "2019-03-01"),
        ("reinstate", "suspended", "active", "imported_history", "2019-03-05"),
    ]
    assert set(StatusChange.objects.filter(account=account).values_list("origin", flat=True)) == {"import"}
    assert list(verify(Totals())) == []


def test_a_suspension_that_ended_by_itself_ends_at_that_moment(account, tmp_path):
    bring(history_of(tmp_path, TIMED, "A-1,2,2020-01-01T00:00:00Z,suspend,,"))

    assert told() == [
        ("suspend", "active", "suspended", "", "2019-03-01"),
        ("reinstate", "suspended", "active", "suspension_ended", "2019-03-08"),
        ("suspend", "active", "suspended", "", "2020-01-01"),
    ]


def test_one_that_ended_before_today_has_ended_too(account, tmp_path):
    bring(history_of(tmp_path, TIMED))

    assert told()[-1] == ("reinstate", "suspended", "active", "suspension_ended", "2019-03-08")
    assert status(account) == "active"
    assert account.next_change_at is None


def test_a_suspension_may_be_given_another_end(account, tmp_path):
    bring(history_of(tmp_path, TIMED, "A-1,2,2019-03-02T10:00:00Z,reblock,2019-03-04T10:00:00Z,"))

    assert told() == [
        ("suspend", "active", "suspended", "", "2019-03-01"),
        ("change_suspension", "suspended", "suspended", "", "2019-03-02"),
        ("reinstate", "suspended", "active", "suspension_ended", "2019-03-04"),
    ]


def test_a_change_may_leave_the_end_as_it_is(account, tmp_path):
    bring(
        history_of(
            tmp_path, SUSPENDED, "A-1,2,2019-03-02T10:00:00Z,reblock,infinity,", REINSTATED.replace(",2,", ",3,")
        )
    )

    assert [row[0] for row in told()] == ["suspend", "change_suspension", "reinstate"]
    assert list(verify(Totals())) == []


def test_holding_and_closing_are_known_too(account, tmp_path):
    bring(history_of(tmp_path, "A-1,1,2019-03-01T10:00:00Z,hold,,", "A-1,2,2019-06-01T10:00:00Z,close,,"))

    assert [row[:3] for row in told()] == [("hold", "active", "on_hold"), ("close", "on_hold", "closed")]
    assert account.memberships.get().status == "cancelled"
    assert list(verify(Totals())) == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["A-1,1,2019-03-01T10:00:00Z,unblock,,"], "line 2: action is not possible: the account is active by then"),
        ([SUSPENDED, "A-1,2,2019-03-02T10:00:00Z,block,,"], "line 3: action is not possible: the account is suspended"),
        ([TIMED, "A-1,2,2019-04-01T10:00:00Z,reblock,,"], "line 3: action is not possible: the account is active"),
        (["A-1,1,2019-03-01T10:00:00Z,block,2019-03-01T09:00:00Z,"], "line 2: ends_at lies before the suspension"),
        ([SUSPENDED, "A-1,2,2019-02-01T10:00:00Z,unblock,,"], "line 3: occurred_at lies before the event"),
        (["A-1,1,2999-03-01T10:00:00Z,block,,"], "line 2: occurred_at lies in the future"),
        (["A-1,1,2019-03-01T10:00:00,block,,"], "line 2: occurred_at does not say its time zone"),
        (["A-1,1,01/03/2019 10:00,block,,"], "line 2: occurred_at is not a date written"),
        (["A-1,1,2019-03-01T10:00:00Z,blocked?,,"], "line 2: action is not one of"),
        (["A-1,,2019-03-01T10:00:00Z,block,,"], "line 2: seq is not a whole number"),
        (["A-1,1,2019-03-01T10:00:00Z,unblock,2019-05-01T10:00:00Z,"], "line 2: ends_at is for a suspension only"),
        (["B-9,1,2019-03-01T10:00:00Z,block,,"], "line 2: account is not the number of an account of this client"),
    ],
)
def test_an_event_that_cannot_be_is_told_by_line_and_column(account, tmp_path, lines, said):
    good = "A-2,1,2019-03-01T10:00:00Z,block,,"
    factories.make_account(account.client, "A-2")

    _out, refused, error = bring(history_of(tmp_path, *lines, good))

    assert len(refused) == 1
    assert refused[0].startswith(said)
    assert error == "1 lines were refused; the others stay."
    assert told("A-2") == [("suspend", "active", "suspended", "", "2019-03-01")]
    assert list(verify(Totals())) == []


def test_a_history_that_begins_in_the_middle_of_a_suspension_says_so(account, tmp_path):
    _out, noted, error = bring(history_of(tmp_path, "A-1,1,2019-03-01T10:00:00Z,reblock,,", REINSTATED))

    assert noted == ["line 2: action changes a suspension whose beginning is not there; it is taken to begin here"]
    assert (error, [row[0] for row in told()]) == ("", ["suspend", "reinstate"])


def test_the_same_file_again_changes_nothing(account, tmp_path):
    file = history_of(tmp_path, SUSPENDED, REINSTATED)
    bring(file)
    before = StatusChange.objects.count()

    out, refused, error = bring(file)

    assert (out[0], refused, error) == ("2 lines read: 0 events put on record, 2 known already, 0 refused", [], "")
    assert StatusChange.objects.count() == before
    assert ImportedEvent.objects.count() == 2


def test_a_longer_file_of_the_same_source_goes_on(account, tmp_path):
    bring(history_of(tmp_path, TIMED))

    out, _refused, error = bring(history_of(tmp_path, TIMED, "A-1,2,2021-01-01T00:00:00Z,suspend,,"))

    assert (out[0], error) == ("2 lines read: 1 events put on record, 1 known already, 0 refused", "")
    assert status(account) == "suspended"


def test_an_event_that_says_something_else_now_is_told(account, tmp_path):
    bring(history_of(tmp_path, SUSPENDED))

    _out, refused, _error = bring(history_of(tmp_path, SUSPENDED.replace("fraud", "spam")))

    assert refused == ["line 2: seq is on record already, and says something else there"]


def test_an_account_with_a_history_of_its_own_is_left_alone(account, tmp_path):
    factories.suspend(account)
    before = StatusChange.objects.count()

    _out, refused, _error = bring(history_of(tmp_path, SUSPENDED))

    assert refused == ["line 2: account has a history here already, which this file did not bring"]
    assert StatusChange.objects.count() == before


def test_events_of_a_merged_number_are_told_the_account_that_stands_for_it(acme, account, agent, supervisor, tmp_path):
    """Through two merges in a row; nothing is written to either."""
    between, last = (factories.make_account(acme, number) for number in ("A-2", "A-3"))
    factories.merge(Account.objects.get(pk=account.pk), between, agent, supervisor)
    factories.merge(Account.objects.get(pk=between.pk), last, agent, supervisor)
    before = StatusChange.objects.count()

    _out, refused, _error = bring(history_of(tmp_path, SUSPENDED))

    assert refused == ["line 2: account was merged into account A-3, which stands for it"]
    assert StatusChange.objects.count() == before


def test_another_source_does_not_go_on_with_a_history(account, tmp_path):
    bring(history_of(tmp_path, SUSPENDED), source="crm")

    _out, refused, _error = bring(history_of(tmp_path, REINSTATED), source="billing")

    assert refused == ["line 2: account has a history here already, which this file did not bring"]


def test_accounts_that_are_not_there_are_opened_when_asked_for(acme, tmp_path):
    bring(history_of(tmp_path, SUSPENDED), open_missing=True)

    opening = StatusChange.objects.get(account__number="A-1", number=1)
    assert (opening.to_status, opening.occurred_at) == ("active", datetime(2019, 3, 1, 9, 59, 59, tzinfo=UTC))
    assert SubjectKey.objects.count() == 1
    assert list(verify(Totals())) == []


def test_they_are_opened_from_the_day_that_is_said(acme, tmp_path):
    acme.time_zone = "Europe/Berlin"
    acme.save()

    bring(history_of(tmp_path, SUSPENDED), open_missing=True, opened_on="2010-06-01")

    # Summer time in Berlin.
    opening = StatusChange.objects.get(account__number="A-1", number=1)
    assert opening.occurred_at == datetime(2010, 5, 31, 22, 0, tzinfo=UTC)


def test_a_time_without_a_zone_is_read_in_the_declared_one(account, tmp_path):
    bring(history_of(tmp_path, "A-1,1,2019-07-01 12:00,suspend,,"), time_zone="Europe/Berlin")

    assert StatusChange.objects.get(action="suspend", subject_type="account").occurred_at == datetime(
        2019, 7, 1, 10, 0, tzinfo=UTC
    )


def test_a_dry_run_says_the_same_and_writes_nothing(account, tmp_path):
    before = StatusChange.objects.count(), ReasonCode.objects.count()

    out, _refused, _error = bring(
        history_of(tmp_path, TIMED, REINSTATED, "A-1,3,2019-03-06T10:00:00Z,unblock,,"), dry_run=True
    )

    assert out[0] == "3 lines read: 2 events would be put on record, 0 known already, 1 refused"
    assert (StatusChange.objects.count(), ReasonCode.objects.count()) == before


def test_nobody_is_told_and_no_personal_data_is_written(account, tmp_path):
    told_before, disclosed = OutboxEvent.objects.count(), Disclosure.objects.count()

    bring(history_of(tmp_path, TIMED, "A-1,2,2020-01-01T00:00:00Z,close,,"))

    assert (OutboxEvent.objects.count(), Disclosure.objects.count()) == (told_before, disclosed)


def test_a_reason_is_the_clients_code_or_one_that_is_offered_to_nobody(account, tmp_path):
    out, _refused, _error = bring(
        history_of(
            tmp_path,
            "A-1,1,2019-03-01T10:00:00Z,suspend,,Fraud suspected",
            "A-1,2,2019-03-02T10:00:00Z,unblock,,asked by 0301234567",
            "A-1,3,2019-03-03T10:00:00Z,suspend,,sock puppetry",
        )
    )

    rows = StatusChange.objects.filter(subject_type="account", number__gt=2).order_by("number")
    assert list(rows.values_list("reason", flat=True)) == ["fraud_suspected", "imported", "sock_puppetry"]
    made = ReasonCode.objects.get(code="sock_puppetry")
    assert (made.use, made.label, made.is_active) == ("stop", "sock puppetry", False)
    assert out[1:] == [
        "Reasons made, offered to nobody: sock_puppetry",
        "1 events have the reason 'imported': what the file says is no code",
    ]


def test_the_import_stands_in_the_chain_of_the_client(account, administrator, tmp_path):
    bring(history_of(tmp_path, SUSPENDED), actor="administrator", source="crm")

    entry = StatusChange.objects.filter(account=None).latest("id")
    assert (entry.action, entry.reason, entry.actor) == ("import", "imported", administrator)
    assert StatusChange.objects.get(action="suspend", subject_type="account").on_behalf == administrator


def test_approvals_and_participations_of_histories_name_the_rule(account, tmp_path):
    bring(history_of(tmp_path, TIMED, "A-1,2,2020-01-01T00:00:00Z,suspend,,", "A-1,3,2020-02-01T00:00:00Z,unblock,,"))

    assert sorted(Approval.objects.values_list("rule", flat=True)) == ["imported_history", "suspension_ended"]
    assert Participation.objects.filter(part="asked").count() == 2


def test_the_digest_of_an_event_tells_its_content():
    event = Event("A-1", 1, datetime(2019, 3, 1, tzinfo=UTC), "suspend", None, "spam", "policy")
    same = Event("A-9", 7, datetime(2019, 3, 1, tzinfo=UTC), "suspend", None, "spam", "policy")
    other = Event("A-1", 1, datetime(2019, 3, 1, tzinfo=UTC), "suspend", None, "spam", "security")

    assert event.digest == same.digest != other.digest
    assert len(event.digest) == 16
