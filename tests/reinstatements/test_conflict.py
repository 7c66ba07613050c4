import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts import canonical
from accounts.models import Account
from reinstatements import differing, facts, services
from reinstatements.models import ReinstatementRequest
from tests import factories


@pytest.fixture
def opened(client, awaiting_approval, supervisor):
    """The facts that the supervisor's open page holds."""
    client.force_login(supervisor)
    return client.get(awaiting_approval.get_absolute_url()).context["decide"].facts_text


def send(client, case, door, shown, **fields):
    url = reverse(f"case_{door}", args=[case.code])
    return client.post(url, {"facts": shown, "reason": "paid", "next": "1"} | fields)


def status(case):
    with scope(client=case.client_id):
        return ReinstatementRequest.objects.get(pk=case.pk).status


def differences(response):
    return [(row.label, row.before, row.after) for row in response.context["changes"]]


def test_a_case_that_changed_is_not_approved_and_the_page_says_what_changed(client, opened, awaiting_approval, acme):
    with scope(client=acme.pk):
        Account.objects.filter(pk=awaiting_approval.account_id).update(balance_minor=9000)

    response = send(client, awaiting_approval, "approve", opened, note="Matches the statement.")

    assert response.status_code == 409
    assert status(awaiting_approval) == "awaiting_approval"
    assert differences(response) == [
        ("Balance owed", "84.20 EUR", "90.00 EUR"),
        (
            "What approving will do",
            "The balance of 84.20 EUR counts as paid; nothing is owed any more.",
            "The balance goes from 90.00 EUR to 5.80 EUR.",
        ),
        ("Differs from routine", "nothing", "More is owed than was paid: 90.00 EUR"),
    ]


def test_what_was_typed_stays_in_the_form_and_the_new_facts_can_be_decided_on(
    client, opened, awaiting_approval, agent, acme, scoped
):
    """The evidence is collected anew while the supervisor reads."""
    other = factories.make_user("other", (acme, "supervisor"))
    services.send_back(
        awaiting_approval, actor=other, reason="evidence_unclear", seen=factories.seen(awaiting_approval), note="Again."
    )
    awaiting_approval.refresh_from_db()
    services.record_check(
        awaiting_approval,
        "identity",
        actor=agent,
        outcome="met",
        facts={"method": "document"},
        evidence={"reference": "Passport 17"},
    )
    services.send_for_approval(awaiting_approval, actor=agent)

    response = send(client, awaiting_approval, "decline", opened, reason="not_proven", note="No proof. =1+1 שלום")

    assert response.status_code == 409
    rows = {label: (before.split(" · ")[:2], after.split(" · ")[:2]) for label, before, after in differences(response)}
    assert rows["Check: identity confirmed"] == (
        ["Met", "Called back on the number on file"],
        ["Met", "Identity document seen"],
    )
    assert rows["Differs from routine"] == (["nothing"], ["It was sent back before"])
    fold = next(fold for fold in response.context["decide"].folds if fold["is_open"])
    assert (fold["name"], fold["form"]["note"].value()) == ("decline", "No proof. =1+1 שלום")
    assert fold["form"]["reason"].value() == "not_proven"

    now = response.context["decide"].facts_text
    assert now != opened
    assert send(client, awaiting_approval, "decline", now, reason="not_proven", note="No proof.").status_code == 302
    assert status(awaiting_approval) == "declined"


def test_the_second_of_two_supervisors_reads_who_decided_and_keeps_the_words(
    client, opened, awaiting_approval, second_supervisor, agent, acme
):
    waiting = factories.bring_to(factories.suspend(factories.make_account(acme, "A-2")), "awaiting_approval", agent)
    words = {"reason": "not_proven", "note": "The receipt is cut off."}
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        token = client.get(awaiting_approval.get_absolute_url()).context["decide"].page.opened_at
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        with scope(client=acme.pk):
            services.approve(
                awaiting_approval, actor=second_supervisor, reason="paid", seen=factories.seen(awaiting_approval)
            )
        response = send(client, awaiting_approval, "decline", opened, opened=token, **words)
        unknown = send(client, awaiting_approval, "decline", opened, **words).content.decode()

    page = response.content.decode()
    assert response.status_code == 409
    assert "second_supervisor decided this case first: approved." in page
    assert page.count("Nothing you") == 1
    assert "Case completed" in page
    # What was done before the page was opened did not happen meanwhile.
    assert "Sent for approval" not in page
    assert "What happened meanwhile" not in unknown
    assert "The receipt is cut off." in page
    assert waiting.get_absolute_url() in page
    assert status(awaiting_approval) == "completed"


def test_an_agent_whose_check_comes_too_late_reads_what_happened_meanwhile(client, acme, in_verification, agent):
    client.force_login(agent)
    form = {"outcome": "met", "method": "call_back", "reference": "Call 4711"}
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        page = client.get(in_verification.get_absolute_url())
        (token,) = set(re.findall(r'name="opened" value="([^"]+)"', page.content.decode()))
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        with scope(client=acme.pk):
            services.withdraw(in_verification, actor=agent, reason="not_wanted")
        url = reverse("case_check", args=[in_verification.code, "identity"])
        answer = client.post(url, form | {"opened": token})

    assert answer.status_code == 409
    assert [line.title for line in answer.context["happened"]] == ["Case withdrawn"]


def test_a_form_with_a_mistake_in_it_says_what_changed_as_well(client, opened, awaiting_approval, acme):
    with scope(client=acme.pk):
        Account.objects.filter(pk=awaiting_approval.account_id).update(balance_minor=9000)

    response = send(client, awaiting_approval, "decline", opened, reason="not_proven", note="")

    assert response.status_code == 400
    assert differences(response)[0] == ("Balance owed", "84.20 EUR", "90.00 EUR")


def test_every_fact_that_differs_is_told(awaiting_approval, scoped):
    """No difference goes untold: for each single value that is another one there is a row of words."""
    current = facts.case_facts(awaiting_approval)
    paths = list(values(current))
    assert len(paths) > 30

    for path, value in paths:
        shown = canonical.decode(canonical.encode(current))
        node = shown
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = another(path[-1], value)
        assert differing.changes(shown, current, str), path


def values(node, path=()):
    """Yield ``(path, value)`` of every single value in the facts."""
    if not isinstance(node, dict | list):
        yield path, node
        return
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        yield from values(value, (*path, key))


def another(key, value):
    if value is None:
        return 1
    if isinstance(value, int):
        return value + 1
    return {"code": "kyc", "confirmed_on": "2026-11-19", "received_on": "2026-11-19"}.get(key, f"{value}x")
