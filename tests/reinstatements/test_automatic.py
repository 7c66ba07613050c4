"""What a named rule decides: an account that comes back to service without a person."""

import hashlib

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts import canonical, ledger, registries
from accounts.errors import Invalid, Moved, Refused
from accounts.ledger.verify import Totals, verify
from accounts.models import OutboxEvent, StatusChange, User
from reinstatements import services
from reinstatements.models import Approval, Participation, Policy, ReinstatementRequest
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scoped")]
RULE = "suspension_ended"


def reinstate(account, rule=RULE, occurred_at=None, **kwargs):
    system = User.objects.system()
    with ledger.change(account, actor=system) as work:
        return registries.automatic["reinstate"](work, rule=rule, reason=rule, occurred_at=occurred_at, **kwargs)


def review_every_case(client, one_in):
    policy = Policy.objects.get(client=client, kind="payment")
    factories.put_in_force(policy, policy.rules | {"review_one_in": one_in})


@pytest.mark.requirement("R68")
def test_a_rule_brings_an_account_back_by_a_case_of_its_own(suspended):
    ended_at = timezone.now() - timezone.timedelta(hours=3)

    entry = reinstate(suspended, occurred_at=ended_at)

    suspended.refresh_from_db()
    system = User.objects.system()
    case = ReinstatementRequest.objects.get(account=suspended)
    rows = StatusChange.objects.filter(number__gt=4).exclude(subject_type="membership").order_by("number")
    assert list(rows.values_list("action", "from_status", "to_status", "rule", "actor", "occurred_at")) == [
        ("open", "", "submitted", RULE, system.pk, ended_at),
        ("approve_by_rule", "submitted", "approved", RULE, system.pk, ended_at),
        ("reinstate", "suspended", "active", RULE, system.pk, ended_at),
        ("complete", "approved", "completed", RULE, system.pk, ended_at),
    ]
    assert suspended.status == "active"
    assert suspended.restrictions.filter(lifted_at=None).count() == 0
    assert entry.caused_by == rows[1].uid
    assert (case.is_automatic, case.status, case.policy.version, case.checks.count()) == (True, "completed", 1, 0)


def test_its_approval_names_the_rule_and_is_bound_to_the_facts(suspended):
    reinstate(suspended)

    given = Approval.objects.get()
    assert (given.rule, given.user, given.person, given.decision) == (RULE, None, None, "approved")
    assert given.case_hash == hashlib.sha256(canonical.encode(given.facts)).hexdigest()
    assert [row["kind"] for row in given.facts["restrictions"]] == ["payment"]
    assert given.facts["checks"] == []
    assert given.facts["risk"] == {"level": "elevated", "reasons": ["balance_open"]}


def test_what_is_owed_stays_owed(suspended):
    reinstate(suspended)

    suspended.refresh_from_db()
    assert suspended.balance_minor == 8420


@pytest.mark.requirement("R47")
def test_the_ledger_and_all_its_guards_agree(suspended):
    reinstate(suspended)
    factories.suspend(suspended)
    reinstate(suspended)

    totals = Totals()
    assert list(verify(totals)) == []
    assert totals.entries > 10


def test_the_member_is_told(suspended):
    reinstate(suspended)

    assert OutboxEvent.objects.filter(name="reinstatement.completed").count() == 1


def test_nobody_is_told_of_what_happened_elsewhere(suspended):
    reinstate(suspended, tell=False)

    assert not OutboxEvent.objects.filter(name="reinstatement.completed").exists()
    assert [effect["effect"] for effect in Approval.objects.get().facts["effects"]] == ["status", "membership", "lift"]


def test_a_case_of_people_is_withdrawn_when_nothing_is_left_to_decide(awaiting_approval):
    account = awaiting_approval.account

    reinstate(account)

    cases = ReinstatementRequest.objects.filter(account=account).order_by("opened_at")
    assert list(cases.values_list("status", "is_automatic")) == [("withdrawn", False), ("completed", True)]
    assert list(verify(Totals())) == []


def test_an_account_in_service_has_nothing_to_bring_back(acme):
    account = factories.make_account(acme)

    with pytest.raises(Invalid, match="nothing to reinstate"):
        reinstate(account)

    assert not ReinstatementRequest.objects.exists()


def test_the_way_of_a_rule_is_closed_to_people(suspended, supervisor):
    """Whatever a supervisor may decide, this transition is not theirs."""
    submitted = factories.bring_to(suspended, "submitted", factories.make_user("a2", (suspended.client, "agent")))

    with ledger.change(suspended, actor=supervisor) as work:
        case = work.lock(submitted)
        with pytest.raises(Refused):
            work.record(case.approve_by_rule, reason="paid", arguments={"at": work.now})


def test_the_policy_says_how_many_are_reviewed(acme):
    review_every_case(acme, 1)
    account = factories.suspend(factories.make_account(acme, "A-1"))
    reinstate(account)
    assert ReinstatementRequest.objects.get().review_wanted


def test_the_sample_can_be_worked_out_from_the_record(acme):
    """One in three, by the hash of the entry that opened each case."""
    review_every_case(acme, 3)
    for number in range(12):
        reinstate(factories.suspend(factories.make_account(acme, f"A-{number}")))

    for case in ReinstatementRequest.objects.all():
        opening = StatusChange.objects.get(uid=case.opened_entry)
        assert case.review_wanted == (int(bytes(opening.hash).hex()[:16], 16) % 3 == 0)


@pytest.fixture
def sampled(acme, suspended):
    review_every_case(acme, 1)
    reinstate(suspended)
    return ReinstatementRequest.objects.get(account=suspended)


def test_a_supervisor_finds_the_sample_in_a_queue_of_its_own(client, sampled, supervisor):
    client.force_login(supervisor)

    page = client.get(reverse("queue"), {"queue": "review"})

    assert sampled.code in page.text


def test_an_agent_is_not_offered_the_sample(client, sampled, agent):
    client.force_login(agent)

    assert client.get(reverse("queue"), {"queue": "review"}).status_code == 404


@pytest.mark.parametrize(
    ("finding", "note", "reason"), [("in_order", "", "in_order"), ("not_in_order", "Ended too early.", "not_in_order")]
)
def test_a_review_is_kept_in_the_record(client, sampled, supervisor, finding, note, reason):
    client.force_login(supervisor)
    assert "Review this decision" in client.get(sampled.get_absolute_url()).text

    answer = client.post(reverse("case_review", args=[sampled.code]), {"finding": finding, "note": note})

    assert answer.status_code == 302
    with scope(client=[sampled.client_id]):
        sampled.refresh_from_db()
        last = StatusChange.objects.first()
        assert (last.action, last.reason, last.actor, last.from_status) == ("review", reason, supervisor, "completed")
        assert not sampled.review_wanted
        assert list(verify(Totals())) == []
    assert "Review this decision" not in client.get(sampled.get_absolute_url()).text


def test_what_is_not_in_order_is_said_in_words(client, sampled, supervisor):
    client.force_login(supervisor)

    answer = client.post(reverse("case_review", args=[sampled.code]), {"finding": "not_in_order", "note": " "})

    assert answer.status_code == 400
    assert "Say what is not in order." in answer.text


def test_two_do_not_review_the_same_case(sampled, supervisor, second_supervisor):
    services.review(sampled, actor=supervisor, is_in_order=True)

    with pytest.raises(Moved, match="reviewed this case already"):
        services.review(sampled, actor=second_supervisor, is_in_order=True)


def test_an_agent_and_a_stranger_review_nothing(sampled, agent, outsider):
    for somebody in (agent, outsider):
        with pytest.raises(Refused):
            services.review(sampled, actor=somebody, is_in_order=True)


def test_rules_take_part_in_the_cases_that_they_open(suspended):
    reinstate(suspended)

    system = User.objects.system()
    assert list(Participation.objects.values_list("user", "part")) == [(system.pk, "asked")]
