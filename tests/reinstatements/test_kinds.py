"""What the log of each kind of case must hold, by whichever door it is written."""

import pytest
from django_scopes import scope

from accounts.errors import Invalid, Refused
from accounts.models import Restriction, StatusChange
from reinstatements import policies, services
from reinstatements.models import Policy
from reinstatements.policies import documents
from tests import factories

pytestmark = pytest.mark.django_db
CORRECTED = {"defect": "address", "verified_by": "document", "corrected_on": "2026-11-20"}
OLD_AND_NEW = {"before": "Lindenstraße 5", "after": "Lindenstraße 7"}


@pytest.fixture
def data_case(acme, agent):
    """A case about an address that was wrong, under what a telecom company begins with."""
    with scope(client=acme.pk):
        policy = Policy.objects.get(client=acme, kind="customer_data")
    factories.put_in_force(policy, policies.default_rules("telecom", "customer_data") | {"checks": ["identity"]})
    account = factories.suspend(factories.make_account(acme), kind="data", reason="policy_breach")
    return factories.bring_to(account, "in_verification", agent)


@pytest.mark.requirement("R29")
def test_a_case_about_data_holds_the_defect_the_old_and_the_new_value_and_who_verified_it(
    scoped, data_case, agent, supervisor
):
    assert [check.code for check in data_case.checks.all()] == ["identity", "data_corrected", "contact_confirmed"]
    for facts, evidence in (
        ({}, OLD_AND_NEW),
        (CORRECTED, {"before": "Lindenstraße 5"}),
        (CORRECTED | {"defect": ""}, OLD_AND_NEW),
    ):
        with pytest.raises(Invalid, match="not met without"):
            services.record_check(
                data_case, "data_corrected", actor=agent, outcome="met", facts=facts, evidence=evidence
            )
    with pytest.raises(Refused, match="3 checks are not met"):
        services.send_for_approval(data_case, actor=agent)

    check = services.record_check(
        data_case, "data_corrected", actor=agent, outcome="met", facts=CORRECTED, evidence=OLD_AND_NEW
    )
    assert (check.facts, check.done_by) == (CORRECTED, agent)
    for code in ("identity", "contact_confirmed"):
        facts, evidence = factories.EVIDENCE[code]
        services.record_check(data_case, code, actor=agent, outcome="met", facts=facts, evidence=evidence)
    case = services.send_for_approval(data_case, actor=agent)
    case = services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))

    assert case.status == "completed"
    # What is personal stands in no entry.
    bodies = StatusChange.objects.filter(subject_id=case.pk).values_list("body", flat=True)
    assert not any("Lindenstra" in bytes(body).decode() for body in bodies)


@pytest.mark.requirement("R30")
def test_a_payment_without_amount_day_or_reference_settles_nothing(scoped, in_verification, agent):
    paid = {"amount": 8420, "received_on": "2026-11-20"}
    for facts, evidence in ((paid, {}), ({"amount": 8420}, {"reference": "RF18"}), ({}, {"reference": "RF18"})):
        with pytest.raises(Invalid, match="not met without"):
            services.record_check(
                in_verification, "payment_received", actor=agent, outcome="met", facts=facts, evidence=evidence
            )

    failed = services.record_check(
        in_verification, "payment_received", actor=agent, outcome="failed", facts={}, evidence={}
    )
    assert (failed.outcome, failed.failures) == ("failed", 1)


@pytest.mark.requirement("R27", "R28")
def test_a_case_about_a_status_keeps_when_and_why_it_stopped_and_each_step_with_who_and_what_it_found(
    scoped, acme, agent, supervisor, client
):
    account = factories.suspend(
        factories.make_account(acme), kind="policy", reason="policy_breach", note="Resold the line."
    )
    case = factories.bring_to(account, "awaiting_approval", agent)
    case = services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))

    client.force_login(supervisor)
    context = client.get(case.get_absolute_url()).context

    assert case.kind == "account_status"
    assert {name: context["stopped"][name] for name in ("status", "reason", "note")} == {
        "status": "suspended",
        "reason": "Policy Breach",
        "note": "Resold the line.",
    }
    steps = [
        (step["check"].code, step["status"], step["who"], step["at"] is not None) for step in context["work"].steps
    ]
    assert steps == [
        ("identity", "met", agent, True),
        ("contact_confirmed", "met", agent, True),
        ("policy_reviewed", "met", agent, True),
    ]
    assert not Restriction.objects.filter(account=account, lifted_at=None).exists()


@pytest.mark.parametrize(("kind", "restriction"), [("payment", "payment"), ("customer_data", "data")])
def test_no_policy_of_a_kind_goes_without_what_its_log_must_hold(kind, restriction):
    rules = policies.default_rules("telecom", kind)
    other = {"payment": "payment_received", "customer_data": "contact_confirmed"}[kind]
    without = [code for code in rules["checks_by_restriction"][restriction] if code == "contact_confirmed"]
    changed = rules | {"checks_by_restriction": rules["checks_by_restriction"] | {restriction: without}}

    with pytest.raises(Invalid, match=r"must have the check|No check settles"):
        documents.check(changed, kind)
    assert other in rules["checks_by_restriction"][restriction]
