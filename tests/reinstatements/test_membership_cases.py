"""A membership that stopped alone comes back by a case of its own: the same four eyes, and nothing else with it."""

import json
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import OutboxEvent, Plan, Restriction, StatusChange
from accounts.services import accounts, memberships
from reinstatements import services
from reinstatements.facts import case_facts
from reinstatements.models import ReinstatementRequest
from tests import factories
from tests.house.doors.forging import forge

WANTED = {"resume_reason": "identity_confirmed", "statement": "Asked at the desk to come back."}


@pytest.fixture
def membership(acme, agent, scoped, time_machine):
    """Suspended alone on February 10, a month's term from January 31 on; now it is February 12."""
    time_machine.move_to(datetime(2027, 1, 31, 9, tzinfo=UTC), tick=False)
    account = factories.make_account(acme, time_zone="Europe/Berlin")
    sold = {"name": "Gym", "price_minor": 3100, "currency": "EUR", "entitlements": ["Gym", "Sauna"]}
    plan = Plan.objects.create(client=acme, code="gym", **sold)
    row = memberships.add(account, plan, actor=agent, begins="active", reason="agreed", initiator="member")
    time_machine.move_to(datetime(2027, 2, 10, 9, tzinfo=UTC), tick=False)
    memberships.suspend(row, actor=agent, kind="policy", reason="policy_breach")
    time_machine.move_to(datetime(2027, 2, 12, 9, tzinfo=UTC), tick=False)
    row.refresh_from_db()
    return row


def opened(membership, agent, **fields):
    return services.open_case(membership.account, membership=membership, actor=agent, **(WANTED | fields))


def sent(membership, agent):
    case = opened(membership, agent)
    services.submit(case, actor=agent)
    services.start(case, actor=agent)
    factories.meet_all(case, agent)
    services.send_for_approval(case, actor=agent)
    case.refresh_from_db()
    return case


def approve(case, supervisor, seen=None):
    return services.approve(case, actor=supervisor, reason="paid", seen=seen or factories.seen(case))


@pytest.mark.requirement("R12", "R13", "R21", "R23", "R24", "R25")
def test_approving_brings_back_the_membership_alone_and_lifts_what_stood_in_its_way(membership, agent, supervisor):
    case = sent(membership, agent)
    facts = case_facts(ReinstatementRequest.objects.select_related("account", "policy").get(pk=case.pk))
    assert (case.kind, case.stopped_status, case.stopped_reason) == ("service_plan", "suspended", "policy_breach")
    assert facts["plan"]["price_minor"] == 3100
    assert facts["effects"] == [
        {
            "effect": "membership",
            "id": str(membership.pk),
            "plan": "Gym",
            "from": "suspended",
            "price_minor": 3100,
            "currency": "EUR",
            "cycle": "month",
            "entitlements": ["Gym", "Sauna"],
            "to": "active",
            "new_term": False,
            "ends_on": "2027-02-27",
        },
        {"effect": "lift", "kind": "policy"},
        {"effect": "message", "event": "reinstated", "channel": "email", "language": "de"},
    ]

    approve(case, supervisor)

    membership.refresh_from_db()
    assert (membership.status, str(membership.ends_on)) == ("active", "2027-02-27")
    told = StatusChange.objects.order_by("-number").values_list("subject_type", "action", "from_status", "to_status")
    assert list(told[:3]) == [
        ("reinstatement", "complete", "approved", "completed"),
        ("membership", "reinstate", "suspended", "active"),
        ("reinstatement", "approve", "awaiting_approval", "approved"),
    ]
    data = json.loads(bytes(StatusChange.objects.get(action="reinstate").body))["data"]
    assert (data["plan"]["name"], data["stopped"]["status"], data["reactivated_on"]) == (
        *("Gym", "suspended"),
        "2027-02-12",
    )
    assert not Restriction.objects.of_membership(membership).exists()
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R12")
def test_a_cancelled_membership_begins_a_new_term_when_its_old_one_is_over(membership, agent, supervisor, time_machine):
    memberships.cancel(membership, actor=agent, reason="too_expensive", initiator="member")
    case = opened(membership, agent)
    assert (case.kind, case.stopped_status) == ("service_plan", "cancelled")
    services.withdraw(case, actor=agent, reason="not_wanted")
    time_machine.move_to(datetime(2027, 4, 5, 9, tzinfo=UTC), tick=False)

    case = sent(membership, agent)
    assert case_facts(case)["effects"][0]["new_term"] is True
    approve(case, supervisor)

    membership.refresh_from_db()
    assert (membership.status, str(membership.term_starts_on), str(membership.ends_on)) == (
        *("active", "2027-04-05"),
        "2027-05-04",
    )
    assert list(verify(Totals())) == []


def test_whoever_asked_does_not_decide_and_a_changed_case_is_not_decided(membership, agent, supervisor):
    case = sent(membership, agent)
    old = factories.seen(case)
    both = factories.make_user("both", (membership.client, "supervisor"), person=agent.person)
    with pytest.raises(Refused):
        approve(case, both)
    accounts.suspend(membership.account, actor=agent, kind="policy", reason="policy_breach")
    with pytest.raises(Moved):
        approve(case, supervisor, old)
    with pytest.raises((Refused, Moved)):
        approve(case, supervisor)
    membership.refresh_from_db()
    assert membership.status == "suspended"


def test_one_open_case_a_membership_and_none_for_what_is_in_service(membership, agent, acme):
    case = opened(membership, agent)
    with pytest.raises(Moved, match=case.code):
        opened(membership, agent)
    basic = membership.account.memberships.exclude(pk=membership.pk).get()
    with pytest.raises(Invalid, match="This membership is active"):
        opened(basic, agent)
    factories.suspend(membership.account)
    services.open_case(membership.account, actor=agent, **WANTED)
    services.withdraw(case, actor=agent, reason="not_wanted")
    with pytest.raises(Invalid, match="The account is suspended"):
        opened(membership, agent)


def test_a_case_about_a_membership_brings_back_nothing_else(membership, agent, supervisor, acme):
    case = sent(membership, agent)
    other = Plan.objects.create(client=acme, code="pool", name="Pool", price_minor=900, currency="EUR")
    start = {"reason": "agreed", "initiator": "member"}
    second = memberships.add(membership.account, other, actor=agent, begins="active", **start)
    memberships.suspend(second, actor=agent, kind="policy", reason="policy_breach")
    approve(case, supervisor)
    second.refresh_from_db()
    assert second.status == "suspended"
    approved = StatusChange.objects.get(action="approve")
    with pytest.raises(DatabaseError, match=r"case brings back|brings back that one only"), transaction.atomic():
        forge(second, supervisor, "suspended", "active", action="reinstate", caused_by=("entry", approved.uid))


def test_the_page_of_a_membership_leads_to_its_case(membership, agent, outsider, client):
    client.force_login(agent)
    url = reverse("membership_case_open", args=[membership.pk])
    assert url in client.get(membership.get_absolute_url()).content.decode()
    page = client.get(url).content.decode()
    assert "Policy Breach" in page
    answer = client.post(url, WANTED)
    case = ReinstatementRequest.objects.get(membership=membership)
    assert (answer.status_code, answer["Location"]) == (302, case.get_absolute_url())
    assert case.status == "in_verification"
    page = client.get(case.get_absolute_url()).content.decode()
    assert membership.get_absolute_url() in page
    assert "Gym, €31.00 per month" in page or "31.00" in page
    assert case.get_absolute_url() in client.get(membership.get_absolute_url()).content.decode()
    client.force_login(outsider)
    assert client.get(url).status_code == 404


@pytest.fixture
def returned(membership, agent, supervisor):
    case = sent(membership, agent)
    approve(case, supervisor)
    case.refresh_from_db()
    membership.refresh_from_db()
    return case


def take_back(case, actor):
    return services.reverse(case, actor=actor, reason="decided_in_error", note="The wrong member was asked.")


@pytest.mark.requirement("R13", "R47")
def test_taking_it_back_suspends_the_membership_alone_with_its_restriction(returned, membership, compliance):
    entry = take_back(returned, compliance)

    membership.refresh_from_db()
    account = membership.account
    account.refresh_from_db()
    assert (membership.status, account.status, account.balance_minor) == ("suspended", "active", 0)
    first, again = Restriction.objects.filter(membership=membership).order_by("opened_at")
    assert (first.lifted_at is None, again.kind, again.reason, again.lifted_at) == (
        False,
        "policy",
        "policy_breach",
        None,
    )
    suspended = StatusChange.objects.get(uid=again.opened_entry)
    data = json.loads(bytes(suspended.body))["data"]
    assert (suspended.subject_id, suspended.caused_by, data["restores"]) == (membership.pk, entry.uid, str(first.pk))
    told = OutboxEvent.objects.filter(entry=suspended.uid).values_list("name", flat=True)
    assert sorted(told) == ["billing.instruction", "membership.suspend"]
    assert list(account.memberships.exclude(pk=membership.pk).values_list("status", flat=True)) == ["active"]
    assert list(verify(Totals())) == []


@pytest.mark.requirement("R47")
def test_a_membership_is_taken_back_once_and_by_another_person(returned, agent, supervisor, compliance, outsider):
    for somebody in (agent, supervisor, outsider):
        with pytest.raises(Refused):
            take_back(returned, somebody)
    take_back(returned, compliance)
    with pytest.raises(Moved):
        take_back(returned, compliance)


def test_nothing_is_taken_back_where_the_membership_has_gone_on(returned, membership, agent, compliance):
    memberships.pause(membership, actor=agent, reason="away", initiator="member")
    with pytest.raises(Moved, match="set anew"):
        take_back(returned, compliance)


def test_nothing_is_taken_back_where_the_term_is_over_by_itself(returned, membership, agent, compliance, time_machine):
    memberships.set_renewal(membership, auto_renew=False, actor=agent, reason="agreed", initiator="member")
    time_machine.move_to(datetime(2027, 4, 12, 9, tzinfo=UTC), tick=False)
    with pytest.raises(Moved, match="set anew"):
        take_back(returned, compliance)


def test_a_membership_that_comes_back_again_after_it_was_taken_back(
    returned, membership, agent, supervisor, compliance
):
    take_back(returned, compliance)
    membership.refresh_from_db()
    case = sent(membership, agent)
    approve(case, supervisor)

    membership.refresh_from_db()
    assert membership.status == "active"
    assert not Restriction.objects.of_membership(membership).exists()
    assert list(verify(Totals())) == []


def test_the_page_takes_a_membership_back(client, returned, membership, compliance):
    client.force_login(compliance)
    url = returned.get_absolute_url()
    assert "The membership is suspended again" in client.get(url).content.decode()

    done = client.post(f"{url}reverse/", {"reason": "decided_in_error", "note": "The wrong member."})

    assert (done.status_code, done["Location"]) == (302, url)
    membership.refresh_from_db()
    assert membership.status == "suspended"
