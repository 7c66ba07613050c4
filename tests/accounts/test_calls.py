"""Who speaks on the telephone, how they prove it, and how and when they are called back."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts import call_questions, ledger, standins
from accounts.call_questions import Known
from accounts.errors import Invalid, Moved, Refused
from accounts.models import AccountSettings, Call, ContactAttempt, Representative, Signal, StatusChange
from accounts.services import calls, contacting, erasure
from tests import factories

WRONG = {"email": "somebody@example.com", "address": "10969, number 5"}


@pytest.fixture
def account(acme, suspended):
    with scope(client=acme.pk):
        yield suspended


KNOWN = Known(
    email="maria.koehler@example.com",
    phone="+49 30 901820",
    address="Lindenstraße 5, 10969 Berlin",
    country="DE",
    currency="EUR",
    since="2021-03",
    paid_minor=4990,
    plans=("Basic Plus",),
)


@pytest.mark.parametrize(
    ("code", "typed", "is_right"),
    [
        ("email", " Maria.Koehler@Example.COM ", True),
        ("email", "maria.koehler@example.org", False),
        ("phone", "030 901820", True),
        ("phone", "0049 30 90 18 20", True),
        ("phone", "030 901821", False),
        ("address", "10969, 5", True),
        ("address", "Lindenstr. 5 in 10969", True),
        ("address", "5", False),
        ("address", "5, 10970", False),
        ("since", "03/2021", True),
        ("since", "3.2021", True),
        ("since", "2021-03", True),
        ("since", "2021", False),
        ("last_payment", "49,90", True),
        ("last_payment", "49.90 EUR", True),
        ("last_payment", "49", False),
        ("plan", "basic plus", True),
        ("plan", "basic", False),
        *((code, "", False) for code in call_questions.QUESTIONS),
        *((code, "\udc80\0", False) for code in call_questions.QUESTIONS),
    ],
)
def test_an_answer_is_right_however_it_is_written(code, typed, is_right):
    assert call_questions.are_right({code: typed}, KNOWN) is is_right


def test_what_is_not_on_file_is_never_right_and_never_asked():
    for code in call_questions.QUESTIONS:
        assert not call_questions.are_right({code: ""}, Known())
    assert call_questions.available(list(call_questions.QUESTIONS), Known()) == []
    assert call_questions.choose(["email", "since"], Known(email="a@example.com"), 2, 0) == []


def test_one_wrong_answer_among_right_ones_fails_and_no_answer_is_none():
    assert not call_questions.are_right({"email": KNOWN.email, "since": "04/2021"}, KNOWN)
    assert not call_questions.are_right({}, KNOWN)


def test_the_questions_change_from_call_to_call():
    codes = ["email", "address", "since", "plan"]

    assert [call_questions.choose(codes, KNOWN, 2, turn) for turn in range(3)] == [
        ["email", "address"],
        ["since", "plan"],
        ["email", "address"],
    ]


@pytest.mark.requirement("R56")
def test_a_passed_call_is_an_entry_and_no_answer_is_kept_anywhere(account, agent):
    call = factories.call(account, agent)

    assert (call.passed, call.failures) == (True, 0)
    entry = StatusChange.objects.get(uid=call.entry)
    assert (entry.action, entry.reason, entry.from_status, entry.to_status) == ("pass", "answers_right", "", "")
    assert json.loads(bytes(entry.body))["data"] == {
        "questions": ["address", "email"],
        "failures": 0,
        "locks": False,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_call")
        assert "koehler" not in str(cursor.fetchall())


@pytest.mark.requirement("R56")
def test_so_many_failures_lock_the_account_for_a_time_and_raise_a_signal(account, agent):
    with time_machine.travel(datetime(2026, 12, 1, 9, 0, tzinfo=UTC)):
        found = [factories.call(account, agent, WRONG) for _each in range(3)]
        assert [(call.passed, call.failures) for call in found] == [(False, 1), (False, 2), (False, 3)]
        assert [call.locked_until for call in found] == [None, None, found[2].called_at + timedelta(hours=1)]
        assert list(Signal.objects.values_list("rule", "account", "status")) == [("failed_calls", account.pk, "raised")]
        with pytest.raises(Refused):
            factories.call(account, agent)
    with time_machine.travel(datetime(2026, 12, 1, 10, 5, tzinfo=UTC)):
        assert calls.standing(account).failures == 0
        assert factories.call(account, agent).passed
    assert Signal.objects.count() == 1


def test_failures_in_a_row_count_until_somebody_passes(account, agent):
    for answers in (WRONG, WRONG, None, WRONG):
        call = factories.call(account, agent, answers)

    assert (call.failures, call.locked_until) == (1, None)


def fail_past_the_service(account, agent, row):
    with ledger.change(account, actor=agent) as work:
        row.entry = work.log(row, "fail", subject_type="call", reason="answers_wrong").uid
        work.add(row)


def test_the_database_takes_no_call_while_the_account_is_locked_nor_one_without_its_entry(account, agent):
    for _each in range(3):
        call = factories.call(account, agent, WRONG)

    forged = {"client_id": account.client_id, "account": account, "asked": [], "by": agent}
    forged |= {"passed": False, "failures": 1}
    later = timezone.now() + timedelta(days=1)
    with pytest.raises(DatabaseError, match="recorded by an entry"), transaction.atomic():
        Call.objects.create(**forged, called_at=later, entry=call.entry)
    with pytest.raises(DatabaseError, match="before the lock"):
        fail_past_the_service(account, agent, Call(**forged, called_at=timezone.now()))
    for change in (lambda: Call.objects.update(passed=True), lambda: Call.objects.all()._raw_delete("default")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_only_the_questions_that_are_due_are_taken_and_only_once(account, agent):
    now = calls.standing(account)
    with pytest.raises(Invalid):
        calls.judge(account, actor=agent, answers={"email": "maria.koehler@example.com"}, turn=now.turn)
    factories.call(account, agent)
    with pytest.raises(Moved):
        calls.judge(account, actor=agent, answers=factories.RIGHT, turn=now.turn)


@pytest.mark.parametrize("who", ["compliance", "auditor", "contact", "administrator", "outsider"])
def test_whoever_does_not_work_the_accounts_takes_no_call(account, who, request):
    user = request.getfixturevalue(who)
    for do in (
        lambda: factories.call(account, user),
        lambda: factories.call_back(account, user),
        lambda: factories.representative(account, user),
    ):
        with pytest.raises(Refused):
            do()


def test_a_client_says_what_is_asked_and_how_often_one_may_fail(account, acme, agent):
    settings = AccountSettings.objects.filter(client=acme)
    settings.update(call_questions=["email"], call_asked=1, call_attempts=1)

    assert calls.standing(account).asked == ["email"]
    assert factories.call(account, agent, {"email": "x@example.com"}).locked_until is not None


def test_a_representative_is_sealed_recorded_ended_and_erased_with_the_account(account, agent, compliance):
    row = factories.representative(account, agent)
    assert b"Jonas" not in bytes(row.name)
    call = factories.call(account, agent, representative=row)
    assert calls.may_prove(call)
    contacting.end_representative(row, actor=agent)
    with pytest.raises(Moved):
        contacting.end_representative(row, actor=agent)
    with pytest.raises(Invalid):
        factories.call(account, agent, representative=row)

    kept = StatusChange.objects.filter(subject_type="representative").order_by("number")
    assert list(kept.values_list("action", "reason")) == [
        ("record", "requests"),
        ("end", "representative_ended"),
    ]
    assert not any(b"Jonas" in bytes(entry.body) for entry in StatusChange.objects.all())
    erasure.erase(account, actor=compliance, reason="erasure_asked")
    row.refresh_from_db()
    assert row.name is None


def test_whoever_is_only_told_how_it_stands_proves_nothing_for_a_return(account, agent):
    told = factories.representative(account, agent, scope_="information")

    assert not calls.may_prove(factories.call(account, agent, representative=told))


def test_the_database_keeps_a_representative_as_recorded(account, agent):
    row = factories.representative(account, agent)
    for change in ({"scope": "information"}, {"valid_until": date(2999, 2, 2)}, {"ended_entry": row.recorded_entry}):
        with pytest.raises(DatabaseError, match="stays as recorded"), transaction.atomic():
            Representative.objects.filter(pk=row.pk).update(**change)


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "x" * 201}, {"scope_": "all"}, {"valid_until": date(2020, 1, 1)}]
)
def test_a_representative_without_name_scope_or_time_is_refused(account, agent, wrong):
    with pytest.raises(Invalid):
        factories.representative(account, agent, **wrong)


def test_a_call_back_waits_until_they_are_spoken_with(account, agent):
    first = factories.call_back(account, agent)
    assert list(ContactAttempt.objects.waiting()) == [first]
    contacting.record_attempt(account, actor=agent, direction="in", outcome="reached")

    assert list(ContactAttempt.objects.waiting()) == []
    with pytest.raises(DatabaseError, match="made once"), transaction.atomic():
        ContactAttempt.objects.filter(pk=first.pk).update(settled_entry=first.entry)
    made = StatusChange.objects.filter(subject_type="contactattempt").order_by("number")
    assert list(made.values_list("action", "reason")) == [("out", "no_answer"), ("in", "reached")]


@pytest.mark.parametrize(
    "wrong", [{"direction": "up"}, {"outcome": "x"}, {"call_back_at": datetime(2020, 1, 1, tzinfo=UTC)}]
)
def test_an_attempt_that_cannot_be_is_refused(account, agent, wrong):
    with pytest.raises(Invalid):
        contacting.record_attempt(account, actor=agent, **{"direction": "out", "outcome": "reached"} | wrong)


def test_a_call_back_is_counted_from_the_beginning_of_its_day_at_the_client(account, agent):
    with time_machine.travel(datetime(2026, 12, 1, 22, 30, tzinfo=UTC)):
        soon, later = (datetime(2026, 12, day, 14, 0, tzinfo=UTC) for day in (2, 3))
        contacting.record_attempt(account, actor=agent, direction="out", outcome="no_answer", call_back_at=later)
        assert standins.counts(agent)["call_backs"] == 0
        contacting.record_attempt(account, actor=agent, direction="out", outcome="no_answer", call_back_at=soon)
        assert standins.counts(agent)["call_backs"] == 0
    with time_machine.travel(datetime(2026, 12, 2, 0, 30, tzinfo=UTC)):
        assert standins.counts(agent)["call_backs"] == 1


def test_the_number_that_calls_opens_its_account_and_stands_in_no_address(client, account, agent):
    client.force_login(agent)

    answer = client.post(reverse("call"), {"number": "030 / 901820"})
    assert answer["Location"] == reverse("account_call", args=[account.pk])
    none = client.post(reverse("call"), {"number": "+49 30 111111"})
    assert "No account has this number." in none.text
    factories.make_account(account.client, "A-2")
    several = client.post(reverse("call"), {"number": "+4930901820"})
    assert several.status_code == 200
    assert "A-1001" in several.text
    assert "A-2" in several.text


def test_the_page_judges_and_shows_no_answer(client, account, agent):
    client.force_login(agent)
    url = reverse("account_call", args=[account.pk])

    page = client.get(url)
    assert "House number and postal code on file" in page.text
    assert "koehler@" not in page.text
    assert "10969" not in page.text
    failed = client.post(url, {"speaker": "holder", "turn": "0", **WRONG}, follow=True)
    assert "Not proved." in failed.text
    assert "Failed 1 of 3 times." in failed.text
    assert "koehler@" not in failed.text
    assert "10969" not in failed.text
    turn = {"speaker": "holder", "turn": "1", **factories.RIGHT}
    assert "Proved on" in client.post(url, turn, follow=True).text
    assert client.post(url, turn).status_code == 409


def test_the_forms_of_the_panel_put_down_and_answer_what_is_wrong(client, account, agent):
    client.force_login(agent)
    attempt, add = (reverse(name, args=[account.pk]) for name in ("account_attempt", "representative_add"))

    assert client.post(attempt, {}).status_code == 400
    assert client.post(add, {"name": "X", "scope": "requests", "valid_until": "2020-01-01"}).status_code == 400
    said = {"direction": "out", "outcome": "voicemail", "call_back_at": "2999-01-01T10:00", "note": "Ring twice."}
    assert "Ring twice." in client.post(attempt, said, follow=True).text
    assert "A-1001" in client.get(reverse("call_back_list")).text
    told = client.post(add, {"name": "Erika", "scope": "information", "valid_until": "2999-01-01"}, follow=True)
    assert "Erika" in told.text
    end = reverse("representative_end", args=[account.pk, Representative.objects.get().pk])
    assert "Nobody but the holder." in client.post(end, follow=True).text
    assert client.get(end)["Location"] == reverse("account_call", args=[account.pk])


def test_the_panel_asks_the_database_as_often_with_one_row_as_with_three(client, account, agent):
    client.force_login(agent)
    counts = []
    for _each in range(3):
        factories.call(account, agent, {code: factories.RIGHT[code] for code in calls.standing(account).asked})
        factories.call_back(account, agent)
        factories.representative(account, agent)
        client.get(reverse("account_call", args=[account.pk]))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("account_call", args=[account.pk]))
        counts.append(len(asked))
    assert len(set(counts)) == 1
