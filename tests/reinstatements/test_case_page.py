import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format
from django_scopes import scope

from accounts.models import AccessRecord, Plan
from accounts.services import erasure, memberships
from reinstatements import services
from tests import factories
from tests.factories import HOLDER

STATEMENT, NOTE, REFERENCE = "Paid by transfer on Friday.", "The card was declined twice.", "Call 4711"


def get(client, user, case):
    client.force_login(user)
    return client.get(case.get_absolute_url())


def page(client, user, case):
    return get(client, user, case).content.decode()


def test_a_supervisor_sees_all_that_a_decision_rests_on(client, awaiting_approval, supervisor):
    shown, today = page(client, supervisor, awaiting_approval), date_format(timezone.localdate(), "j M Y")

    for words in (
        "Acme Mobile",
        "Routine: 3 of 3 met, nothing deviates",
        "Non Payment",
        NOTE,
        "Paid",
        STATEMENT,
        "Called back on the number on file · Call 4711",
        f"84.20 EUR · Received on: {today} · RF18 5390 0754 7034",
        "The account goes from suspended to active.",
        "The restriction “Payment” is lifted.",
        "The balance of 84.20 EUR counts as paid; nothing is owed any more.",
        "The member is told by mail, in German, at m••••@example.com.",
        "Basic, 29.85 EUR per month",
        "Sent for approval",
    ):
        assert words in shown


def test_each_membership_that_comes_back_is_named_with_its_price_and_what_it_holds(
    client, agent, supervisor, acme, scoped
):
    """The newest one has ended by itself: it is not what comes back."""
    account = factories.make_account(acme)
    plans = [
        Plan.objects.create(
            client=acme, code=name.lower(), name=name, price_minor=price, currency="EUR", entitlements=[name]
        )
        for name, price in (("Gym", 2990), ("Pool", 1250), ("Sauna", 900))
    ]
    rows = [
        memberships.add(account, plan, actor=agent, begins="active", reason="agreed", initiator="member")
        for plan in plans
    ]
    memberships.cancel(rows[-1], actor=agent, reason="too_expensive", initiator="member")
    factories.suspend(account)
    case = factories.bring_to(account, "awaiting_approval", agent)

    shown = page(client, supervisor, case)

    assert re.findall(r"The membership \w+, suspended now, .*?(?=<)", shown) == [
        "The membership Basic, suspended now, comes back: 29.85 EUR per month.",
        "The membership Gym, suspended now, comes back: 29.90 EUR per month, with Gym.",
        "The membership Pool, suspended now, comes back: 12.50 EUR per month, with Pool.",
    ]
    assert "Entitlements" not in shown


def test_a_member_without_an_address_is_not_said_to_be_told(client, acme, agent, supervisor):
    account = factories.suspend(factories.make_account(acme, holder=HOLDER | {"email": ""}))
    case = factories.bring_to(account, "awaiting_approval", agent)

    shown = page(client, supervisor, case)

    assert "The member is not told: no mail address is known." in shown
    assert "The member is told by mail" not in shown


@pytest.mark.parametrize("who", ["contact", "auditor"])
def test_words_and_evidence_are_withheld_from_those_who_neither_work_nor_decide(
    client, request, awaiting_approval, who
):
    shown = page(client, request.getfixturevalue(who), awaiting_approval)

    assert [words in shown for words in (STATEMENT, NOTE, REFERENCE, HOLDER["holder_name"])] == [False] * 4
    assert "Call or document reference: withheld" in shown
    assert "It waits for the decision of: supervisor." in shown
    forms = re.findall(r'<form method="post" action="([^"]+)"', shown.split("<main")[1])
    # The client's contact has a say of their own.
    assert all("/client/" in action for action in forms) if who == "contact" else forms == []


def test_the_holder_is_whole_for_whoever_claimed_the_case_and_for_nobody_else(
    client, in_verification, agent, supervisor, acme
):
    colleague = factories.make_user("colleague", (acme, "agent"))

    for user, whole in ((agent, True), (colleague, False), (supervisor, False)):
        assert (HOLDER["phone"] in page(client, user, in_verification)) is whole, user
    with scope(client=acme.pk):
        services.withdraw(in_verification, actor=agent, reason="not_wanted")
    assert HOLDER["phone"] not in page(client, agent, in_verification)


def test_opening_a_case_leaves_word_once_in_ten_minutes(client, in_verification, agent, supervisor, acme):
    for user in (agent, agent, supervisor):
        page(client, user, in_verification)

    with scope(client=acme.pk):
        records = AccessRecord.objects.filter(kind="opened").order_by("created_at")
        assert [(row.user, row.account_id, row.related, row.details) for row in records] == [
            (agent, in_verification.account_id, in_verification.pk, {"whole": True}),
            (supervisor, in_verification.account_id, in_verification.pk, {"whole": False}),
        ]


def test_another_clients_case_is_not_there_by_any_door(client, awaiting_approval, outsider):
    client.force_login(outsider)
    url = awaiting_approval.get_absolute_url()
    doors = ["submit", "start", "send", "withdraw", "approve", "decline", "send-back"]
    doors += ["checks/identity", "checks/identity/reopen"]

    assert client.get(url).status_code == 404
    assert [client.post(f"{url}{door}/").status_code for door in doors] == [404] * len(doors)
    assert client.get(f"/reinstatements/open/{awaiting_approval.account_id}/").status_code == 404


def test_a_code_is_found_in_any_letters_and_an_unknown_one_is_not(client, awaiting_approval, agent):
    client.force_login(agent)

    assert client.get(f"/reinstatements/{awaiting_approval.code.lower()}/").status_code == 200
    assert client.get("/reinstatements/NOSUCHCODE/").status_code == 404


def test_asking_for_a_door_without_sending_anything_leads_to_the_case(client, awaiting_approval, supervisor):
    """As after signing in again: the browser then asks for the address the form was sent to."""
    client.force_login(supervisor)
    response = client.get(f"{awaiting_approval.get_absolute_url()}approve/")

    assert (response.status_code, response["Location"]) == (302, awaiting_approval.get_absolute_url())


def test_whoever_cannot_decide_reads_why(client, awaiting_approval, acme, agent, supervisor, compliance):
    second_login = factories.make_user("agent_too", (acme, "supervisor"), person=agent.person)
    helper = factories.make_user("helper", (acme, "supervisor"))
    own = factories.bring_to(factories.suspend(factories.make_account(acme, "A-2")), "awaiting_approval", helper)

    def why(user, case):
        return get(client, user, case).context["decide"].why_not

    assert why(agent, awaiting_approval) == "It waits for the decision of: supervisor."
    assert why(compliance, awaiting_approval) == "It waits for the decision of: supervisor."
    assert why(helper, own).startswith("You took part in this case: you asked for it on ")
    assert why(second_login, awaiting_approval).startswith("You took part in this case: you asked for it as agent on ")
    assert why(supervisor, awaiting_approval) == ""
    assert "Approve and next" not in page(client, helper, own)


def test_whoever_approved_one_level_leaves_the_next_to_somebody_else(client, globex):
    clerk, both = (
        factories.make_user("clerk", (globex, "agent")),
        factories.make_user("both", (globex, "supervisor"), (globex, "compliance")),
    )
    case = factories.bring_to(factories.suspend(factories.make_account(globex)), "awaiting_approval", clerk)
    with scope(client=globex.pk):
        services.approve(case, actor=both, reason="paid", seen=factories.seen(case))

    shown = get(client, both, case)

    assert shown.context["decide"].why_not == (
        "You have approved it already. It waits for the decision of: compliance officer."
    )
    assert "Decision, level 2 of 2" in shown.content.decode()
    assert [(row["status"], row["role"]) for row in shown.context["decisions"]] == [("approved", "supervisor")]


def test_a_case_that_deviates_says_in_what(client, awaiting_approval, second_supervisor, supervisor, agent, scoped):
    seen = factories.seen(awaiting_approval)
    services.send_back(
        awaiting_approval, actor=second_supervisor, reason="evidence_unclear", seen=seen, note="Another name on it."
    )
    awaiting_approval.refresh_from_db()
    services.record_check(awaiting_approval, "identity", actor=agent, outcome="failed", facts={}, evidence={})
    factories.meet_all(awaiting_approval, agent)
    services.send_for_approval(awaiting_approval, actor=agent)

    shown = page(client, supervisor, awaiting_approval)

    assert "Not routine: 2 things differ" in shown
    assert "A check failed before it was met" in shown
    assert "It was sent back before" in shown
    assert "Another name on it." in shown


def test_a_case_that_came_back_says_to_whom_and_sets_each_fact_beside_what_it_was(
    client, awaiting_approval, agent, supervisor, second_supervisor, scoped
):
    seen = factories.seen(awaiting_approval)
    services.send_back(awaiting_approval, actor=supervisor, reason="evidence_unclear", note="All of it?", seen=seen)
    services.reopen_check(awaiting_approval, "payment_received", actor=agent)
    facts, evidence = factories.EVIDENCE["payment_received"]
    found = {"facts": facts | {"amount": 4000}, "evidence": evidence}
    services.record_check(awaiting_approval, "payment_received", actor=agent, outcome="met", **found)
    services.send_for_approval(awaiting_approval, actor=agent)

    own, other = (page(client, user, awaiting_approval) for user in (supervisor, second_supervisor))
    assert "It came back to you." in own
    assert "It came back to supervisor, and stands in their “To decide”." in other
    assert "When it was sent back" in own
    assert "When you read it" not in own
    client.force_login(supervisor)
    changes = client.get(awaiting_approval.get_absolute_url()).context["returned"]["changes"]
    assert [(row.before, row.after) for row in changes if row.label == "What approving will do"] == [
        (
            "The balance of 84.20 EUR counts as paid; nothing is owed any more.",
            "The balance goes from 84.20 EUR to 44.20 EUR.",
        )
    ]


def test_a_case_that_was_sent_back_begins_with_what_to_mend(client, awaiting_approval, supervisor, agent, scoped):
    seen = factories.seen(awaiting_approval)
    services.send_back(
        awaiting_approval, actor=supervisor, reason="evidence_unclear", seen=seen, note="Another name on it."
    )

    shown = page(client, agent, awaiting_approval)

    assert "supervisor sent it back: Evidence Unclear" in shown
    assert shown.index("Another name on it.") < shown.index("Why it stopped")


def test_a_decided_case_shows_who_decided_in_which_role_and_what_it_did(
    client, awaiting_approval, supervisor, contact, scoped
):
    seen = factories.seen(awaiting_approval)
    services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=seen, note="Matches the statement.")

    response = get(client, supervisor, awaiting_approval)

    assert [(row["status"], row["role"], row["note"]) for row in response.context["decisions"]] == [
        ("approved", "supervisor", "Matches the statement.")
    ]
    assert "What approving has done" in response.content.decode()
    assert "Back in service" in response.content.decode()
    assert "Matches the statement." not in page(client, contact, awaiting_approval)


def test_the_page_goes_to_the_database_eight_times_beside_who_asks(client, awaiting_approval, supervisor):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is no way away: each answer is asked for alone")
    get(client, supervisor, awaiting_approval)  # opening it leaves word, once in a while
    client.force_login(supervisor)
    with CaptureQueriesContext(connection) as asked:
        client.get(awaiting_approval.get_absolute_url())

    session_and_user = 2
    assert len(asked) - session_and_user <= 8


def test_the_page_takes_as_many_queries_for_a_long_story_as_for_a_short_one(
    client, awaiting_approval, supervisor, agent, scoped
):
    def queries():
        get(client, supervisor, awaiting_approval)
        with CaptureQueriesContext(connection) as found:
            get(client, supervisor, awaiting_approval)
        return len(found)

    short = queries()
    services.send_back(
        awaiting_approval, actor=supervisor, reason="evidence_unclear", seen=factories.seen(awaiting_approval), note="."
    )
    awaiting_approval.refresh_from_db()
    for _round in range(5):
        factories.meet_all(awaiting_approval, agent)
    services.send_for_approval(awaiting_approval, actor=agent)

    assert queries() == short


def test_the_account_shows_its_cases_and_the_way_to_a_new_one(client, suspended, agent, contact):
    client.force_login(agent)
    assert "Request reinstatement" in client.get(suspended.get_absolute_url()).content.decode()
    case = factories.bring_to(suspended, "draft", agent)
    shown = client.get(suspended.get_absolute_url()).content.decode()
    assert (f"Open case {case.code}" in shown, "Request reinstatement" in shown) == (True, False)
    client.force_login(contact)
    assert case.code in client.get(suspended.get_absolute_url()).content.decode()


def test_a_case_of_somebody_who_was_erased_still_shows_what_was_decided(
    client, awaiting_approval, supervisor, compliance, scoped
):
    services.approve(awaiting_approval, actor=supervisor, reason="paid", seen=factories.seen(awaiting_approval))
    awaiting_approval.account.refresh_from_db()
    erasure.erase(awaiting_approval.account, actor=compliance, reason=erasure.REASONS[0])

    shown = page(client, supervisor, awaiting_approval)

    assert [words in shown for words in (STATEMENT, NOTE, REFERENCE)] == [False] * 3
    assert ("erased" in shown, "What approving has done" in shown) == (True, True)
