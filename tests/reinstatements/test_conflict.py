import pytest
from django.urls import reverse
from django_scopes import scope

from accounts.models import Account
from reinstatements import facts, presentation, services
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
        ("What approving will do", "The balance of 84.20 EUR counts as paid; nothing is owed any more.", ""),
        ("Differs from routine", "nothing", "More is owed than was paid: 90.00 EUR"),
        ("What approving will do", "", "The balance goes from 90.00 EUR to 5.80 EUR."),
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
    with scope(client=acme.pk):
        services.approve(
            awaiting_approval, actor=second_supervisor, reason="paid", seen=factories.seen(awaiting_approval)
        )

    response = send(client, awaiting_approval, "decline", opened, reason="not_proven", note="The receipt is cut off.")

    page = response.content.decode()
    assert response.status_code == 409
    assert "second_supervisor decided this case first: approved." in page
    assert "Case completed" in page
    assert "The receipt is cut off." in page
    assert waiting.get_absolute_url() in page
    assert status(awaiting_approval) == "completed"


def test_a_form_with_a_mistake_in_it_says_what_changed_as_well(client, opened, awaiting_approval, acme):
    with scope(client=acme.pk):
        Account.objects.filter(pk=awaiting_approval.account_id).update(balance_minor=9000)

    response = send(client, awaiting_approval, "decline", opened, reason="not_proven", note="")

    assert response.status_code == 400
    assert differences(response)[0] == ("Balance owed", "84.20 EUR", "90.00 EUR")


def test_every_fact_that_differs_is_told(awaiting_approval, acme, scoped):
    """No difference goes untold: for each single change of the facts there is at least one row of words."""
    shown = facts.case_facts(awaiting_approval)

    def untold(change):
        changed = facts.canonical.decode(facts.canonical.encode(shown))
        change(changed)
        return not presentation.changes(changed, shown, str)

    def changes(node, path=()):
        if isinstance(node, dict):
            for key, value in node.items():
                yield from changes(value, (*path, key))
        elif isinstance(node, list):
            for index, value in enumerate(node):
                yield from changes(value, (*path, index))
            yield path, [*node, *node[:1]] if node and isinstance(node[0], str) else None
        else:
            yield path, node + 1 if isinstance(node, int) else f"{node}x"

    def setter(path, value):
        def change(changed):
            for key in path[:-1]:
                changed = changed[key]
            changed[path[-1]] = value

        return change

    told_by_its_own_value = {("checks",), ("restrictions",), ("effects",), ("signals",)}
    for path, value in changes(shown):
        if value is None or path in told_by_its_own_value:
            continue
        try:
            assert not untold(setter(path, value)), path
        except presentation.NoFacts:
            assert path[-1] == "code"
