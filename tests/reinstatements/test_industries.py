"""What each industry begins with: the reasons, checks and levels that its cases go by, and times told in two."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django_scopes import scope

from accounts import reasons
from accounts.errors import Invalid, Refused
from accounts.models import Industry, OutboxEvent, Restriction, StatusChange
from accounts.services import accounts
from accounts.services.clients import create_client
from accounts.services.staff import ensure_system_user
from reinstatements import policies, services
from reinstatements.checks_catalogue import CATALOGUE
from reinstatements.forms import EvidenceForm
from reinstatements.models import Policy, ReinstatementRequest
from tests import factories
from tests.accounts.exporting import download, rows_of

HISTORY = {"origin": "import", "occurred_at": datetime(2023, 3, 1, 9, tzinfo=UTC)}

PROFILE = {"owed_minor": 0, "currency": "EUR", "risk": "routine", "risk_reasons": [], "signals": []}


def demanded(industry, *restrictions):
    return policies.choose(policies.default_rules(industry), PROFILE | {"restrictions": restrictions}).codes


@pytest.mark.parametrize("industry", Industry.values)
def test_every_check_that_an_industry_demands_is_in_the_catalogue_and_settles_its_restriction(industry):
    for kind in Restriction.Kind.values:
        codes = demanded(industry, kind)

        assert set(codes) <= set(CATALOGUE)
        assert any(kind in CATALOGUE[code].lifts for code in codes), kind


@pytest.mark.requirement("R37")
def test_a_bank_asks_for_the_request_and_for_kyc_and_a_compliance_officer_decides_last():
    assert demanded("bank", "inactivity") == ["request_details", "identity", "kyc", "risk_rating", "return_confirmed"]
    assert [level["role"] for level in policies.default_rules("bank")["levels"]] == ["supervisor", "compliance"]


@pytest.mark.requirement("R38")
def test_a_bank_stops_service_for_inactivity_missed_payments_and_what_a_regulator_asks():
    stops = {code for code, _label in reasons.defaults("bank")["stop"]}

    assert {"inactivity", "non_payment", "regulator_concern", "kyc_expired", "sanctions_hit"} <= stops


@pytest.mark.requirement("R39")
def test_a_telecom_company_asks_for_identity_plan_and_device():
    assert {"identity", "plan_confirmed", "device_provisioned"} <= set(demanded("telecom", "payment"))


@pytest.mark.requirement("R40")
def test_a_telecom_case_keeps_last_use_and_number_portability():
    fields = {field.name: field.kind for field in CATALOGUE["line_history"].fields}

    assert fields == {"last_used_on": "date", "last_use": "choice", "porting": "choice", "ported_on": "date"}
    assert "line_history" in demanded("telecom", "payment")


@pytest.mark.requirement("R40")
def test_last_use_portability_and_reactivation_stand_in_the_export_of_steps(
    client, acme, scoped, agent, supervisor, auditor
):
    policy = Policy.objects.get(client=acme, kind="payment")
    factories.put_in_force(policy, policy.rules | {"checks": ["identity", "payment_received", "line_history"]})
    stopped = factories.suspend(factories.make_account(acme, "T-1", balance_minor=8420))
    case = factories.bring_to(stopped, "in_verification", agent)
    line = {"last_used_on": "2026-10-30", "last_use": "text", "porting": "came", "ported_on": "2021-05-04"}
    services.record_check(case, "line_history", actor=agent, outcome="met", facts=line, evidence={})
    for code in ("identity", "payment_received"):
        facts, evidence = factories.EVIDENCE[code]
        services.record_check(case, code, actor=agent, outcome="met", facts=facts, evidence=evidence)
    services.send_for_approval(case, actor=agent)
    services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))

    steps = rows_of(download(client, auditor, {"account": "T-1"}, code="reactivation"))

    results = [step["Result"] for step in steps if "porting" in step["Result"].lower()]
    assert results == ["Last use: Text, Last used on: 2026-10-30, Ported on: 2021-05-04, Porting: Came"]
    back = StatusChange.objects.get(account=stopped, action="reinstate", subject_type="account")
    (told,) = [step for step in steps if step["Entry"] == str(back.uid)]
    assert told["Recorded"] == back.recorded_at.isoformat(timespec="seconds")


@pytest.mark.requirement("R42")
@pytest.mark.parametrize("code", ["policy_breach", "non_payment", "inactivity"])
def test_a_streaming_service_stops_for_breach_non_payment_and_inactivity(code):
    assert code in {code for code, _label in reasons.defaults("commerce")["stop"]}
    assert demanded("commerce", "policy") == ["identity", "billing_record", "appeal_reviewed"]


@pytest.mark.requirement("R43")
def test_a_software_service_asks_for_ticket_and_billing_record_and_keeps_what_it_answered():
    stops = {code for code, _label in reasons.defaults("saas")["stop"]}
    personal = [field.name for field in CATALOGUE["support_ticket"].fields if field.personal]

    assert {"trial_expired", "payment_failed", "misuse"} <= stops
    assert demanded("saas", "payment") == ["identity", "support_ticket", "billing_record", "payment_received"]
    assert personal == ["reference", "response"]


@pytest.fixture
def insurer(db):
    return create_client(
        actor=ensure_system_user(), code="hygieia", name="Hygieia", industry="health", country="FR", currency="EUR"
    )


@pytest.mark.requirement("R44")
def test_an_insurer_s_case_does_not_go_to_approval_without_consent_and_data_security(insurer):
    agent = factories.make_user("claire", (insurer, "agent"))
    with scope(client=insurer.pk):
        account = accounts.open_account(
            insurer, "H-1", holder=factories.HOLDER, actor=agent, status="active", origin="import", reason="imported"
        )
        factories.suspend(account, kind="voluntary", reason="cover_elsewhere")
        case = services.open_case(account, actor=agent, resume_reason="consent_given", statement="Signed on Monday.")
        services.submit(case, actor=agent)
        services.start(case, actor=agent)
        for code in ("insured_verified", "return_confirmed"):
            services.record_check(case, code, actor=agent, outcome="met", facts={}, evidence={})

        with pytest.raises(Refused, match="2 checks are not met yet"):
            services.send_for_approval(case, actor=agent)


def test_a_number_that_never_moved_needs_no_day_on_which_it_did(scoped, in_verification):
    check = in_verification.checks.first()
    check.code = "line_history"
    typed = {"last_used_on": "2026-11-20", "last_use": "call", "porting": "never", "ported_on": ""}

    assert EvidenceForm(typed, check=check).is_valid()
    assert not EvidenceForm(typed | {"last_use": ""}, check=check).is_valid()


@pytest.mark.requirement("R46")
def test_a_case_decided_elsewhere_keeps_when_it_happened_and_when_it_was_written_down(
    scoped, suspended, agent, supervisor
):
    before = timezone.now()
    case = services.open_case(suspended, actor=agent, resume_reason="paid", statement="Paid.", **HISTORY)
    services.submit(case, actor=agent, **HISTORY)
    services.start(case, actor=agent, **HISTORY)
    for check in case.checks.all():
        facts, evidence = factories.EVIDENCE[check.code]
        services.record_check(case, check.code, actor=agent, outcome="met", facts=facts, evidence=evidence, **HISTORY)
    services.send_for_approval(case, actor=agent, **HISTORY)
    decision = {"actor": supervisor, "reason": "paid", "seen": factories.seen(case, tells=False), "tell": False}
    with pytest.raises(Invalid, match="not decided before it was sent"):
        services.approve(case, **decision, **HISTORY | {"occurred_at": HISTORY["occurred_at"] - timedelta(days=1)})
    services.approve(case, **decision, **HISTORY)

    entries = StatusChange.objects.filter(account=suspended, subject_id=case.pk)
    assert set(entries.values_list("origin", "occurred_at")) == {("import", HISTORY["occurred_at"])}
    assert all(entry.recorded_at >= before for entry in entries)
    case = ReinstatementRequest.objects.get(pk=case.pk)
    times = (case.opened_at, case.submitted_at, case.claimed_at, case.sent_for_approval_at, case.decided_at)
    assert {*times, case.completed_at, case.approvals.get().decided_at} == {HISTORY["occurred_at"]}
    assert not OutboxEvent.objects.filter(name="reinstatement.completed").exists()
    effects = [effect["effect"] for effect in case.approvals.get().facts["effects"]]
    assert effects == ["status", "membership", "lift", "balance"]
