"""The ledger writes history rows itself: they must be what simple-history would have written."""

from django.utils import timezone

from accounts.ledger import sql
from accounts.models import Account, Plan
from reinstatements.models import ReinstatementRequest

# The row's own number and the moment differ from one row to the next.
OWN = {"history_id", "history_date"}


def columns(row):
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {
        name: bytes(value) if isinstance(value, memoryview) else value
        for name, value in values.items()
        if name not in OWN
    }


def ours(row, kind, agent):
    return sql.history_row(row, kind, user_id=agent.pk, at=timezone.now(), reason="mended")


def by(agent, row):
    row._history_user, row._change_reason = agent, "mended"
    return row


def test_the_row_of_a_change_is_the_one_that_the_library_writes(scoped, awaiting_approval, agent):
    for row in (Plan.objects.get(client=scoped), Account.objects.get(), ReinstatementRequest.objects.get()):
        by(agent, row).save(update_fields=["client"])
        written = row.history.latest("history_id")

        assert written.history_type == "~"
        assert columns(ours(row, "~", agent)) == columns(written)


def test_the_row_of_a_beginning_is_the_one_that_the_library_writes(scoped, agent):
    plan = Plan(client=scoped, code="large", name="Large", price_minor=4990, currency="EUR", entitlements=["tv"])
    by(agent, plan).save()

    assert columns(ours(plan, "+", agent)) == columns(plan.history.get())


def test_every_change_through_the_ledger_leaves_one_history_row_with_who_and_why(scoped, awaiting_approval, agent):
    rows = awaiting_approval.history.order_by("history_id").values_list(
        "history_type", "status", "history_user", "history_change_reason"
    )
    assert list(rows) == [
        ("+", "draft", agent.pk, "open"),
        ("~", "submitted", agent.pk, "submit"),
        ("~", "in_verification", agent.pk, "start"),
        ("~", "awaiting_approval", agent.pk, "send_for_approval"),
    ]
