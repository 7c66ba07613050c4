"""What comes back with the account: on the page before it is decided, in the facts, and in the entry afterwards."""

import json

import pytest

from accounts.models import Account, StatusChange
from accounts.services import assets
from reinstatements import facts, services
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")


@pytest.mark.requirement("R45")
def test_approving_says_before_and_after_what_it_brings_back(client, awaiting_approval, agent, supervisor):
    account, why = awaiting_approval.account, {"reason": "member_moved"}
    number = assets.add(account, actor=agent, kind="mobile_number", identifier="+49 1512 3456789", **why)
    assets.add(account, actor=agent, kind="policy", identifier="POL-1", stays=True, **why)
    case = type(awaiting_approval).objects.select_related("account", "policy").get(pk=awaiting_approval.pk)
    back = [each for each in facts.case_facts(case)["effects"] if each["effect"] == "asset"]
    assert back == [{"effect": "asset", "id": str(number.pk), "kind": "mobile_number"}]
    client.force_login(supervisor)
    page = client.get(case.get_absolute_url()).content.decode()
    assert "Mobile number +49 •••• 89 is back in service." in page
    assert "3456789" not in page

    services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))

    entry = StatusChange.objects.get(account=account, action="reinstate", subject_type="account")
    assert json.loads(bytes(entry.body))["data"]["assets"] == [{"id": str(number.pk), "kind": "mobile_number"}]
    assert [each["out"] for each in Account.objects.get(pk=account.pk).assets] == [False, False]


def test_a_decision_on_what_came_back_meanwhile_is_not_taken(awaiting_approval, agent, supervisor):
    from accounts.errors import Moved

    seen = factories.seen(awaiting_approval)
    why = {"reason": "member_moved"}
    assets.add(awaiting_approval.account, actor=agent, kind="policy", identifier="POL-1", **why)
    with pytest.raises(Moved):
        services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=seen)
