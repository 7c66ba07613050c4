"""A passed call is the evidence of who asks in an open case."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.errors import Invalid
from accounts.services import words
from reinstatements import services
from tests import factories

pytestmark = pytest.mark.usefixtures("scoped")


@pytest.mark.requirement("R56")
def test_a_passed_call_meets_the_identity_check_with_the_entry_as_its_reference(in_verification, agent):
    call = factories.call(in_verification.account, agent)

    check = services.prove_identity(in_verification, call, actor=agent)

    assert (check.outcome, check.facts) == ("met", {"method": "questions"})
    told = words.read(in_verification.account, [check.entry])[check.entry, "evidence"]
    assert "entry " in told
    assert "2026" not in check.facts


def test_a_call_that_failed_is_of_somebody_without_the_right_or_old_proves_nothing(in_verification, agent, acme):
    account = in_verification.account
    told = factories.representative(account, agent, scope_="information")
    with time_machine.travel(datetime(2026, 11, 20, 9, 0, tzinfo=UTC)):
        old = factories.call(account, agent)
    wrong = {"email": "x@example.com", "address": "1"}
    other = factories.call(factories.make_account(acme, "A-2"), agent)
    for call in (
        old,
        factories.call(account, agent, wrong),
        factories.call(account, agent, representative=told),
        other,
    ):
        with pytest.raises(Invalid):
            services.prove_identity(in_verification, call, actor=agent)
    assert in_verification.checks.get(code="identity").outcome == "open"


def test_the_panel_offers_it_and_the_button_leads_to_the_case(client, in_verification, agent, outsider):
    call = factories.call(in_verification.account, agent)
    client.force_login(agent)
    panel = client.get(reverse("account_call", args=[in_verification.account_id]))
    url = reverse("case_prove_identity", args=[in_verification.code, call.pk])
    assert url in panel.text

    assert client.post(url)["Location"] == in_verification.get_absolute_url()
    assert url not in client.get(reverse("account_call", args=[in_verification.account_id])).text
    client.force_login(outsider)
    assert client.post(url).status_code == 404
