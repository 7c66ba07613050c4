"""Taking a reinstatement back: suspended again for what it was suspended for, by somebody else, once."""

import json

import pytest
from django.db import DatabaseError, transaction
from django_scopes import scope

from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, Membership, OutboxEvent, Payment, Restriction, StatusChange
from accounts.services import accounts
from notifications import tasks
from notifications.models import Delivery
from reinstatements import services
from reinstatements.models import Reversal
from tests import factories


@pytest.fixture
def completed(acme, awaiting_approval, supervisor):
    with scope(client=acme.pk):
        seen = factories.seen(awaiting_approval)
        services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=seen)
        awaiting_approval.refresh_from_db()
        yield awaiting_approval


def take_back(case, actor, **words):
    return services.reverse(case, actor=actor, **{"reason": "decided_in_error", "note": "Forged receipt.", **words})


def account_of(case):
    return Account.objects.get(pk=case.account_id)


@pytest.mark.requirement("R13", "R47")
def test_the_account_is_suspended_again_with_its_restriction_and_its_debt(completed, compliance):
    entry = take_back(completed, compliance)

    account = account_of(completed)
    assert (account.status, account.balance_minor) == ("suspended", 8420)
    open_now = Restriction.objects.filter(account=account, lifted_at=None)
    assert list(open_now.values_list("kind", "reason")) == [("payment", "non_payment")]
    back = StatusChange.objects.get(account=account, subject_type="account", action="reinstate")
    assert entry.caused_by == back.uid
    again = (
        StatusChange.objects.filter(account=account, action="suspend", subject_type="account").order_by("number").last()
    )
    assert again.caused_by == entry.uid
    assert json.loads(bytes(again.body))["data"]["balance_after"] == 8420
    money = Payment.objects.filter(account=account).order_by("kind").values_list("kind", "amount_minor")
    assert list(money) == [("chargeback", 8420), ("payment", 8420)]


@pytest.mark.requirement("R13")
def test_memberships_stop_with_it_and_the_record_verifies(acme, completed, compliance):
    before = set(Membership.objects.values_list("status", flat=True))
    take_back(completed, compliance)

    assert (before, set(Membership.objects.values_list("status", flat=True))) == ({"active"}, {"suspended"})
    assert list(verify(Totals(), acme.pk)) == []


def test_each_of_several_restrictions_stands_again(acme, agent, supervisor, compliance):
    with scope(client=acme.pk):
        account = factories.make_account(acme, "A-2")
        accounts.hold(account, actor=agent, reason="non_payment")
        accounts.suspend(account, actor=agent, kind="policy", reason="policy_breach")
        case = factories.bring_to(Account.objects.get(pk=account.pk), "awaiting_approval", agent)
        services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
        case.refresh_from_db()
        take_back(case, compliance)

        open_now = Restriction.objects.filter(account=account, lifted_at=None).order_by("kind")
        assert list(open_now.values_list("kind", "reason")) == [("payment", "non_payment"), ("policy", "policy_breach")]
        assert open_now.values("opened_entry").distinct().count() == 2
        assert list(verify(Totals(), acme.pk)) == []


@pytest.mark.requirement("R47")
def test_neither_participants_nor_approvers_take_it_back_with_any_login(acme, completed, agent, supervisor):
    twin = factories.make_user("twin", (acme, "compliance"), person=supervisor.person)
    for somebody in (agent, supervisor, twin):
        with pytest.raises(Refused):
            take_back(completed, somebody)


@pytest.mark.requirement("R47")
def test_the_database_holds_the_four_eyes_of_a_reversal(completed, supervisor, monkeypatch):
    monkeypatch.setattr("reinstatements.rules.can_reverse", lambda case, user: True)

    with pytest.raises(DatabaseError, match="does not take it back"), transaction.atomic():
        take_back(completed, supervisor)

    assert account_of(completed).status == "active"


def test_the_outsider_and_those_without_the_role_take_nothing_back(completed, outsider, auditor, contact):
    for somebody in (outsider, auditor, contact):
        with pytest.raises(Refused):
            take_back(completed, somebody)


def test_it_is_taken_back_once(completed, compliance, second_supervisor):
    take_back(completed, compliance)

    with pytest.raises(Moved):
        take_back(completed, second_supervisor)
    with pytest.raises(DatabaseError), transaction.atomic():
        Reversal.objects.all().delete()


def test_nothing_is_taken_back_where_the_status_was_set_anew(completed, agent, compliance):
    accounts.suspend(account_of(completed), actor=agent, kind="security", reason="fraud_suspected")

    with pytest.raises(Moved):
        take_back(completed, compliance)


def test_a_case_that_is_not_completed_is_not_taken_back(acme, awaiting_approval, compliance):
    with scope(client=acme.pk), pytest.raises(Moved):
        take_back(awaiting_approval, compliance)


@pytest.mark.parametrize("words", [{"note": " "}, {"reason": "paid"}])
def test_a_reason_of_the_list_and_words_are_asked_for(completed, compliance, words):
    with pytest.raises(Invalid):
        take_back(completed, compliance, **words)


@pytest.mark.django_db(transaction=True)
def test_the_member_who_was_told_is_told_again(completed, compliance):
    take_back(completed, compliance)
    tasks.relay()

    told = Delivery.objects.filter(event_name="reinstatement.reversed")
    assert list(told.values_list("status", "language")) == [("pending", "de")]
    assert OutboxEvent.objects.filter(name="account.suspended", account=completed.account).count() == 1


@pytest.mark.requirement("R13")
def test_the_button_stands_on_the_page_of_a_completed_case(client, completed, compliance):
    client.force_login(compliance)
    url = completed.get_absolute_url()
    before = client.get(url).content.decode()
    assert ("Take this reinstatement back" in before, "took this reinstatement back" in before) == (True, False)

    empty = client.post(f"{url}reverse/", {"reason": "", "note": ""})
    done = client.post(f"{url}reverse/", {"reason": "decided_in_error", "note": "Forged receipt."})

    assert (empty.status_code, done.status_code, done["Location"]) == (400, 302, url)
    page = client.get(url).content.decode()
    assert ("Reinstatement taken back" in page, "Take this reinstatement back" in page) == (True, False)
    assert f"{compliance} took this reinstatement back on" in page


def test_the_page_says_why_an_approver_may_not(client, completed, supervisor):
    client.force_login(supervisor)

    page = client.get(completed.get_absolute_url()).content.decode()

    assert "You approved this case, so taking it back is for somebody else." in page
    assert (
        client.post(f"{completed.get_absolute_url()}reverse/", {"reason": "decided_in_error", "note": "x"}).status_code
        == 403
    )
