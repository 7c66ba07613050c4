"""Many supervisors click at once: one decision, and everybody else reads what happened."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts.models import OutboxEvent, StatusChange
from reinstatements.facts import case_facts, encode
from reinstatements.models import Approval, ReinstatementRequest
from tests import factories

ROUNDS = 20 if connection.vendor == "postgresql" else 1
RACERS = 16


def facts_of(case):
    with scope(client=[case.client_id]):
        fresh = ReinstatementRequest.objects.select_related("account", "policy").get(pk=case.pk)
        return encode(case_facts(fresh))


def click(browser, url, form, start):
    """Send one approval at the same moment as everybody else; return the status and where it leads."""
    try:
        start.wait(timeout=60)
        answer = browser.post(url, form)
        return answer.status_code, answer.content.decode()
    finally:
        connections.close_all()


@pytest.mark.slow
@pytest.mark.requirement("R13", "R61")
@pytest.mark.django_db(transaction=True)
def test_of_many_who_approve_at_once_one_decides_and_the_others_read_what_happened():
    acme = factories.make_client("acme", name="Acme Mobile")
    agent = factories.make_user("agent", (acme, "agent"))
    browsers = []
    for number in range(RACERS):
        browsers.append(Client(raise_request_exception=False))
        browsers[-1].force_login(factories.make_user(f"supervisor{number}", (acme, "supervisor")))

    for round_number in range(ROUNDS):
        account = factories.suspend(factories.make_account(acme, f"A-{round_number}", balance_minor=8420))
        case = factories.bring_to(account, "awaiting_approval", agent)
        form = {"facts": facts_of(case), "reason": "paid"}
        url, start = reverse("case_approve", args=[case.code]), Barrier(RACERS)
        with ThreadPoolExecutor(RACERS) as pool:
            answers = list(pool.map(lambda browser: click(browser, url, form, start), browsers))  # noqa: B023

        assert sorted(status for status, _page in answers) == [302] + [409] * (RACERS - 1)
        assert all("decided this case first" in page for status, page in answers if status == 409)
        with scopes_disabled():
            assert Approval.objects.filter(case=case).count() == 1
            assert OutboxEvent.objects.filter(account=account, name="reinstatement.completed").count() == 1
            last = StatusChange.objects.filter(account=account).order_by("-number").values_list("action", flat=True)[:4]
        # The account, then the membership that stopped with it.
        assert list(last) == ["complete", "reinstate", "reinstate", "approve"]
