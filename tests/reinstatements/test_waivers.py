"""A check that a case goes without: asked for by one, granted by another, and decided by a third."""

import pytest
from django.urls import reverse
from django_scopes import scope

from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Restriction
from reinstatements import facts, services
from reinstatements.models import Check, Policy, Waiver
from tests import factories

CODE = "payment_received"
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(acme, suspended, agent):
    """A case whose policy lets a compliance officer waive the payment where less than 100 EUR are owed."""
    with scope(client=acme.pk):
        policy = Policy.objects.get(client=acme, kind="payment")
    below = [{"fact": "owed_minor", "is": "below", "value": 10_000}]
    factories.put_in_force(policy, policy.rules | {"waivers": [{"check": CODE, "role": "compliance", "when": below}]})
    return factories.bring_to(suspended, "in_verification", agent)


@pytest.fixture
def asked(scoped, case, agent):
    services.ask_waiver(case, CODE, actor=agent, note="Charged back by mistake; the bank pays on Monday.")
    return case


def outcome(case, code=CODE):
    return Check.objects.get(case=case, code=code).outcome


def meet_the_others(case, agent):
    for check in case.checks.exclude(code=CODE):
        proof, evidence = factories.EVIDENCE[check.code]
        services.record_check(case, check.code, actor=agent, outcome="met", facts=proof, evidence=evidence)


@pytest.mark.requirement("R31")
def test_a_case_whose_payment_is_waived_is_approved_and_what_is_owed_stays_owed(
    asked, agent, compliance, supervisor, acme
):
    services.grant_waiver(asked, CODE, actor=compliance, note="The chargeback is ours.")
    meet_the_others(asked, agent)
    case = services.send_for_approval(asked, actor=agent)
    now = facts.case_facts(case)
    assert now["risk"] == {"level": "elevated", "reasons": ["check_waived"]}
    assert {"effect": "balance", "from": 8420, "to": 8420} in now["effects"]

    case = services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))

    account = type(case.account).objects.get(pk=case.account_id)
    assert (case.status, account.status, account.balance_minor) == ("completed", "active", 8420)
    assert not Restriction.objects.filter(account=account, lifted_at=None).exists()
    assert list(verify(Totals(), acme.pk)) == []


@pytest.mark.requirement("R31")
def test_whoever_grants_a_waiver_does_not_decide_the_case(asked, agent, acme, supervisor):
    both = factories.make_user("both", (acme, "compliance"), (acme, "supervisor"))
    services.grant_waiver(asked, CODE, actor=both)
    meet_the_others(asked, agent)
    case = services.send_for_approval(asked, actor=agent)

    with pytest.raises(Refused, match="took part"):
        services.approve(case, actor=both, reason="paid", seen=factories.seen(case))


def test_a_waiver_is_asked_for_where_the_policy_offers_one(scoped, case, agent, suspended):
    with pytest.raises(Refused, match="does not let this check be waived"):
        services.ask_waiver(case, "identity", actor=agent, note="They are known here.")
    with pytest.raises(Invalid, match="Say why"):
        services.ask_waiver(case, CODE, actor=agent, note=" ")
    type(suspended).objects.filter(pk=suspended.pk).update(balance_minor=10_000)
    with pytest.raises(Refused, match="does not let this check be waived"):
        services.ask_waiver(case, CODE, actor=agent, note="They will pay.")


def test_it_is_granted_by_the_role_that_the_policy_names_and_by_nobody_who_took_part(
    asked, agent, supervisor, outsider, acme
):
    second_login = factories.make_user("agent2", (acme, "compliance"), person=agent.person)

    for who in (agent, supervisor, outsider, second_login):
        with pytest.raises(Refused):
            services.grant_waiver(asked, CODE, actor=who)

    assert (outcome(asked), Waiver.objects.count()) == ("asked", 0)


def test_a_waiver_that_is_refused_leaves_the_check_open_and_is_decided_once(asked, compliance, acme):
    with pytest.raises(Invalid):
        services.refuse_waiver(asked, CODE, actor=compliance, note="")
    services.refuse_waiver(asked, CODE, actor=compliance, note="We wait for the money.")

    assert outcome(asked) == "open"
    with pytest.raises((Moved, Refused)):
        services.grant_waiver(asked, CODE, actor=factories.make_user("other", (acme, "compliance")))
    assert list(verify(Totals(), acme.pk)) == []


def test_nothing_is_sent_for_approval_while_a_waiver_is_asked_for(asked, agent):
    meet_the_others(asked, agent)

    with pytest.raises(Refused, match="1 checks are not met"):
        services.send_for_approval(asked, actor=agent)


def test_the_pages_ask_and_grant(client, case, agent, compliance, supervisor):
    client.force_login(agent)
    page = client.get(case.get_absolute_url())
    assert "Ask to go without this check" in page.content.decode()
    assert "compliance officer" in page.content.decode()
    url = reverse("case_waiver", args=[case.code, CODE])
    assert client.post(url, {"note": ""}).status_code == 400
    assert client.post(url, {"note": "The bank pays on Monday."}).status_code == 302

    client.force_login(supervisor)
    assert "It waits for the decision of: compliance officer." in client.get(case.get_absolute_url()).content.decode()
    client.force_login(compliance)
    page = client.get(case.get_absolute_url()).content.decode()
    assert "The bank pays on Monday." in page
    waive = reverse("case_waive", args=[case.code, CODE])
    assert client.post(waive, {"decision": "refuse", "note": ""}).status_code == 400
    assert client.post(waive, {"decision": "grant", "note": "Ours."}).status_code == 302

    with scope(client=case.client_id):
        assert outcome(case) == "waived"
    assert client.post(waive, {"decision": "grant", "note": "Ours."}).status_code == 409


def test_what_was_waived_stands_in_a_list_for_those_who_read_the_record(client, asked, compliance, supervisor, agent):
    services.grant_waiver(asked, CODE, actor=compliance, note="The chargeback is ours.")
    client.force_login(supervisor)

    page = client.get(reverse("waiver_list")).content.decode()

    assert asked.code in page
    assert "Payment received" in page
    assert "The chargeback is ours." not in page
    client.force_login(agent)
    assert client.get(reverse("waiver_list")).status_code == 404
