"""Signs of fraud and error: what raises one, once, and who judges it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import tasks
from accounts.errors import Invalid, Moved, Refused
from accounts.models import AccessRecord, Signal, SignalSettings, StatusChange
from accounts.services import accounts, reveal, roles, signals, staff, words
from reinstatements import services as cases
from reinstatements.models import Policy
from tests import factories


@pytest.fixture
def account(scoped):
    return factories.make_account(scoped)


def look(client):
    signals.look(client)
    rows = Signal.objects.filter(client=client).order_by("rule", "account__number")
    return [(row.rule, row.account and row.account.number, row.about and row.about.username) for row in rows]


def limit(client, **limits):
    SignalSettings.objects.filter(client=client).update(limits=limits)


def ask_and_withdraw(account, agent):
    case = cases.open_case(account, actor=agent, resume_reason="paid", statement="Paid.")
    cases.withdraw(case, actor=agent, reason="not_wanted")


@pytest.mark.requirement("R70")
def test_the_third_request_in_thirty_days_raises_one_signal_with_its_entries(acme, scoped, suspended, agent):
    for _time in range(2):
        ask_and_withdraw(suspended, agent)
    assert look(acme) == []
    ask_and_withdraw(suspended, agent)

    assert look(acme) == [("many_requests", "A-1001", None)]
    opened = StatusChange.objects.filter(subject_type="reinstatement", action="open").order_by("number")
    assert Signal.objects.get().evidence == {"entries": [str(entry.uid) for entry in opened]}


@pytest.mark.requirement("R70")
def test_the_same_evidence_raises_nothing_again_however_often_and_late_it_is_looked_at(acme, scoped, suspended, agent):
    for _time in range(3):
        ask_and_withdraw(suspended, agent)
    first = look(acme)
    SignalSettings.objects.update(looked_at=0)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=100)):
        tasks.look_for_signals()
        tasks.look_for_signals()

        assert look(acme) == first


def test_requests_that_lie_far_apart_raise_nothing(acme, scoped):
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        agent = factories.make_user("agent", (acme, "agent"))
        account = factories.suspend(factories.make_account(acme))
        for _time in range(4):
            ask_and_withdraw(account, agent)
            clock.shift(timedelta(days=16))

        assert look(acme) == []


@pytest.mark.requirement("R70")
def test_contact_data_that_is_changed_shortly_before_a_request_raises_a_signal(acme, scoped, suspended, agent):
    accounts.set_holder(suspended, {"phone": "+49 30 1111111"}, actor=agent, reason="member_moved")
    ask_and_withdraw(suspended, agent)

    assert look(acme) == [("contact_changed", "A-1001", None)]


@pytest.mark.requirement("R70")
def test_one_phone_on_three_accounts_raises_a_signal_on_each_and_says_no_number(acme, scoped):
    for number in ("A-1", "A-2", "A-3"):
        factories.make_account(acme, number, {"holder_name": f"Jo {number}", "phone": "+49 30 901820"})
    factories.make_account(acme, "A-4", {"holder_name": "Jo A-4", "phone": "+49 30 901821"})

    assert look(acme) == [("shared_contact", number, None) for number in ("A-1", "A-2", "A-3")]
    evidence = Signal.objects.first().evidence
    assert (evidence["kind"], evidence["count"], len(evidence["accounts"])) == ("phone", 3, 3)
    assert "901820" not in str(evidence)


def test_two_clients_never_share_a_phone(acme, globex, scoped):
    limit(acme, shared_accounts=2)
    factories.make_account(acme, "A-1")
    factories.make_account(globex, "G-1")

    assert look(acme) == []


@pytest.mark.requirement("R70")
def test_who_lost_the_role_since_is_not_told_of_and_who_never_had_a_usual_one_is(acme, account, agent, supervisor):
    limit(acme, roles=["supervisor"])
    accounts.suspend(account, actor=agent, kind="security", reason="fraud_suspected")
    other = factories.make_account(acme, "A-2")
    accounts.suspend(other, actor=supervisor, kind="security", reason="fraud_suspected")
    roles.end(supervisor, acme, "supervisor", actor=staff.ensure_system_user())

    assert look(acme) == [("unusual_role", "A-1001", "agent")]


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2026-11-16 06:59", False),  # two hours before nine in the morning, and a minute
        ("2026-11-16 05:59", True),
        ("2026-11-15 12:00", True),  # a Sunday
        ("2026-11-16 12:00", False),
    ],
)
@pytest.mark.requirement("R70")
def test_a_change_far_outside_working_hours_raises_a_signal(acme, scoped, at, found):
    acme.time_zone = "Europe/Berlin"
    acme.save()
    SignalSettings.objects.update(hours=[[["09:00", "18:00"]]] * 5 + [[], []])
    with time_machine.travel(datetime.fromisoformat(at).replace(tzinfo=UTC), tick=False):
        account = factories.make_account(acme)
        agent = factories.make_user("night", (acme, "agent"))
        accounts.suspend(account, actor=agent, kind="security", reason="fraud_suspected")

        assert look(acme) == ([("out_of_hours", "A-1001", "night")] if found else [])


@pytest.mark.requirement("R70")
def test_a_status_that_goes_back_and_forth_raises_a_signal(acme, account, agent, supervisor):
    for _time in range(2):
        accounts.suspend(account, actor=agent, kind="payment", reason="non_payment")
        case = factories.bring_to(fresh(account), "awaiting_approval", agent)
        cases.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))

    assert ("ping_pong", "A-1001", None) in look(acme)


def fresh(account):
    return type(account).objects.get(pk=account.pk)


@pytest.mark.requirement("R70", "R69")
def test_who_shows_far_more_personal_data_than_the_peers_raises_a_signal(acme, account, agent):
    limit(acme, reveals=4, reveals_times=3)
    peer = factories.make_user("peer", (acme, "agent"))
    factories.make_user("idle", (acme, "agent"))
    for who, times in ((agent, 5), (peer, 1)):
        for _time in range(times):
            reveal.reveal(account, actor=who, reason="member_on_phone", words="On the line.")

    assert look(acme) == [("many_reveals", None, "agent")]
    evidence = Signal.objects.get().evidence
    newest = AccessRecord.objects.filter(user=agent).order_by("-created_at").values_list("pk", flat=True)
    assert (evidence["count"], evidence["peers"], evidence["records"]) == (5, 2, [str(key) for key in newest])


def test_looking_asks_as_many_questions_for_thirty_accounts_as_for_three(acme, scoped, agent):
    def asked(numbers):
        for number in numbers:
            account = factories.make_account(acme, f"A-{number}", {"holder_name": f"Jo {number}"})
            accounts.suspend(account, actor=agent, kind="payment", reason="non_payment")
        with CaptureQueriesContext(connection) as queries:
            signals.look(acme)
        return len(queries)

    assert asked(range(3)) == asked(range(10, 40))


@pytest.fixture
def raised(acme, suspended, agent, scoped):
    accounts.set_holder(suspended, {"phone": "+49 30 1111111"}, actor=agent, reason="member_moved")
    case = factories.bring_to(suspended, "awaiting_approval", agent)
    signals.look(acme)
    return Signal.objects.get(), case


@pytest.mark.requirement("R69", "R70", "R76")
def test_a_signal_that_is_confirmed_voids_what_was_reviewed_before(raised, supervisor, compliance):
    signal, case = raised
    reviewed = factories.seen(case)
    signals.judge(signal, actor=compliance, is_confirmed=True, reason="fraud_likely", note="The number is a shop's.")

    with pytest.raises(cases.FactsChanged) as changed:
        cases.approve(case, actor=supervisor, reason="paid", seen=reviewed)

    signal.refresh_from_db()
    now = changed.value.current
    named = {"id": str(signal.pk), "rule": "contact_changed", "entry": str(signal.judged_entry)}
    assert now["signals"] == [named]
    assert now["risk"] == {"level": "elevated", "reasons": ["signal_confirmed"]}


@pytest.mark.requirement("R69", "R76")
def test_a_confirmed_signal_asks_for_a_second_approval_by_compliance(acme, suspended, agent, scoped, compliance):
    supervisor, second = (factories.make_user(name, (acme, "supervisor")) for name in ("deciding", "second"))
    when = [{"fact": "risk_reasons", "is": "one_of", "value": ["signal_confirmed"]}]
    levels = [{"role": "supervisor", "count": 1}, {"role": "compliance", "count": 1, "when": when}]
    factories.put_in_force(Policy.objects.get(client=acme, kind="payment"), factories.PLAIN | {"levels": levels})
    accounts.set_holder(suspended, {"phone": "+49 30 1111111"}, actor=agent, reason="member_moved")
    case = factories.bring_to(suspended, "awaiting_approval", agent)
    signals.look(acme)
    signals.judge(Signal.objects.get(), actor=compliance, is_confirmed=True, reason="fraud_likely", note="A shop's.")

    case = cases.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
    assert (case.status, case.level_role) == ("awaiting_approval", "compliance")
    with pytest.raises(Refused):
        cases.approve(case, actor=second, reason="paid", seen=factories.seen(case))
    assert cases.approve(case, actor=compliance, reason="paid", seen=factories.seen(case)).status == "completed"


def test_a_cleared_signal_is_no_risk(raised, supervisor, compliance):
    signal, case = raised
    reviewed = factories.seen(case)
    signals.judge(signal, actor=compliance, is_confirmed=False, reason="explained")

    cases.approve(case, actor=supervisor, reason="paid", seen=reviewed)

    assert fresh(case.account).status == "active"


@pytest.mark.requirement("R70")
def test_judging_is_an_entry_with_the_evidence_and_sealed_words(raised, compliance):
    signal, case = raised
    entry = signals.judge(signal, actor=compliance, is_confirmed=True, reason="fraud_likely", note="A shop's number.")

    assert (entry.subject_type, entry.action, entry.from_status, entry.to_status) == ("signal", "confirm", "", "")
    assert signal.fingerprint.encode() in bytes(entry.body)
    assert words.read(case.account, [entry.uid]) == {(entry.uid, "note"): "A shop's number."}


def test_a_signal_is_judged_once(raised, compliance, supervisor):
    signal, _case = raised
    signals.judge(signal, actor=compliance, is_confirmed=False, reason="explained")

    with pytest.raises(Moved):
        signals.judge(signal, actor=supervisor, is_confirmed=True, reason="fraud_likely")


def test_those_without_the_role_do_not_judge(raised, agent, auditor, outsider):
    signal, _case = raised
    for somebody in (agent, auditor, outsider):
        with pytest.raises(Refused):
            signals.judge(signal, actor=somebody, is_confirmed=False, reason="explained")
        assert not Signal.objects.for_user(somebody).exists()


def test_a_reason_of_another_use_is_refused(raised, compliance):
    with pytest.raises(Invalid):
        signals.judge(raised[0], actor=compliance, is_confirmed=True, reason="explained")


@pytest.fixture
def about_supervisor(acme, account, supervisor):
    limit(acme, roles=["agent"])
    accounts.suspend(account, actor=supervisor, kind="security", reason="fraud_suspected")
    signals.look(acme)
    return Signal.objects.get()


@pytest.mark.requirement("R70")
def test_nobody_judges_what_they_did_with_another_login_either(acme, about_supervisor, supervisor):
    twin = factories.make_user("twin", (acme, "compliance"), person=supervisor.person)
    for somebody in (supervisor, twin):
        with pytest.raises(Refused):
            signals.judge(about_supervisor, actor=somebody, is_confirmed=False, reason="explained")


@pytest.mark.requirement("R70")
def test_the_database_holds_the_four_eyes_of_a_signal(about_supervisor, supervisor, monkeypatch):
    monkeypatch.setattr("accounts.rules.is_own_signal", lambda signal, user: False)

    with pytest.raises(DatabaseError, match="Nobody judges"), transaction.atomic():
        signals.judge(about_supervisor, actor=supervisor, is_confirmed=False, reason="explained")


@pytest.mark.parametrize(
    "change",
    [{"status": "cleared", "judged_entry": "01930000-0000-7000-8000-0000000000aa"}, {"fingerprint": "x"}],
)
def test_the_database_keeps_a_signal_as_it_was_raised(about_supervisor, change):
    with pytest.raises(DatabaseError, match="as it was raised"), transaction.atomic():
        Signal.objects.filter(pk=about_supervisor.pk).update(**change)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        Signal.objects.filter(pk=about_supervisor.pk)._raw_delete(using="default")


def test_a_signal_without_an_account_takes_a_reason_and_no_words(acme, account, agent, compliance):
    limit(acme, reveals=1, reveals_times=1)
    for _time in range(2):
        reveal.reveal(account, actor=agent, reason="member_on_phone", words="On the line.")
    signals.look(acme)
    signal = Signal.objects.get()

    with pytest.raises(Invalid):
        signals.judge(signal, actor=compliance, is_confirmed=False, reason="explained", note="Was new.")
    entry = signals.judge(signal, actor=compliance, is_confirmed=False, reason="explained")

    assert (entry.account_id, entry.client_id) == (None, acme.pk)


def test_history_that_was_imported_raises_nothing(acme, scoped):
    account = factories.make_account(acme)
    agent, supervisor = (factories.make_user(role, (acme, role)) for role in ("agent", "supervisor"))
    for _time in range(2):
        accounts.suspend(account, actor=agent, kind="payment", reason="non_payment", origin="import")
        case = factories.bring_to(fresh(account), "awaiting_approval", agent)
        cases.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case), origin="import")

    assert look(acme) == []
