"""Somebody who serves several clients mixes up two windows: what names another one stands out to whoever decides."""

import pytest
from django.urls import reverse
from django_scopes import scope

from accounts import grants
from reinstatements import services
from reinstatements.facts import case_facts
from reinstatements.models import ReinstatementRequest
from tests import factories

pytestmark = pytest.mark.requirement("R58")


@pytest.fixture
def both(acme, globex):
    """An agent who works for the telecom company and for the bank."""
    return factories.make_user("both", (acme, "agent"), (globex, "agent"))


def sent(client, agent, reference, number="A-1001"):
    """Bring a case to where it waits, in the scope of a request of this agent."""
    account = factories.suspend(factories.make_account(client, number, balance_minor=8420))
    case = factories.bring_to(account, "in_verification", agent)
    with scope(client=grants.client_ids(agent, "see")):
        for check in case.checks.all():
            facts, evidence = factories.EVIDENCE[check.code]
            evidence |= {"reference": reference} if check.code == "payment_received" else {}
            services.record_check(case, check.code, actor=agent, outcome="met", facts=facts, evidence=evidence)
        services.send_for_approval(case, actor=agent)
    return ReinstatementRequest.objects.select_related("account", "policy").get(pk=case.pk)


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        ("Transfer seen in the books of Globex Bank", ["client"]),
        ("Transfer for B-70001", ["account"]),
        ("b-70001 at Globex Bank", ["account", "client"]),
        ("Transfer for A-2002", ["account"]),
        ("Transfer for A-1001", []),
        ("RF18 5390 0754 7034", []),
        ("The globex bank of our town", []),
        ("Globex Bankers Ltd", []),
    ],
)
def test_evidence_that_names_another_client_or_account_is_told(
    client, acme, globex, both, supervisor, reference, named
):
    with scope(client=[acme.pk, globex.pk]):
        factories.make_account(globex, "B-70001")
        factories.make_account(acme, "A-2002", holder={})
    with scope(client=[acme.pk, globex.pk]):
        case = sent(acme, both, reference)
    with scope(client=[acme.pk]):
        now = case_facts(case)
    assert now["risk"]["reasons"] == (["names_others"] if named else [])
    client.force_login(supervisor)
    shown = client.get(case.get_absolute_url())
    words = " and ".join({"account": "another account", "client": "another client"}[each] for each in named)
    expected = [f"Names somebody else: payment received ({words})"] if named else []
    assert [row["title"] for row in shown.context["deviations"]] == expected
    assert ("Routine: 3 of 3 met" in shown.content.decode()) == (not named)


def test_of_a_client_that_the_agent_does_not_serve_nothing_is_told(acme, globex, agent):
    with scope(client=[globex.pk]):
        factories.make_account(globex, "B-70001")
    with scope(client=[acme.pk]):
        case = sent(acme, agent, "B-70001 at Globex Bank")

        assert case_facts(case)["risk"]["reasons"] == []


def test_before_a_case_is_opened_the_page_names_what_may_be_the_same_request(client, acme, globex, agent):
    first = factories.suspend(factories.make_account(acme, "A-1"))
    second = factories.suspend(factories.make_account(acme, "A-2"))
    elsewhere = factories.suspend(factories.make_account(globex, "B-1"))
    factories.bring_to(elsewhere, "submitted", factories.make_user("teller", (globex, "agent")))
    client.force_login(agent)
    before = client.get(reverse("case_open", args=[second.pk])).content.decode()
    open_case = factories.bring_to(first, "submitted", agent)

    after = client.get(reverse("case_open", args=[second.pk])).content.decode()

    told = "same mail address or phone: perhaps the same request"
    assert (told in before, after.count(told)) == (False, 1)
    assert open_case.get_absolute_url() in after


def test_two_open_cases_with_the_same_address_are_told_on_both(client, acme, agent, supervisor):
    with scope(client=[acme.pk]):
        first, second = (sent(acme, agent, "RF18", number) for number in ("A-1001", "A-1002"))

    client.force_login(supervisor)
    for case, other in ((first, second), (second, first)):
        titles = [row["title"] for row in client.get(case.get_absolute_url()).context["deviations"]]
        assert titles == [f"The same mail address or number asks in another case, too: {other.code}"]
    with scope(client=[acme.pk]):
        services.withdraw(second, actor=agent, reason="not_wanted")
    assert client.get(first.get_absolute_url()).context["deviations"] == []
