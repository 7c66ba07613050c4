"""Deciding in somebody's place: dated, one step, never back to who worked on the case, both names on record."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import delegated
from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Delegation, StatusChange, User
from accounts.services import delegations, roles, staff
from reinstatements import rules, services
from reinstatements.models import Approval, ReinstatementRequest
from reinstatements.queues import QUEUES
from reinstatements.services.eligibility import Deciders
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")


@pytest.fixture
def colleague(acme):
    return factories.make_user("colleague", (acme, "agent"))


def again(user):
    """A login as the next request reads it."""
    return User.objects.get(pk=user.pk)


def approve(case, actor):
    return services.approve(case, actor=again(actor), reason="paid", seen=factories.seen(case))


@pytest.mark.requirement("R58")
def test_both_names_stand_with_a_decision_in_somebody_s_place(
    awaiting_approval, acme, supervisor, colleague, client, compliance
):
    given = factories.delegation(acme, supervisor, colleague)
    client.force_login(colleague)
    assert list(QUEUES["for-others"].cases(again(colleague))) == [awaiting_approval]
    page = client.get(awaiting_approval.get_absolute_url())
    assert "You decide in the place of supervisor." in page.content.decode()
    desk = page.context["decide"]
    sent = {"facts": desk.facts_text, "opened": desk.page.opened_at, "reason": "paid"}
    assert client.post(reverse("case_approve", args=[awaiting_approval.code]), sent).status_code == 302

    row = Approval.objects.get(case=awaiting_approval)
    assert (row.user, row.role, row.delegation, row.delegation.giver) == (colleague, "supervisor", given, supervisor)
    entries = StatusChange.objects.filter(account=awaiting_approval.account, action__in=["approve", "reinstate"])
    assert {(entry.actor, entry.on_behalf) for entry in entries} == {(colleague, supervisor)}
    assert "colleague for supervisor" in client.get(awaiting_approval.get_absolute_url()).content.decode()
    client.force_login(compliance)
    assert "for supervisor" in client.get(reverse("decisions")).content.decode()
    awaiting_approval.account.refresh_from_db()
    assert awaiting_approval.account.status == "active"
    assert list(verify(Totals())) == []


def test_nobody_decides_before_it_begins_after_it_ended_or_once_the_giver_has_no_role(
    awaiting_approval, acme, supervisor, colleague, time_machine
):
    begins = timezone.now() + timedelta(hours=1)
    row = factories.delegation(acme, supervisor, colleague, starts_at=begins, ends_at=begins + timedelta(hours=8))
    refused(awaiting_approval, colleague)
    time_machine.move_to(begins + timedelta(minutes=1))
    assert rules.can_decide_level(awaiting_approval, again(colleague), "supervisor")
    roles.end(supervisor, acme, "supervisor", actor=staff.ensure_system_user())
    refused(awaiting_approval, colleague)
    roles.grant(supervisor, acme, "supervisor", actor=staff.ensure_system_user())
    assert rules.can_decide_level(awaiting_approval, again(colleague), "supervisor")
    delegations.end(row, actor=again(supervisor))
    refused(awaiting_approval, colleague)
    with pytest.raises(Moved):
        delegations.end(row, actor=again(supervisor))


def refused(case, actor):
    fresh = again(actor)
    assert not rules.can_decide_level(case, fresh, "supervisor")
    assert list(QUEUES["for-others"].cases(fresh)) == []
    with pytest.raises(Refused):
        approve(case, actor)


def test_it_is_one_step_long(acme, supervisor, colleague, compliance, auditor, contact, administrator):
    factories.delegation(acme, supervisor, colleague)
    third = factories.make_user("third", (acme, "agent"))
    for giver, taker, problem in (
        (colleague, third, Refused),  # what they have by delegation only
        (supervisor, factories.make_user("same", (acme, "agent"), person=supervisor.person), Invalid),
        (supervisor, auditor, Invalid),
        (supervisor, contact, Invalid),
        (supervisor, administrator, Invalid),
        (supervisor, factories.make_user("stranger"), Invalid),
        (supervisor, third, Invalid),  # somebody does at that time already
    ):
        with pytest.raises(problem):
            factories.delegation(acme, again(giver), again(taker))
    forged = {"client": acme, "starts_at": timezone.now(), "ends_at": timezone.now() + timedelta(days=1)}
    with pytest.raises(DatabaseError, match="granted the role"), transaction.atomic():
        Delegation.objects.create(giver=colleague, taker=third, role="supervisor", entry=third.pk, **forged)
    with pytest.raises(DatabaseError, match="stays as it was given"), transaction.atomic():
        Delegation.objects.update(taker=third)


def test_it_is_never_back_to_who_worked_on_the_case_nor_from_them(
    awaiting_approval, acme, agent, supervisor, colleague
):
    factories.delegation(acme, supervisor, agent)
    refused(awaiting_approval, agent)
    # The maker is a supervisor meanwhile, and lets a colleague stand in.
    roles.end(agent, acme, "agent", actor=staff.ensure_system_user())
    roles.grant(agent, acme, "supervisor", actor=staff.ensure_system_user())
    row = factories.delegation(acme, again(agent), colleague)
    refused(awaiting_approval, colleague)
    given = Approval(client_id=acme.pk, case=awaiting_approval, level=0, role="supervisor", delegation=row)
    given.user, given.person, given.entry = colleague, colleague.person, awaiting_approval.pk
    given.decision, given.reason, given.case_hash, given.facts = "approved", "paid", "0" * 64, {}
    with pytest.raises(DatabaseError, match="took part in the case"), transaction.atomic():
        given.save(force_insert=True)


def test_one_pair_of_eyes_is_counted_once(acme, supervisor, second_supervisor, agent, colleague):
    policy = services.policies.Policy.objects.get(client=acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"levels": [{"role": "supervisor", "count": 2}]})
    case = factories.bring_to(
        factories.suspend(factories.make_account(acme, balance_minor=8420)), "awaiting_approval", agent
    )
    factories.delegation(acme, supervisor, colleague)
    approve(case, colleague)
    with pytest.raises(Refused):
        approve(case, supervisor)
    approve(case, second_supervisor)
    assert factories.fresh(case).status == "completed"


def test_the_rule_and_the_list_agree(awaiting_approval, acme, supervisor, colleague, agent, second_supervisor):
    factories.delegation(acme, supervisor, colleague)
    for user in map(again, (colleague, agent, supervisor, second_supervisor)):
        listed = list(ReinstatementRequest.objects.decidable_for_others(user, timezone.now()))
        stands = rules.stands_in(awaiting_approval, user, "supervisor") and rules.can_decide(awaiting_approval, user)
        assert listed == ([awaiting_approval] if stands else []), user


def disagreeing(case, people):
    """Return who is listed the case without deciding it by the rule, and who decides it without being listed."""
    found = []
    for user in map(again, people):
        fresh = factories.fresh(case)
        rows = ReinstatementRequest.objects
        listed = case in rows.decidable_by(user) or case in rows.decidable_for_others(user, timezone.now())
        if listed != rules.can_decide_level(fresh, user, fresh.level_role):
            found.append((user.username, listed))
    return found


@pytest.mark.requirement("R58")
def test_the_lists_agree_with_the_rule_through_the_levels_and_rounds_of_a_case(
    acme, supervisor, second_supervisor, compliance, agent, colleague
):
    third = factories.make_user("third", (acme, "agent"))
    people = (supervisor, second_supervisor, compliance, agent, colleague, third)
    policy = services.policies.Policy.objects.get(client=acme, kind="payment")
    levels = [{"role": "supervisor", "count": 2}, {"role": "compliance", "count": 1}]
    factories.put_in_force(policy, policy.rules | {"levels": levels})
    roles.grant(supervisor, acme, "compliance", actor=staff.ensure_system_user())
    case = factories.bring_to(
        factories.suspend(factories.make_account(acme, balance_minor=8420)), "awaiting_approval", agent
    )
    factories.delegation(acme, again(supervisor), colleague)
    factories.delegation(acme, again(supervisor), third, "compliance")
    assert disagreeing(case, people) == []
    approve(case, colleague)  # for supervisor, whose eyes are used up at every level
    assert disagreeing(case, people) == []
    approve(case, second_supervisor)
    assert factories.fresh(case).level_role == "compliance"
    assert disagreeing(case, people) == []

    # What was approved in an earlier round keeps nobody away from this one.
    seen = factories.seen(case)
    services.send_back(
        factories.fresh(case), actor=again(compliance), reason="evidence_unclear", seen=seen, note="Which slip?"
    )
    services.send_for_approval(factories.fresh(case), actor=again(agent))
    assert disagreeing(case, people) == []
    assert case in ReinstatementRequest.objects.decidable_for_others(again(colleague), timezone.now())

    # Nor does somebody whose own training has run out lend their place.
    factories.ask_for_training(acme, "supervisor")
    assert disagreeing(case, people) == []
    assert not ReinstatementRequest.objects.decidable_for_others(again(colleague), timezone.now())


def test_a_case_climbs_where_those_who_are_left_are_one_pair_of_eyes(
    acme, supervisor, second_supervisor, agent, colleague
):
    policy = services.policies.Policy.objects.get(client=acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"levels": [{"role": "supervisor", "count": 2}]})
    case = factories.bring_to(
        factories.suspend(factories.make_account(acme, balance_minor=8420)), "awaiting_approval", agent
    )
    factories.delegation(acme, supervisor, colleague)
    worked = {agent.person_id}
    assert Deciders(acme.pk).lacking(case, out=worked) == {}
    # The two of a delegation are one, and nobody stands in for whoever worked on the case.
    assert Deciders(acme.pk).lacking(case, out=worked | {second_supervisor.person_id}) == {"supervisor": 1}
    assert Deciders(acme.pk).lacking(case, out=worked | {supervisor.person_id}) == {"supervisor": 1}
    approve(case, colleague)
    roles.end(second_supervisor, acme, "supervisor", actor=staff.ensure_system_user())
    assert factories.fresh(case).undecidable_since is not None


def test_a_case_does_not_climb_while_somebody_stands_in(awaiting_approval, acme, supervisor, colleague):
    factories.away(supervisor, supervisor, ends_at=timezone.now() + timedelta(days=30))
    lacking = {"supervisor": 1}
    assert Deciders(acme.pk).lacking(awaiting_approval) == lacking
    factories.delegation(acme, supervisor, colleague)
    assert Deciders(acme.pk).lacking(awaiting_approval) == {}


def test_the_page_gives_and_ends_one(client, acme, supervisor, colleague, agent, administrator):
    url = reverse("delegations")
    client.force_login(agent)
    assert client.post(url, {}).status_code == 404
    client.force_login(supervisor)
    day = timezone.localdate()
    sent = {"client": "acme", "role": "supervisor", "taker": str(colleague.pk), "starts_on": day.isoformat()}
    assert client.post(url, sent | {"ends_on": (day - timedelta(days=1)).isoformat()}).status_code == 400
    assert client.post(url, sent | {"ends_on": (day + timedelta(days=400)).isoformat()}).status_code == 400
    assert client.post(url, sent | {"ends_on": (day + timedelta(days=3)).isoformat()}).status_code == 302
    row = Delegation.objects.get()
    assert (row.giver, row.taker, row.role) == (supervisor, colleague, "supervisor")
    assert [str(found.giver) for found in delegated.of(again(colleague))] == ["supervisor"]

    stop = reverse("delegation_end", args=[row.pk])
    client.force_login(agent)
    assert client.post(stop).status_code == 403
    client.force_login(administrator)
    assert client.post(stop).status_code == 302
    with scopes_disabled():
        chain = StatusChange.objects.filter(client=acme, action__in=["delegate", "end_delegation"]).order_by("number")
        assert [(entry.action, entry.actor, entry.subject_id) for entry in chain] == [
            ("delegate", supervisor, colleague.pk),
            ("end_delegation", administrator, colleague.pk),
        ]
