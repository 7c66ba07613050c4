import pytest
from django_scopes import scope

from accounts.errors import Moved, Refused
from accounts.models import OutboxEvent, StatusChange
from reinstatements import services
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")


def entries_of(case):
    return list(
        StatusChange.objects.filter(account=case.account_id)
        .order_by("number")
        .values_list("subject_type", "action", "from_status", "to_status")
    )


@pytest.mark.requirement("R13", "R28")
def test_approving_reinstates_the_account_and_completes_the_case(awaiting_approval, supervisor):
    services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval))

    assert entries_of(awaiting_approval)[-4:] == [
        ("reinstatement", "approve", "awaiting_approval", "approved"),
        ("account", "reinstate", "suspended", "active"),
        ("membership", "reinstate", "suspended", "active"),
        ("reinstatement", "complete", "approved", "completed"),
    ]
    awaiting_approval.account.refresh_from_db()
    assert awaiting_approval.account.status == "active"
    assert awaiting_approval.account.balance_minor == 0
    assert OutboxEvent.objects.order_by("-created_at").first().name == "reinstatement.completed"


@pytest.mark.requirement("R58")
def test_whoever_took_part_cannot_approve(awaiting_approval, agent, acme):
    second_login = factories.make_user("agent2", (acme, "supervisor"), person=agent.person)

    with pytest.raises(Refused):
        services.approve(awaiting_approval, actor=second_login, reason="paid", seen=factories.seen(awaiting_approval))


def test_the_second_of_two_supervisors_reads_what_happened(awaiting_approval, supervisor, second_supervisor):
    seen = factories.seen(awaiting_approval)
    services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=seen)

    with pytest.raises(Moved, match="decided this case first"):
        services.approve(awaiting_approval, actor=second_supervisor, reason="paid", seen=seen)


@pytest.mark.requirement("R36")
def test_a_case_that_changed_is_not_approved(awaiting_approval, supervisor):
    seen = factories.seen(awaiting_approval)
    type(awaiting_approval.account).objects.filter(pk=awaiting_approval.account_id).update(balance_minor=9000)

    with pytest.raises(services.FactsChanged):
        services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=seen)


@pytest.mark.requirement("R31")
def test_nothing_is_approved_while_more_is_owed_than_was_paid(acme, agent, supervisor):
    account = factories.suspend(factories.make_account(acme, balance_minor=9000))
    case = factories.bring_to(account, "awaiting_approval", agent)

    with pytest.raises(Refused, match="balance is open"):
        services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))

    account.refresh_from_db()
    case.refresh_from_db()
    assert (account.status, case.status) == ("suspended", "awaiting_approval")


@pytest.mark.requirement("R36", "R37")
def test_a_bank_asks_a_supervisor_and_then_a_compliance_officer(globex):
    clerk, supervisor, compliance = (
        factories.make_user(f"bank_{role}", (globex, role)) for role in ("agent", "supervisor", "compliance")
    )
    account = factories.suspend(factories.make_account(globex), kind="compliance", reason="fraud_suspected")
    case = factories.bring_to(account, "awaiting_approval", clerk)

    with scope(client=[globex.pk]):
        with pytest.raises(Refused):
            services.approve(case, actor=compliance, reason="paid", seen=factories.seen(case))
        services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
        case.refresh_from_db()
        assert (case.status, case.level_role) == ("awaiting_approval", "compliance")
        with pytest.raises(Refused):
            services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
        services.approve(case, actor=compliance, reason="paid", seen=factories.seen(case))

        case.refresh_from_db()
        account.refresh_from_db()
        assert (case.status, account.status) == ("completed", "active")
        given = case.approvals.order_by("decided_at").values_list("level", "role", "user__username", "decision")
        assert list(given) == [
            (0, "supervisor", "bank_supervisor", "approved"),
            (1, "compliance", "bank_compliance", "approved"),
        ]
