"""Appeals on the pages: on the declined case, on the appeal, in lists, files and the document of evidence."""

import io
import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from pypdf import PdfReader

from reinstatements import services
from reinstatements.models import Policy, ReinstatementRequest
from tests import factories
from tests.accounts.exporting import download, rows_of
from tests.factories import fresh

pytestmark = [pytest.mark.usefixtures("scoped"), pytest.mark.requirement("R41")]
NOTE, SAID = "The receipt is of another month.", "The transfer slip is of this month, look again."


@pytest.fixture
def declined(awaiting_approval, supervisor):
    return factories.decline(awaiting_approval, supervisor)


@pytest.fixture
def clerk(acme):
    return factories.make_user("clerk", (acme, "agent"))


@pytest.fixture
def appeal(declined, clerk):
    return factories.appeal(declined, clerk)


def page(client, user, case):
    client.force_login(user)
    return client.get(case.get_absolute_url())


def said(**fields):
    when = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    return {"speaker": "holder", "channel": "phone", "received_at": when, "statement": SAID} | fields


def test_an_agent_puts_an_appeal_down_on_the_page_of_the_declined_case(client, declined, clerk):
    shown = page(client, clerk, declined).content.decode()
    assert re.search(r"The member may appeal until \d+ \w+ \d{4} \([\w/]+\), once\.", shown)
    assert "Put down an appeal" in shown

    answer = client.post(reverse("case_appeal", args=[declined.code]), said())

    made = ReinstatementRequest.objects.get(appeals=declined)
    assert (answer.status_code, answer["Location"]) == (302, made.get_absolute_url())
    assert (made.status, made.maker) == ("awaiting_approval", clerk)
    again = page(client, clerk, declined).content.decode()
    assert f"The member appealed: case {made.code}" in again
    assert "Put down an appeal" not in again
    late = client.post(reverse("case_appeal", args=[declined.code]), said())
    assert late.status_code == 409
    assert SAID in late.content.decode()


def test_what_cannot_be_an_appeal_is_told_beside_its_field_and_nothing_is_lost(client, declined, clerk):
    client.force_login(clerk)
    for wrong in ({"channel": "pigeon"}, {"statement": " "}, {"received_at": "never"}, {"speaker": "x"}):
        answer = client.post(reverse("case_appeal", args=[declined.code]), said(**wrong))
        assert answer.status_code == 400
        assert set(answer.context["appeal"].form.errors) == set(wrong)
    early = client.post(reverse("case_appeal", args=[declined.code]), said(received_at="2020-01-01T08:00"))
    assert early.status_code == 400
    assert "The case was declined later than this." in early.content.decode()
    assert SAID in early.content.decode()
    assert not ReinstatementRequest.objects.filter(appeals=declined).exists()


@pytest.mark.parametrize("who", ["auditor", "contact", "compliance", "administrator", "outsider"])
def test_nobody_else_puts_an_appeal_down(client, request, declined, who):
    client.force_login(request.getfixturevalue(who))

    assert client.post(reverse("case_appeal", args=[declined.code]), said()).status_code in (403, 404)
    assert not ReinstatementRequest.objects.filter(appeals=declined).exists()


def test_the_appeal_shows_the_frozen_evidence_the_decline_and_who_does_not_decide(
    client, appeal, declined, second_supervisor
):
    answer = page(client, second_supervisor, appeal)
    shown = answer.content.decode()

    for words in (
        "Not routine: 1 thing differs",
        "An appeal: somebody else has declined it",
        "Declined before, and appealed",
        declined.code,
        NOTE,
        SAID,
        "Not Proven",
        "Call 4711",
        "RF18 5390 0754 7034",
        "As it stood when the case was declined. Nothing is added or changed.",
        "Nothing that a decision rests on is different since.",
        "Grant the appeal",
        "Leave it declined",
        "The member appeals against the decision",
        "Case declined",
    ):
        assert escape(words) in shown, words
    assert "agent, supervisor" in re.sub(r"\s+", " ", shown)
    assert [fold["name"] for fold in answer.context["decide"].folds] == ["approve", "decline"]
    assert answer.context["appeal"].kept_away == ["agent", "supervisor"]
    assert answer.context["met"] == answer.context["total"] == 3


def test_what_is_different_since_the_decline_stands_on_the_page(client, appeal, second_supervisor):
    factories.charge(appeal.account)

    shown = page(client, second_supervisor, appeal)
    labels = [change.label for change in shown.context["appeal"].changes]
    assert "Balance owed" in labels
    assert not any(label.startswith("Check") or label == "Appeal against" for label in labels)
    assert "When it was declined" in shown.content.decode()
    assert "When you read it" not in shown.content.decode()


def test_that_the_account_is_older_by_a_day_is_no_difference_and_an_ended_appeal_is_not_compared(
    client, appeal, second_supervisor
):
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        shown = page(client, second_supervisor, appeal)
        assert shown.context["appeal"].changes == []
        assert "Nothing that a decision rests on is different since." in shown.content.decode()
        factories.charge(appeal.account)
        services.withdraw(fresh(appeal), actor=second_supervisor, reason="not_wanted")
        ended = page(client, second_supervisor, appeal)
    assert ended.context["appeal"].changes == []
    assert "different since" not in ended.content.decode().lower()


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("agent", "You took part in the case that is appealed."),
        ("supervisor", "You decided the case that is appealed."),
        ("clerk", "You took part in this case: you asked for it"),
    ],
)
def test_the_page_says_why_somebody_does_not_decide_the_appeal(client, acme, request, appeal, who, why):
    person = request.getfixturevalue(who).person
    login = factories.make_user("second_login", (acme, "supervisor"), person=person)

    answer = page(client, login, appeal)
    assert answer.context["decide"].why_not.startswith(why)
    assert reverse("case_approve", args=[appeal.code]) not in answer.content.decode()
    facts = {"facts": answer.context["decide"].facts_text, "reason": "paid", "note": "Mine."}
    for name, reason in (("approve", "paid"), ("decline", "not_proven"), ("send_back", "evidence_unclear")):
        sent = client.post(reverse(f"case_{name}", args=[appeal.code]), facts | {"reason": reason})
        assert sent.status_code == 403
    assert fresh(appeal).status == "awaiting_approval"


def test_an_appeal_is_decided_on_its_page(client, appeal, declined, second_supervisor, clerk):
    shown = page(client, second_supervisor, appeal)
    facts = {"facts": shown.context["decide"].facts_text, "opened": shown.context["decide"].page.opened_at}
    back = client.post(
        reverse("case_send_back", args=[appeal.code]), facts | {"reason": "evidence_unclear", "note": "Which?"}
    )
    assert back.status_code == 403
    answer = client.post(
        reverse("case_decline", args=[appeal.code]),
        facts | {"reason": "not_proven", "note": "It is of October."},
        follow=True,
    )

    assert f"Appeal {appeal.code} is decided: what was declined stays declined." in answer.content.decode()
    over = page(client, clerk, appeal).content.decode()
    assert "Put down an appeal" not in over
    assert "It is of October." in over
    assert f"The member appealed: case {appeal.code}" in page(client, clerk, declined).content.decode()


def test_a_granted_appeal_says_that_the_account_is_back(client, appeal, second_supervisor):
    shown = page(client, second_supervisor, appeal)
    facts = {"facts": shown.context["decide"].facts_text, "reason": "paid"}
    answer = client.post(reverse("case_approve", args=[appeal.code]), facts, follow=True)

    assert "is back in service" in answer.content.decode()
    assert fresh(appeal).account.status == "active"


def test_a_policy_without_appeals_says_so(client, acme, suspended, agent, supervisor, compliance):
    policy = Policy.objects.get(client=acme, kind="payment")
    in_force = factories.put_in_force(policy, policy.rules | {"appeal_days": 0})
    case = factories.decline(factories.bring_to(suspended, "awaiting_approval", agent), supervisor)

    assert "The policy of this case lets nobody appeal." in page(client, agent, case).content.decode()
    client.force_login(compliance)
    assert "nobody may appeal" in client.get(in_force.get_absolute_url()).content.decode()
    tried = reverse("policy_preview", args=[in_force.pk]) + "?owed_minor=10&restrictions=payment&industry=telecom"
    assert "Nobody may appeal." in client.get(tried).content.decode()
    tried = tried.replace(str(in_force.pk), str(policy.pk))
    assert "The member may appeal for 30 days." in client.get(tried).content.decode()


def test_the_list_the_account_and_the_file_tell_of_appeals(client, acme, appeal, declined, compliance):
    client.force_login(compliance)
    assert [row["case"].code for row in client.get("/reinstatements/?queue=appeals").context["rows"]] == [appeal.code]
    account = client.get(declined.account.get_absolute_url()).content.decode()
    assert f"appeal against {declined.code}" in account

    rows = rows_of(download(client, compliance, {"queue": "open"}, code="cases"))
    (row,) = [row for row in rows if row["Case"] == appeal.code]
    assert (row["Appeal against"], row["Appealed by"]) == (declined.code, "")
    rows = rows_of(download(client, compliance, {"queue": "done"}, code="cases"))
    (row,) = [row for row in rows if row["Case"] == declined.code]
    assert (row["Appeal against"], row["Appealed by"]) == ("", appeal.code)
    assert row["May be appealed until"] != ""


@pytest.mark.requirement("R41", "R55")
def test_the_evidence_of_an_appeal_holds_the_declined_case_too(client, appeal, declined, compliance):
    client.force_login(compliance)

    def words(case):
        data = client.get(reverse("case_evidence", args=[case.code])).content
        return " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(data)).pages).split())

    told = words(appeal)
    for text in (
        f"Against {declined.code}",
        NOTE,
        SAID,
        "Call 4711",
        "Letter",
        "The holder",
        "Do not decide it agent, supervisor",
        "as it stood when the case was declined",
        declined.approvals.get().case_hash,
        "Case declined",
    ):
        assert text in told, text
    assert f"Appealed {appeal.code}" in words(declined)


def test_the_queue_of_appeals_costs_the_same_with_three_as_with_one(client, acme, agent, supervisor, clerk):
    def counted(number):
        for index in range(number):
            account = factories.suspend(factories.make_account(acme, f"P-{number}-{index}", balance_minor=8420))
            case = factories.bring_to(account, "awaiting_approval", agent)
            factories.appeal(factories.decline(case, supervisor), clerk)
        client.force_login(supervisor)
        client.get("/reinstatements/?queue=appeals")
        with CaptureQueriesContext(connection) as queries:
            answer = client.get("/reinstatements/?queue=appeals")
        return len(answer.context["rows"]), len(queries)

    (one, first), (four, second) = counted(1), counted(3)
    assert (one, four) == (1, 4)
    assert first == second


@pytest.mark.parametrize(("who", "may"), [("supervisor", False), ("clerk", False), ("second_supervisor", True)])
def test_only_who_may_decide_an_appeal_is_offered_to_withdraw_it(client, request, appeal, who, may):
    user, address = request.getfixturevalue(who), reverse("case_withdraw", args=[appeal.code])

    shown = page(client, user, appeal).content.decode()
    answer = client.post(address, {"reason": "not_wanted"})

    assert (f'action="{address}"' in shown) == may
    assert ("You do not decide this one." in shown) == (not may)
    assert (answer.status_code, fresh(appeal).status) == ((302, "withdrawn") if may else (403, "awaiting_approval"))
