import pytest
from django.db import IntegrityError, connection, transaction

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


def test_approving_reinstates_the_account_and_completes_the_case(awaiting_approval, supervisor):
    services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval))

    assert entries_of(awaiting_approval)[-3:] == [
        ("reinstatement", "approve", "awaiting_approval", "approved"),
        ("account", "reinstate", "suspended", "active"),
        ("reinstatement", "complete", "approved", "completed"),
    ]
    awaiting_approval.account.refresh_from_db()
    assert awaiting_approval.account.status == "active"
    assert awaiting_approval.account.balance_minor == 0
    assert OutboxEvent.objects.order_by("-created_at").first().name == "reinstatement.completed"


def test_whoever_took_part_cannot_approve(awaiting_approval, agent, acme):
    second_login = factories.make_user("agent2", (acme, "supervisor"), person=agent.person)

    with pytest.raises(Refused):
        services.approve(awaiting_approval, actor=second_login, reason="paid", seen=factories.seen(awaiting_approval))


def test_the_second_of_two_supervisors_reads_what_happened(awaiting_approval, supervisor, second_supervisor):
    seen = factories.seen(awaiting_approval)
    services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=seen)

    with pytest.raises(Moved, match="decided this case first"):
        services.approve(awaiting_approval, actor=second_supervisor, reason="paid", seen=seen)


def test_a_case_that_changed_is_not_approved(awaiting_approval, supervisor):
    seen = factories.seen(awaiting_approval)
    type(awaiting_approval.account).objects.filter(pk=awaiting_approval.account_id).update(balance_minor=9000)

    with pytest.raises(services.FactsChanged):
        services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=seen)


def test_raw_sql_cannot_set_a_status(suspended):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_account SET status = 'active' WHERE id = %s",
            [suspended.pk.hex if connection.vendor == "sqlite" else suspended.pk],
        )
