import pytest
from django.urls import reverse
from django_scopes import scope

from accounts.models import Account, StatusChange
from accounts.services import drafts, words
from reinstatements import facts, services
from reinstatements.models import Approval, ReinstatementRequest
from tests import factories


def facts_on_the_page(client, case):
    return client.get(case.get_absolute_url()).context["decide"].facts_text


def decide(client, user, case, door, **fields):
    """Open the case as ``user``, then send one of the forms that its page shows."""
    client.force_login(user)
    desk = client.get(case.get_absolute_url()).context["decide"]
    url = reverse(f"case_{door}", args=[case.code])
    return client.post(url, {"facts": desk.facts_text if desk else "{}", "reason": "paid"} | fields)


def fresh(case):
    with scope(client=case.client_id):
        return ReinstatementRequest.objects.select_related("account").get(pk=case.pk)


def another(acme, agent, number="A-2"):
    return factories.bring_to(factories.suspend(factories.make_account(acme, number)), "awaiting_approval", agent)


def last_note(case):
    with scope(client=case.client_id):
        approval = case.approvals.latest("decided_at")
        return words.read(case.account, [approval.entry]).get((approval.entry, "note"), "")


def test_approving_brings_the_account_back_and_opens_the_next_case(client, awaiting_approval, agent, supervisor, acme):
    following = another(acme, agent)

    response = decide(client, supervisor, awaiting_approval, "approve", next="1", note="Matches the statement.")

    assert response["Location"] == following.get_absolute_url()
    assert (fresh(awaiting_approval).status, fresh(awaiting_approval).account.status) == ("completed", "active")
    assert last_note(awaiting_approval) == "Matches the statement."
    done = f"Case {awaiting_approval.code} is approved. Account A-1001 is back in service."
    assert done in client.get(response["Location"]).content.decode()


def test_after_the_last_case_comes_the_empty_queue(client, awaiting_approval, supervisor):
    response = decide(client, supervisor, awaiting_approval, "approve", next="1")

    assert response["Location"] == reverse("queue") + "?queue=decide"
    assert "Nothing waits for your decision." in client.get(response["Location"]).content.decode()


def test_approving_without_next_stays_on_the_case(client, awaiting_approval, agent, supervisor, acme):
    another(acme, agent)

    assert decide(client, supervisor, awaiting_approval, "approve")["Location"] == awaiting_approval.get_absolute_url()


def test_the_next_case_is_the_one_due_after_this_and_then_the_first_again(client, acme, agent, supervisor):
    first, second, third = (another(acme, agent, f"A-{number}") for number in (1, 2, 3))

    assert decide(client, supervisor, second, "approve", next="1")["Location"] == third.get_absolute_url()
    assert decide(client, supervisor, third, "approve", next="1")["Location"] == first.get_absolute_url()


def test_the_reason_that_was_asked_for_is_chosen_already(client, awaiting_approval, supervisor):
    client.force_login(supervisor)
    folds = client.get(awaiting_approval.get_absolute_url()).context["decide"].folds

    assert [(fold["name"], fold["form"]["reason"].value(), fold["is_open"]) for fold in folds] == [
        ("approve", "paid", True),
        ("send_back", "", False),
        ("decline", "", False),
    ]


def test_every_decision_has_its_key(client, awaiting_approval, supervisor):
    client.force_login(supervisor)
    page = client.get(awaiting_approval.get_absolute_url()).content.decode()

    assert [f'data-key="{key}"' in page for key in "abd"] == [True] * 3


def test_declining_needs_a_code_and_words(client, awaiting_approval, supervisor):
    for fields in ({"reason": "not_proven"}, {"reason": "", "note": "No."}, {"reason": "paid", "note": "No."}):
        response = decide(client, supervisor, awaiting_approval, "decline", **fields)
        assert response.status_code == 400
        assert fields.get("note", "") in response.content.decode()
    assert fresh(awaiting_approval).status == "awaiting_approval"

    decide(client, supervisor, awaiting_approval, "decline", reason="not_proven", note="Another name on the receipt.")
    assert (fresh(awaiting_approval).status, fresh(awaiting_approval).account.status) == ("declined", "suspended")
    assert last_note(awaiting_approval) == "Another name on the receipt."


def test_sending_back_needs_words_and_leads_the_case_to_its_agent(client, awaiting_approval, supervisor, agent):
    send_back = {"reason": "evidence_unclear"}
    assert decide(client, supervisor, awaiting_approval, "send_back", **send_back).status_code == 400

    decide(client, supervisor, awaiting_approval, "send_back", note="The receipt is cut off.", **send_back)

    assert (fresh(awaiting_approval).status, fresh(awaiting_approval).sent_back_count) == ("in_verification", 1)
    client.force_login(agent)
    assert "The receipt is cut off." in client.get(awaiting_approval.get_absolute_url()).content.decode()


@pytest.mark.parametrize("text", ["x" * 5001, "a\0b"])
def test_words_that_cannot_be_kept_are_said_in_place_and_stay_typed(client, awaiting_approval, supervisor, text):
    response = decide(client, supervisor, awaiting_approval, "approve", note=text)

    assert response.status_code == 400
    assert text.replace("\0", "") in response.content.decode().replace("\0", "")
    assert fresh(awaiting_approval).status == "awaiting_approval"


def test_each_decision_is_kept_with_the_level_and_role_it_was_taken_in(client, globex):
    clerk = factories.make_user("clerk", (globex, "agent"))
    first = factories.make_user("first", (globex, "supervisor"))
    last = factories.make_user("last", (globex, "compliance"))
    case = factories.bring_to(factories.suspend(factories.make_account(globex)), "awaiting_approval", clerk)

    response = decide(client, first, case, "approve", follow=True)
    assert fresh(case).status == "awaiting_approval"
    said = f"You approved case {case.code}. It waits for the decision of: compliance officer."
    assert said in client.get(response["Location"]).content.decode()
    decide(client, last, case, "approve")

    assert fresh(case).status == "completed"
    with scope(client=globex.pk):
        given = Approval.objects.order_by("decided_at").values_list("level", "role", "user__username", "decision")
        assert list(given) == [(0, "supervisor", "first", "approved"), (1, "compliance", "last", "approved")]


@pytest.mark.requirement("R61")
def test_whoever_took_part_cannot_decide_by_page_with_any_login(client, awaiting_approval, agent, acme):
    logins = [
        agent,
        factories.make_user("second_login", (acme, "supervisor"), person=agent.person),
        factories.make_user("root", (acme, "supervisor"), person=agent.person, is_superuser=True, is_staff=True),
    ]
    with scope(client=acme.pk):
        shown = facts.encode(facts.case_facts(awaiting_approval))
    for user in logins:
        client.force_login(user)
        for door, reason in (("approve", "paid"), ("decline", "not_proven"), ("send_back", "evidence_unclear")):
            url = reverse(f"case_{door}", args=[awaiting_approval.code])
            response = client.post(url, {"facts": shown, "reason": reason, "note": "Mine."})
            assert response.status_code == 403
            if user is not agent:
                assert "You took part in this case: you asked for it as agent on" in response.content.decode()
    assert fresh(awaiting_approval).status == "awaiting_approval"


def test_another_role_waits_its_turn(client, awaiting_approval, compliance):
    response = decide(client, compliance, awaiting_approval, "approve")

    assert response.status_code == 403
    assert "It waits for the decision of: supervisor." in response.content.decode()


def test_what_cannot_be_approved_says_so_and_has_no_button(client, acme, agent, supervisor):
    account = factories.suspend(factories.make_account(acme, "A-3", balance_minor=8420))
    case = factories.bring_to(account, "awaiting_approval", agent)
    with scope(client=acme.pk):
        Account.objects.filter(pk=account.pk).update(balance_minor=9000)
    client.force_login(supervisor)

    page = client.get(case.get_absolute_url()).content.decode()

    assert "It cannot be approved as it stands:" in page
    assert "More is owed than was paid: 90.00 EUR" in page
    assert ("Approve and next" in page, "Send back" in page) == (False, True)
    assert decide(client, supervisor, case, "approve").status_code == 403


@pytest.mark.parametrize(
    "posted",
    [
        "",
        "{",
        "null",
        "[]",
        "{}",
        '{"b":1,"a":2}',
        '{"balance":{"currency":[],"owed_minor":"x"}}',
        "\0",
        "x" * (256 * 1024 + 1),
        '{"a":1.5}',
    ],
)
def test_facts_that_no_page_showed_decide_nothing(client, awaiting_approval, supervisor, posted):
    response = decide(client, supervisor, awaiting_approval, "approve", facts=posted)

    assert response.status_code == 400
    assert fresh(awaiting_approval).status == "awaiting_approval"


def test_what_was_typed_is_back_after_signing_in_again_and_gone_once_it_was_sent(
    client, awaiting_approval, supervisor, acme
):
    key = f"case:{awaiting_approval.code}:decline"
    with scope(client=acme.pk):
        drafts.save(supervisor, awaiting_approval.account, key, {"note": "Another na"})
    client.force_login(supervisor)

    folds = client.get(awaiting_approval.get_absolute_url()).context["decide"].folds
    assert [(fold["name"], fold["form"]["note"].value()) for fold in folds if fold["is_open"]] == [
        ("decline", "Another na")
    ]
    decide(client, supervisor, awaiting_approval, "decline", reason="not_proven", note="Another name.")
    with scope(client=acme.pk):
        assert drafts.load(supervisor, awaiting_approval.account, key) == {}


def test_a_decision_sent_while_signed_out_leads_back_to_the_case(client, awaiting_approval, supervisor):
    url = reverse("case_approve", args=[awaiting_approval.code])
    response = client.post(url, {"facts": "{}", "reason": "paid"})
    assert response["Location"] == f"{reverse('account_login')}?next={url}"

    client.force_login(supervisor)
    assert client.get(url)["Location"] == awaiting_approval.get_absolute_url()


def test_a_reason_that_the_client_no_longer_offers_can_still_be_what_was_asked_for(
    client, awaiting_approval, supervisor, acme
):
    with scope(client=acme.pk):
        acme.reason_codes.filter(code="paid").update(is_active=False)

    response = decide(client, supervisor, awaiting_approval, "approve")

    assert response.status_code == 302
    assert fresh(awaiting_approval).status == "completed"


def test_the_entry_of_a_decision_carries_the_hash_of_what_was_shown(client, awaiting_approval, supervisor, acme):
    client.force_login(supervisor)
    shown = facts_on_the_page(client, awaiting_approval)
    decide(client, supervisor, awaiting_approval, "approve", facts=shown)

    with scope(client=acme.pk):
        entry = StatusChange.objects.get(subject_id=awaiting_approval.pk, action="approve")
        approval = Approval.objects.get()
        assert entry.case_hash == approval.case_hash == facts.digest(approval.facts)
        assert facts.encode(approval.facts) == shown
    assert services.FactsChanged.__mro__[1].__name__ == "Moved"
