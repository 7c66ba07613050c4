"""What a policy asks of a case, by conditions, and how a new version comes to be in force."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from django.utils import timezone
from django_scopes import scope

from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import Client, Industry, StatusChange
from reinstatements import facts, policies, services
from reinstatements.models import Policy, ReinstatementRequest
from reinstatements.models.request import Kind
from reinstatements.policies import documents
from reinstatements.policies.conditions import Condition
from tests import factories

PROFILE = {
    "kind": "payment",
    "owed_minor": 8420,
    "currency": "EUR",
    "risk": "routine",
    "risk_reasons": [],
    "industry": "telecom",
    "stopped_reason": "non_payment",
    "restrictions": ["payment"],
    "account_age_days": 400,
    "reinstated_before": 1,
    "signals": [],
}
RULES = policies.default_rules("telecom") | {"currency": "EUR"}
PAID = {"amount": 8420, "received_on": timezone.localdate().isoformat()}
SUPERVISOR = {"role": "supervisor", "count": 1}


def when(fact, operator, value):
    return [{"fact": fact, "is": operator, "value": value}]


@pytest.mark.parametrize(
    ("fact", "operator", "value", "holds"),
    [
        ("owed_minor", "at_least", 8420, True),
        ("owed_minor", "at_least", 8421, False),
        ("owed_minor", "below", 8421, True),
        ("owed_minor", "below", 8420, False),
        ("account_age_days", "below", 401, True),
        ("account_age_days", "below", 400, False),
        ("reinstated_before", "at_least", 1, True),
        ("reinstated_before", "at_least", 2, False),
        ("risk", "one_of", ["elevated"], False),
        ("risk", "none_of", ["elevated"], True),
        ("industry", "one_of", ["bank", "telecom"], True),
        ("industry", "none_of", ["bank", "telecom"], False),
        ("stopped_reason", "one_of", ["fraud_suspected"], False),
        ("stopped_reason", "one_of", ["fraud_suspected", "non_payment"], True),
        ("restrictions", "one_of", ["payment", "security"], True),
        ("restrictions", "none_of", ["security"], True),
        ("signals", "one_of", ["ping_pong"], False),
        ("risk_reasons", "none_of", ["signal_confirmed"], True),
    ],
)
def test_a_condition_holds_or_does_not(fact, operator, value, holds):
    rules = RULES | {"levels": [SUPERVISOR, {"role": "compliance", "count": 2, "when": when(fact, operator, value)}]}

    asked = policies.choose(rules, PROFILE).levels

    assert [(level.role, level.count) for level in asked] == [("supervisor", 1)] + [("compliance", 2)] * holds


@pytest.mark.parametrize("unknown", [{"account_age_days": None}, {"account_age_days": 1, "currency": "USD"}])
def test_what_is_not_known_adds_an_approval_and_spares_no_check(unknown):
    """The age of the account is not told, or the amount is in another currency than the policy's."""
    fact = "account_age_days" if unknown["account_age_days"] is None else "owed_minor"
    rules = RULES | {
        "levels": [SUPERVISOR, {"role": "compliance", "count": 1, "when": when(fact, "at_least", 100_000)}],
        "waivers": [{"check": "identity", "role": "compliance", "when": when(fact, "below", 100_000)}],
    }

    chosen = policies.choose(rules, PROFILE | unknown)

    assert [level.role for level in chosen.levels] == ["supervisor", "compliance"]
    assert chosen.levels[1].because.unknown == (fact,)
    assert chosen.waivers == ()


def test_all_conditions_of_one_rule_must_hold_and_each_rule_stands_for_itself():
    strict = [*when("owed_minor", "at_least", 5000), *when("reinstated_before", "at_least", 3)]
    rules = RULES | {
        "checks_when": [
            {"checks": ["kyc"], "when": strict},
            {"checks": ["support_ticket", "identity"], "when": when("owed_minor", "at_least", 5000)},
        ]
    }

    assert policies.choose(rules, PROFILE).codes == [
        *("identity", "line_history", "plan_confirmed", "device_provisioned"),
        *("payment_received", "support_ticket"),
    ]
    assert "kyc" in policies.choose(rules, PROFILE | {"reinstated_before": 3}).codes


def test_it_says_why_it_chose_a_check_and_a_level():
    condition = Condition("owed_minor", "at_least", 5000)
    rules = RULES | {
        "checks_when": [{"checks": ["identity"], "when": when("owed_minor", "at_least", 5000)}],
        "levels": [SUPERVISOR, {"role": "compliance", "count": 1, "when": when("owed_minor", "at_least", 5000)}],
    }

    chosen = policies.choose(rules, PROFILE)

    why = {
        check.code: [(because.conditions, because.restriction) for because in check.because] for check in chosen.checks
    }
    assert why["identity"] == [((), ""), ((condition,), "")]
    assert why["payment_received"] == [((), "payment")]
    assert [level.because.conditions for level in chosen.levels] == [(), (condition,)]


@pytest.mark.requirement("R36", "R37", "R39", "R41", "R43", "R44")
@pytest.mark.parametrize(("industry", "kind"), list(product(Industry.values, Kind.values)))
def test_every_template_is_a_policy_that_may_be_put_in_force(industry, kind):
    rules = policies.default_rules(industry, kind)

    documents.check(rules, kind)
    assert rules["bulk_approval"] is False


def test_every_rule_of_every_template_is_read_from_the_facts_of_a_case(scoped, awaiting_approval):
    profile = facts.profile(facts.case_facts(awaiting_approval))

    assert profile | {"account_age_days": 1} == PROFILE | {"account_age_days": 1, "reinstated_before": 0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"levels": []}, "Somebody must decide"),
        ({"levels": [SUPERVISOR | {"when": when("owed_minor", "at_least", 1)}]}, "At least one level"),
        ({"levels": [{"role": "agent", "count": 1}]}, "role that decides"),
        ({"levels": [{"role": "supervisor", "count": 0}]}, "1 to 9 people"),
        ({"levels": [{"role": "supervisor", "count": True}]}, "1 to 9 people"),
        ({"levels": [{"role": "supervisor"}]}, "lacks a part"),
        ({"levels": "supervisor"}, "30 rows"),
        ({"checks": ["identity", "identity"]}, "each once"),
        ({"checks": ["horoscope"]}, "catalogue"),
        ({"checks_by_restriction": {"payment": []}}, "No check settles"),
        ({"checks_by_restriction": {"weather": ["identity"]}}, "kind of restriction"),
        ({"checks_when": [{"checks": [], "when": []}]}, "at least one"),
        ({"checks_when": [{"checks": ["kyc"], "when": when("weather", "one_of", ["rain"])}]}, "names a fact"),
        ({"checks_when": [{"checks": ["kyc"], "when": when("risk", "one_of", ["high"])}]}, "lacks what it"),
        ({"checks_when": [{"checks": ["kyc"], "when": when("risk", "at_least", 1)}]}, "lacks what it"),
        ({"checks_when": [{"checks": ["kyc"], "when": when("owed_minor", "at_least", -1)}]}, "lacks a number"),
        ({"checks_when": [{"checks": ["kyc"], "when": when("owed_minor", "at_least", 1.5)}]}, "written down"),
        ({"waivers": [{"check": "identity", "role": "agent"}]}, "waiver names a role"),
        ({"target_minutes": 0}, "1 to 527040 minutes"),
        ({"minutes": {"dreaming": 5}}, "time for a step"),
        ({"minutes": {"decision": "5"}}, "time for a step"),
        ({"review_one_in": 0}, "one in 1 to 1,000"),
        ({"appeal_days": 400}, "0 to 366 days"),
        ({"bulk_approval": "yes"}, "on or off"),
        ({"automatic": {"rules": ["whatever"]}}, "rules that the product knows"),
        ({"automatic": {"rules": []}}, "cannot wait for a person"),
        ({"colour": "red"}, "does not say this: colour"),
    ],
)
def test_a_document_that_no_case_could_go_by_is_refused(change, message):
    with pytest.raises(Invalid, match=message):
        documents.check(RULES | change, "payment")


def test_a_document_that_lacks_a_part_is_refused():
    with pytest.raises(Invalid, match="lacks: waivers"):
        documents.check({key: value for key, value in RULES.items() if key != "waivers"}, "payment")


@pytest.fixture
def second_administrator(acme):
    return factories.make_user("second_administrator", (acme, "administrator"))


@pytest.fixture
def proposed(scoped, acme, administrator):
    rules = RULES | {"levels": [{"role": "supervisor", "count": 2}]}
    return services.propose(acme, "payment", rules, actor=administrator, note="Two pairs of eyes from now on.")


@pytest.mark.requirement("R63")
def test_a_version_that_somebody_else_puts_in_force_holds_for_the_cases_opened_from_then_on(
    proposed, acme, second_administrator, awaiting_approval, agent
):
    services.put_in_force(proposed, actor=second_administrator)

    later = factories.bring_to(factories.suspend(factories.make_account(acme, "A-2")), "draft", agent)
    awaiting_approval.refresh_from_db()
    assert (awaiting_approval.policy.version, later.policy.version) == (1, 2)
    entries = StatusChange.objects.filter(client=acme, account=None, subject_type="policy").order_by("number")
    assert list(entries.values_list("action", "actor__username")) == [
        ("propose", "administrator"),
        ("put_in_force", "second_administrator"),
    ]
    assert list(verify(Totals(), acme.pk)) == []


def test_a_proposal_holds_for_no_case(proposed, acme, agent):
    case = factories.bring_to(factories.suspend(factories.make_account(acme)), "draft", agent)

    assert case.policy.version == 1


def test_a_version_holds_from_midnight_of_its_day_where_the_client_is(proposed, acme, second_administrator):
    Client.objects.filter(pk=acme.pk).update(time_zone="Pacific/Auckland")

    services.put_in_force(proposed, actor=second_administrator, on=date(2027, 1, 15))

    # New Zealand has daylight time in January: 13 hours before UTC.
    assert proposed.__class__.objects.get(pk=proposed.pk).in_force_from.isoformat() == "2027-01-14T11:00:00+00:00"
    before = policies.in_force(acme.pk, "payment", at=datetime(2027, 1, 14, 10, 59, tzinfo=UTC))
    after = policies.in_force(acme.pk, "payment", at=datetime(2027, 1, 14, 11, 0, tzinfo=UTC))
    assert (before.version, after.version) == (1, 2)


def test_nobody_puts_in_force_what_they_proposed_with_whichever_login(proposed, acme, administrator):
    second_login = factories.make_user("admin2", (acme, "administrator"), person=administrator.person)

    for who in (administrator, second_login):
        with pytest.raises(Refused, match="You proposed this version"):
            services.put_in_force(proposed, actor=who)
    assert Policy.objects.get(pk=proposed.pk).in_force_from is None


@pytest.mark.parametrize("role", ["agent", "supervisor", "auditor", "contact"])
def test_other_roles_neither_propose_nor_put_in_force(proposed, acme, role):
    who = factories.make_user(f"a_{role}", (acme, role))

    with pytest.raises(Refused):
        services.put_in_force(proposed, actor=who)
    with pytest.raises(Refused):
        services.propose(acme, "payment", RULES, actor=who, note="Mine.")


def test_compliance_puts_in_force_and_does_not_propose(proposed, acme, compliance, outsider):
    with pytest.raises(Refused):
        services.propose(acme, "payment", RULES, actor=compliance, note="Mine.")
    with pytest.raises(Refused):
        services.put_in_force(proposed, actor=outsider)

    services.put_in_force(proposed, actor=compliance)

    assert policies.in_force(acme.pk, "payment").version == 2


def test_a_version_is_decided_once(proposed, second_administrator, administrator):
    services.turn_down(proposed, actor=administrator)

    with pytest.raises(Moved):
        services.put_in_force(proposed, actor=second_administrator)
    assert Policy.objects.get(pk=proposed.pk).is_turned_down


def test_a_day_that_has_passed_a_note_that_is_missing_and_nothing_new_are_refused(
    proposed, acme, administrator, second_administrator
):
    with pytest.raises(Invalid, match="has passed"):
        services.put_in_force(proposed, actor=second_administrator, on=timezone.localdate() - timedelta(days=2))
    with pytest.raises(Invalid, match="what changes"):
        services.propose(acme, "payment", RULES, actor=administrator, note=" ")
    with pytest.raises(Invalid, match="version 2 says already"):
        services.propose(acme, "payment", proposed.rules, actor=administrator, note="Again.")


@pytest.mark.requirement("R37")
def test_two_of_a_role_decide_and_nobody_twice(
    proposed, acme, agent, supervisor, second_supervisor, second_administrator
):
    services.put_in_force(proposed, actor=second_administrator)
    account = factories.suspend(factories.make_account(acme, balance_minor=8420))
    case = services.open_case(account, actor=agent, resume_reason="paid", statement="Paid.")
    case = services.start(services.submit(case, actor=agent), actor=agent)
    for check in case.checks.all():
        services.record_check(case, check.code, actor=agent, outcome="met", facts=PAID, evidence={"reference": "4711"})
    case = services.send_for_approval(case, actor=agent)

    case = services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
    assert (case.status, case.level, case.level_role) == ("awaiting_approval", 0, "supervisor")
    with pytest.raises(Refused, match="approved this case already"):
        services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
    case = services.approve(case, actor=second_supervisor, reason="paid", seen=factories.seen(case))

    assert case.status == "completed"
    assert list(verify(Totals(), acme.pk)) == []


@pytest.mark.requirement("R69")
def test_what_changes_while_a_case_waits_asks_for_another_role_and_the_queue_follows(
    acme, agent, supervisor, compliance, suspended
):
    """More is owed than before: the policy asks for compliance first."""
    first = {"role": "compliance", "count": 1, "when": when("owed_minor", "at_least", 10_000)}
    rules = factories.PLAIN | {"levels": [first, SUPERVISOR]}
    with scope(client=[acme.pk]):
        factories.put_in_force(Policy.objects.get(client=acme, kind="payment"), rules)
    case = factories.bring_to(suspended, "awaiting_approval", agent)
    assert case.level_role == "supervisor"
    with scope(client=[acme.pk]):
        seen = factories.seen(case)
        type(suspended).objects.filter(pk=suspended.pk).update(balance_minor=12_000)

        with pytest.raises(Refused, match="another role"):
            services.approve(case, actor=supervisor, reason="paid", seen=seen)

        case.refresh_from_db()
        assert (case.status, case.level, case.level_role) == ("awaiting_approval", 0, "compliance")
        waiting = ReinstatementRequest.objects.all()
        assert [list(waiting.decidable_by(who)) for who in (supervisor, compliance)] == [[], [case]]
        last = StatusChange.objects.filter(subject_id=case.pk).order_by("-number").first()
        assert (last.action, last.actor.username) == ("ask_level", "reinstate")
