"""Two accounts of one customer become one: nothing is lost, two people see the same, and it can be taken back."""

import json
from datetime import date, timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import personal
from accounts.errors import Invalid, Moved, Refused
from accounts.facts import digest
from accounts.ledger.verify import Totals, verify
from accounts.merge_facts import merge_facts, rows_of
from accounts.models import Account, AccountMerge, Asset, Charge, MergeDecision, StatusChange
from accounts.services import accounts, assets, erasure, merges, payments, search, staff
from reinstatements import services
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def survivor(acme):
    return factories.make_account(acme, "A-1")


@pytest.fixture
def absorbed(acme):
    return factories.make_account(acme, "A-2")


def seen(absorbed, survivor):
    return digest(merge_facts(factories.fresh(survivor), factories.fresh(absorbed)))


def log(account, count=20):
    rows = StatusChange.objects.filter(account=account).order_by("number")
    return list(rows.values_list("action", "from_status", "to_status"))[-count:]


def data(account, action):
    entry = StatusChange.objects.filter(account=account, action=action).latest("number")
    return json.loads(bytes(entry.body))["data"]


def problems(client):
    with scopes_disabled():
        return [(problem.kind, problem.what) for problem in verify(Totals(), client.pk)]


def undo(proposed, maker, decider):
    with scope(client=proposed.client_id):
        asked = merges.propose_undo(proposed, actor=maker, reason="merged_in_error")
        return merges.confirm(asked, actor=decider)


@pytest.mark.requirement("R15")
def test_a_merge_is_on_record_in_both_chains_and_no_row_is_lost(acme, absorbed, survivor, agent, supervisor, scoped):
    before = StatusChange.objects.count()

    factories.merge(absorbed, survivor, agent, supervisor)

    assert (absorbed.status, survivor.status) == ("merged", "active")
    assert log(absorbed, 3) == [
        ("propose_merge", "active", "active"),
        ("merge", "active", "merged"),
        ("cancel", "active", "cancelled"),
    ]
    assert log(survivor, 1) == [("absorb", "active", "active")]
    merged = StatusChange.objects.get(account=absorbed, action="merge")
    taken = StatusChange.objects.get(account=survivor, action="absorb")
    assert taken.caused_by == merged.uid
    assert data(survivor, "absorb")["absorbed_head"] == {"number": merged.number, "hash": bytes(merged.hash).hex()}
    assert data(survivor, "absorb")["absorbed"] == str(absorbed.pk)
    last = StatusChange.objects.get(account=survivor, number=taken.number - 1)
    assert data(absorbed, "merge")["survivor_head"] == {"number": last.number, "hash": bytes(last.hash).hex()}
    assert StatusChange.objects.count() == before + 4
    assert problems(acme) == []


def test_who_proposed_does_not_confirm_with_any_login_and_the_database_holds_it(
    acme, absorbed, survivor, supervisor, second_supervisor, scoped
):
    proposed = factories.propose_merge(absorbed, survivor, supervisor)
    twin = factories.make_user("twin", (acme, "compliance"), person=supervisor.person)

    for user in (supervisor, twin):
        with pytest.raises(Refused, match="Another person"):
            merges.confirm(proposed, actor=user)
        forged = MergeDecision(
            client=acme, merge=proposed, decision="confirmed", user=user, person_id=user.person_id, reason="x",
            facts_hash=proposed.facts_hash, entry=proposed.entry,
        )  # fmt: skip
        with pytest.raises(DatabaseError, match="does not confirm it"), transaction.atomic():
            forged.save(force_insert=True)
    merges.confirm(proposed, actor=second_supervisor)
    assert factories.fresh(absorbed).status == "merged"


def test_agents_propose_supervisors_decide_and_others_do_neither(
    absorbed, survivor, agent, auditor, contact, outsider, supervisor, acme, scoped
):
    for user in (auditor, contact, outsider):
        with pytest.raises(Refused):
            factories.propose_merge(absorbed, survivor, user)
    proposed = factories.propose_merge(absorbed, survivor, agent)
    other_agent = factories.make_user("other_agent", (acme, "agent"))
    for user in (other_agent, auditor, contact, outsider):
        with pytest.raises(Refused):
            merges.confirm(proposed, actor=user)
        with pytest.raises(Refused):
            merges.decline(proposed, actor=user, reason="merged_in_error")
    assert log(absorbed, 1) == [("propose_merge", "active", "active")]


def test_what_changed_meanwhile_is_told_and_nothing_is_merged(absorbed, survivor, agent, supervisor, scoped):
    proposed = factories.propose_merge(absorbed, survivor, agent)
    factories.charge(absorbed, "I-1", 3000)
    accounts.set_holder(survivor, {"email": "other@example.com"}, actor=agent, reason="contact_corrected")

    with pytest.raises(merges.FactsChanged) as error:
        merges.confirm(proposed, actor=supervisor)

    assert [(row["label"], row["before"], row["after"]) for row in error.value.changes] == [
        ("Is absorbed: Balance owed", "0.00 EUR", "30.00 EUR"),
        ("Is absorbed: Charges", "0", "1"),
        ("Stays: Contact data", "another version", "another version"),
    ]
    assert factories.fresh(absorbed).status == "active"


def test_a_proposal_on_what_was_not_shown_is_not_taken(absorbed, survivor, agent, scoped):
    shown = seen(absorbed, survivor)
    factories.charge(absorbed, "I-1", 3000)

    with pytest.raises(Moved, match="changed since"):
        merges.propose(absorbed, survivor, actor=agent, reason="same_customer", seen=shown)


def test_a_declined_proposal_changes_nothing_and_makes_way_for_another(absorbed, survivor, agent, supervisor, scoped):
    proposed = factories.propose_merge(absorbed, survivor, agent)
    with pytest.raises(Refused, match="waits for a decision already"):
        factories.propose_merge(absorbed, survivor, agent)

    merges.decline(proposed, actor=supervisor, reason="merged_in_error", note="They are brothers.")

    assert log(absorbed, 2) == [("propose_merge", "active", "active"), ("decline_merge", "active", "active")]
    with pytest.raises(Moved, match="decided this first: declined"):
        merges.confirm(proposed, actor=supervisor)
    again = factories.propose_merge(absorbed, survivor, agent)
    merges.decline(again, actor=agent, reason="merged_in_error")
    assert AccountMerge.objects.waiting().count() == 0


@pytest.mark.requirement("R15")
def test_no_account_is_merged_with_itself_with_a_merged_one_or_in_a_circle(
    acme, globex, absorbed, survivor, agent, supervisor, scoped
):
    third = factories.make_account(acme, "A-3")
    with pytest.raises(Invalid, match="into itself"):
        factories.propose_merge(absorbed, absorbed, agent)
    open_one = factories.propose_merge(absorbed, survivor, agent)
    with pytest.raises(Refused, match="A-2 is itself proposed"):
        factories.propose_merge(survivor, absorbed, agent)
    merges.confirm(open_one, actor=supervisor)

    with pytest.raises(Refused, match="A-2 was merged before; what it was is A-1 now"):
        factories.propose_merge(survivor, absorbed, agent)
    with pytest.raises(Refused, match="A-2 was merged before"):
        factories.propose_merge(absorbed, third, agent)
    factories.merge(survivor, third, agent, supervisor)
    assert merges.survivor_of(factories.fresh(absorbed)) == third
    with pytest.raises(Refused, match="what it was is A-3 now"):
        factories.propose_merge(third, absorbed, agent)
    foreign = factories.make_account(globex, "B-1")
    with pytest.raises(Refused, match="two clients"):
        merges.propose(third, foreign, actor=agent, reason="same_customer", seen="")
    assert problems(acme) == []


def test_open_cases_erased_people_other_currencies_and_set_ends_forbid_it(
    acme, survivor, agent, supervisor, compliance, awaiting_approval, scoped
):
    with pytest.raises(Refused, match=f"{awaiting_approval.code} on A-1001 is open"):
        factories.propose_merge(awaiting_approval.account, survivor, agent)
    dollars = factories.make_account(acme, "A-5", currency="USD")
    with pytest.raises(Refused, match="different currencies"):
        factories.propose_merge(dollars, survivor, agent)
    timed = factories.make_account(acme, "A-6")
    until = timezone.now() + timedelta(days=3)
    accounts.suspend(timed, actor=agent, kind="policy", reason="policy_breach", ends_at=until)
    with pytest.raises(Refused, match="ends at a set time"):
        factories.propose_merge(timed, survivor, agent)
    gone = factories.make_account(acme, "A-7")
    erasure.erase(gone, actor=compliance, reason="erasure_asked")
    with pytest.raises(Refused, match="was erased"):
        factories.propose_merge(gone, survivor, agent)


@pytest.mark.requirement("R15")
def test_what_is_owed_moves_with_its_days_and_comes_back(acme, absorbed, survivor, agent, supervisor, scoped):
    """30.00 due on 1 November and 20.00 on the 9th, of which 10.00 is paid: 20.00 and 20.00 are left."""
    factories.charge(absorbed, "I-1", 3000, due_on=date(2026, 11, 1))
    factories.charge(absorbed, "I-2", 2000, due_on=date(2026, 11, 9))
    payments.record(
        absorbed, actor=staff.ensure_system_user(), origin="client_system", kind="payment", external_id="P-1",
        amount_minor=1000, currency="EUR", paid_at=timezone.now(),
    )  # fmt: skip
    factories.charge(survivor, "I-3", 500, due_on=date(2026, 11, 20))

    proposed = factories.merge(absorbed, survivor, agent, supervisor)

    assert (absorbed.balance_minor, survivor.balance_minor) == (0, 4500)
    rows = Charge.objects.filter(account=survivor).order_by("due_on").values_list("due_on", "amount_minor")
    assert list(rows) == [(date(2026, 11, 1), 2000), (date(2026, 11, 9), 2000), (date(2026, 11, 20), 500)]
    assert (absorbed.overdue_since, survivor.overdue_since) == (None, date(2026, 11, 1))
    assert {"amount_minor": 4000, "balance_before": 500, "balance_after": 4500}.items() <= data(
        survivor, "absorb"
    ).items()
    assert {"balance_before": 4000, "balance_after": 0, "currency": "EUR"}.items() <= data(absorbed, "merge").items()

    undo(proposed, agent, supervisor)

    for account in (absorbed, survivor):
        account.refresh_from_db()
    assert (absorbed.balance_minor, survivor.balance_minor) == (4000, 500)
    assert (absorbed.overdue_since, survivor.overdue_since) == (date(2026, 11, 1), date(2026, 11, 20))
    assert problems(acme) == []


@pytest.mark.requirement("R15")
def test_an_undone_merge_gives_back_the_status_that_was_and_no_better_one(
    acme, absorbed, survivor, agent, supervisor, second_supervisor, scoped
):
    factories.suspend(absorbed, kind="security", reason="fraud_suspected")
    proposed = factories.merge(absorbed, survivor, agent, supervisor)
    asked = merges.propose_undo(proposed, actor=supervisor, reason="merged_in_error")
    with pytest.raises(Refused, match="Another person"):
        merges.confirm(asked, actor=supervisor)

    merges.confirm(asked, actor=second_supervisor)

    absorbed.refresh_from_db()
    assert absorbed.status == "suspended"
    assert absorbed.is_stopped
    assert log(absorbed, 2) == [("propose_unmerge", "merged", "merged"), ("unmerge", "merged", "suspended")]
    assert log(survivor, 1) == [("release", "active", "active")]
    assert problems(acme) == []
    # What it was suspended for is still what a case is about, and the suspension can still be given an end.
    case = factories.bring_to(absorbed, "draft", agent)
    assert case.stopped_reason == "fraud_suspected"
    until = timezone.now() + timedelta(days=3)
    accounts.change_suspension(absorbed, actor=agent, reason="policy_breach", ends_at=until)
    assert factories.fresh(absorbed).next_change_at == until
    with pytest.raises(Refused, match="undone already"):
        merges.propose_undo(proposed, actor=agent, reason="merged_in_error")


def test_a_better_status_than_before_is_refused_by_the_database(absorbed, survivor, agent, supervisor, scoped):
    factories.suspend(absorbed)
    proposed = factories.merge(absorbed, survivor, agent, supervisor)
    asked = merges.propose_undo(proposed, actor=agent, reason="merged_in_error")

    with (
        pytest.raises(DatabaseError, match="comes back as what it was"),
        transaction.atomic(),
        merges.both(survivor, absorbed, actor=supervisor) as (_stays, goes),
    ):
        goes.record(
            goes.account.unmerge_to_active,
            reason="merged_in_error",
            case_hash=asked.facts_hash,
            before=merges.decision(asked, goes, "confirmed", "merged_in_error"),
        )


def test_memberships_end_with_a_merge_and_begin_anew_when_it_is_undone(absorbed, survivor, agent, supervisor, scoped):
    kept = survivor.memberships.get()
    proposed = factories.merge(absorbed, survivor, agent, supervisor)
    assert absorbed.memberships.get().status == "cancelled"
    assert [row.status for row in survivor.memberships.all()] == ["active"]

    undo(proposed, agent, supervisor)

    assert sorted(absorbed.memberships.values_list("status", flat=True)) == ["active", "cancelled"]
    assert list(survivor.memberships.all()) == [kept]
    opened = StatusChange.objects.filter(account=absorbed, subject_type="membership", action="open").latest("number")
    told = json.loads(bytes(opened.body))["data"]
    assert (told["plan"]["name"], told["restores"]) == ("Basic", str(absorbed.memberships.get(status="cancelled").pk))


def test_an_undo_is_asked_for_within_the_clients_window(acme, absorbed, survivor, agent, supervisor, scoped):
    proposed = factories.merge(absorbed, survivor, agent, supervisor)

    late = timezone.now() + timedelta(days=14, minutes=1)
    with time_machine.travel(late, tick=True), pytest.raises(Refused, match="is over"):
        merges.propose_undo(proposed, actor=agent, reason="merged_in_error")
    with time_machine.travel(timezone.now() + timedelta(days=13, hours=23), tick=True):
        undo(proposed, agent, supervisor)
    assert factories.fresh(absorbed).status == "active"


def test_a_chain_is_undone_from_its_end(acme, absorbed, survivor, agent, supervisor, scoped):
    third = factories.make_account(acme, "A-3")
    first = factories.merge(absorbed, survivor, agent, supervisor)
    second = factories.merge(survivor, third, agent, supervisor)

    with pytest.raises(Refused, match="A-1 was itself merged into A-3 since"):
        merges.propose_undo(first, actor=agent, reason="merged_in_error")
    undo(second, agent, supervisor)
    undo(first, agent, supervisor)
    statuses = Account.objects.order_by("number").values_list("number", "status")
    assert list(statuses) == [("A-1", "active"), ("A-2", "active"), ("A-3", "active")]
    again = factories.merge(absorbed, third, agent, supervisor)
    assert list(AccountMerge.objects.standing()) == [again]
    assert problems(acme) == []


NUMBER, LOGIN = "+49 1512 3456789", "maria@example.com"


def uses(account):
    """Return what an account uses, and what of it is out of service."""
    return [(words, is_out) for _row, words, is_out in assets.told(factories.fresh(account), whole=True)]


@pytest.fixture
def telephone(absorbed, survivor, agent, scoped):
    """Both accounts have one login, and the one that is absorbed a number."""
    why = {"actor": agent, "reason": "member_moved"}
    for account in (absorbed, survivor):
        assets.add(account, kind="software_login", identifier=LOGIN, **why)
    return assets.add(absorbed, kind="mobile_number", identifier=NUMBER, **why)


@pytest.mark.requirement("R15", "R45")
def test_what_a_customer_uses_goes_over_stops_with_the_survivor_and_comes_back_when_it_is_undone(
    acme, absorbed, survivor, agent, supervisor, telephone
):
    proposed = factories.merge(absorbed, survivor, agent, supervisor)

    assert uses(absorbed) == []
    assert uses(survivor) == [(NUMBER, False), (LOGIN, False)]
    found = search.find(agent, NUMBER)
    assert [account.number for account in found.accounts] == ["A-1"]
    factories.suspend(survivor)
    assert uses(survivor) == [(NUMBER, True), (LOGIN, True)]

    undo(proposed, agent, supervisor)

    assert uses(absorbed) == [(NUMBER, False), (LOGIN, False)]
    assert uses(survivor) == [(LOGIN, True)]
    assert problems(acme) == []


@pytest.mark.requirement("R15", "R45")
def test_what_was_out_of_service_is_so_with_the_survivor_until_that_is_reinstated(
    acme, absorbed, survivor, agent, supervisor, second_supervisor, telephone
):
    factories.suspend(absorbed)
    facts = merge_facts(factories.fresh(survivor), factories.fresh(absorbed))
    holders = (personal.holder(survivor), personal.holder(absorbed))
    shown = {label: (stays, goes) for label, stays, goes, _differ in rows_of(facts, *holders)}
    assert shown["Numbers, logins, contracts"] == (
        "Software login",
        "Software login (out of service), Mobile number (out of service)",
    )

    factories.merge(absorbed, survivor, agent, supervisor)

    assert uses(survivor) == [(NUMBER, True), (LOGIN, False)]
    factories.suspend(survivor)
    case = factories.bring_to(factories.fresh(survivor), "awaiting_approval", agent)
    services.approve(case, actor=second_supervisor, reason="paid", seen=factories.seen(case))
    assert uses(survivor) == [(NUMBER, False), (LOGIN, False)]


def test_what_was_removed_from_the_survivor_meanwhile_does_not_come_back(
    acme, absorbed, survivor, agent, supervisor, telephone
):
    proposed = factories.merge(absorbed, survivor, agent, supervisor)
    carried = Asset.objects.in_use().get(account=survivor, kind="mobile_number")
    assets.remove(carried, actor=agent, reason="member_moved")

    undo(proposed, agent, supervisor)

    assert uses(absorbed) == [(LOGIN, False)]
    assert problems(acme) == []


def test_more_than_an_account_may_have_is_not_merged(absorbed, survivor, agent, telephone, monkeypatch):
    monkeypatch.setattr(assets, "MOST", 2)
    with pytest.raises(Refused, match="more than 2 numbers"):
        factories.propose_merge(absorbed, survivor, agent)
