"""The history rows that the ledger writes are, column by column, those that django-simple-history writes itself."""

import pytest
from django.utils import timezone

from accounts.ledger import sql
from accounts.models import Account, Client, Membership
from reinstatements.models import Check, ReinstatementRequest
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")


def columns(row):
    """Return every column of a history row but its own key."""
    found = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in found.items()}


@pytest.fixture
def rows(in_verification):
    account = Account.objects.get(pk=in_verification.account_id)
    return {
        Account: account,
        Membership: account.memberships.get(),
        ReinstatementRequest: ReinstatementRequest.objects.get(pk=in_verification.pk),
        Check: in_verification.checks.get(code="identity"),
        Client: Client.objects.get(pk=account.client_id),
    }


@pytest.mark.parametrize("model", [Account, Membership, ReinstatementRequest, Check, Client])
def test_a_history_row_equals_the_librarys(rows, agent, model):
    row, now = rows[model], timezone.now()
    row._history_user, row._history_date, row._change_reason = agent, now, "because"
    row.save()
    written = row.history.order_by("-history_id").first()

    sql.run([sql.history(row, "~", user_id=agent.pk, at=now, reason="because")])

    ours = row.history.order_by("-history_id").first()
    assert ours.pk != written.pk
    assert columns(ours) == columns(written)


def test_every_change_of_a_status_leaves_a_history_row(suspended, agent, supervisor):
    case = factories.bring_to(suspended, "awaiting_approval", agent)

    assert list(suspended.history.order_by("history_id").values_list("history_type", "status", "status_number")) == [
        ("+", "active", 1),
        ("~", "suspended", 3),
    ]
    assert list(case.history.order_by("history_id").values_list("history_type", "status", "history_change_reason")) == [
        ("+", "draft", "open"),
        ("~", "submitted", "submit"),
        ("~", "in_verification", "start"),
        ("~", "awaiting_approval", "send_for_approval"),
    ]
    assert set(case.history.values_list("history_user", flat=True)) == {agent.pk}


RANDOM = {
    Account: {"id"},
    Membership: {"id"},
    ReinstatementRequest: {"id", "code", "opened_at"},
    Client: {"id"},
    Check: {"id"},
}


@pytest.mark.parametrize("model", RANDOM)
def test_a_row_that_is_made_quickly_is_the_one_that_its_model_makes(model, acme):
    given = {} if model in (Client, Check) else {"client": acme}

    quick, usual = sql.made(model, **given), model(**given)

    names = {field.attname for field in model._meta.concrete_fields}
    assert {name: vars(quick)[name] for name in names - RANDOM[model]} == {
        name: vars(usual)[name] for name in names - RANDOM[model]
    }
    assert quick._state.adding
    assert quick.pk != usual.pk
    assert given == {} or quick.client is acme
    with pytest.raises(TypeError, match="has no flavour"):
        sql.made(model, flavour="red")
