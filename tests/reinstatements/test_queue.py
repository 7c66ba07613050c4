import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts import personal, standins
from accounts.models import User
from reinstatements import drawing, lists, queues, rules, services
from reinstatements.models import ReinstatementRequest
from tests import factories


def get(browser, user, **query):
    browser.force_login(user)
    return browser.get(reverse("queue"), query)


def codes(response):
    return [row["case"].code for row in response.context["rows"]]


def make_cases(acme, agent, number, status="awaiting_approval"):
    return [
        factories.bring_to(
            factories.suspend(factories.make_account(acme, f"Q-{index:03}", balance_minor=8420)), status, agent
        )
        for index in range(number)
    ]


def due_in(case, **delta):
    with scope(client=case.client_id):
        ReinstatementRequest.objects.filter(pk=case.pk).update(due_at=timezone.now() + timezone.timedelta(**delta))


@pytest.mark.parametrize(
    ("who", "tabs"),
    [
        (
            "agent",
            "mine sent-back to-start in-verification drafts due for-others payment-pending unconfirmed "
            "appeals open done",
        ),
        (
            "supervisor",
            "decide review mine sent-back to-start in-verification drafts due stuck for-others "
            "payment-pending unconfirmed escalated appeals open done",
        ),
        (
            "compliance",
            "decide review in-verification due stuck for-others payment-pending unconfirmed escalated "
            "appeals open done",
        ),
        ("auditor", "in-verification due payment-pending unconfirmed appeals open done"),
        ("contact", "decide in-verification due payment-pending unconfirmed appeals open done"),
    ],
)
def test_each_role_is_offered_its_own_queues(client, request, who, tabs):
    response = get(client, request.getfixturevalue(who))

    assert [tab["url"] for tab in response.context["tabs"]] == [f"?queue={code}" for code in tabs.split()]
    assert response.context["queue"].code == tabs.split()[0]


def test_a_queue_that_is_not_offered_is_not_there(client, contact):
    assert [get(client, contact, queue=code).status_code for code in ("review", "drafts", "nonsense")] == [404] * 3


@pytest.mark.requirement("R80")
def test_each_case_stands_in_the_queues_of_its_status(client, acme, agent, supervisor, second_supervisor):
    statuses = ["draft", "submitted", "in_verification", "awaiting_approval"]
    cases = {
        status: factories.bring_to(factories.suspend(factories.make_account(acme, f"S-{status}")), status, agent)
        for status in statuses
    }
    sent_back = factories.bring_to(
        factories.suspend(factories.make_account(acme, "S-back")), "awaiting_approval", agent
    )
    with scope(client=acme.pk):
        seen = factories.seen(sent_back)
        services.send_back(sent_back, actor=second_supervisor, reason="evidence_unclear", seen=seen, note="Again.")
        services.withdraw(cases.pop("draft"), actor=agent, reason="not_wanted")

    name_of = {case.code: status for status, case in cases.items()} | {sent_back.code: "sent back"}
    shown = {
        code: {name_of.get(found, "withdrawn") for found in codes(get(client, supervisor, queue=code))}
        for code in queues.QUEUES
    }
    assert shown == {
        "decide": {"awaiting_approval"},
        "review": set(),
        "mine": set(),
        "sent-back": {"sent back"},
        "to-start": {"submitted"},
        "in-verification": {"in_verification", "sent back"},
        "drafts": set(),
        "due": set(),
        "stuck": set(),
        "for-others": set(),
        "payment-pending": set(),
        "unconfirmed": set(),
        "escalated": set(),
        "appeals": set(),
        "open": {"submitted", "in_verification", "awaiting_approval", "sent back"},
        "done": {"withdrawn"},
    }
    assert {name_of[found] for found in codes(get(client, agent, queue="mine"))} == {
        "submitted",
        "in_verification",
        "sent back",
    }


def test_what_is_late_or_nearly_stands_among_the_due_ones_with_words_that_say_so(client, acme, agent):
    late, soon, _later = make_cases(acme, agent, 3, "submitted")
    due_in(late, minutes=-5)
    due_in(soon, minutes=90)

    response = get(client, agent, queue="due")

    assert [(row["case"].code, row["standing"]) for row in response.context["rows"]] == [
        (late.code, "breached"),
        (soon.code, "soon"),
    ]
    assert "breached 5 min ago" in response.content.decode()


def test_the_approval_queue_holds_what_this_person_may_decide(acme, globex, agent, supervisor, compliance, outsider):
    """The queryset and the rule are two ways to ask one question; a bank asks two levels."""
    both = factories.make_user("both", (acme, "supervisor"), (globex, "supervisor"), (globex, "compliance"))
    second_login = factories.make_user("agent_too", (acme, "supervisor"), person=agent.person)
    clerk = factories.make_user("clerk", (globex, "agent"))
    cases = make_cases(acme, agent, 2) + make_cases(acme, supervisor, 0)
    cases += make_cases(globex, clerk, 2)
    with scope(client=globex.pk):
        services.approve(cases[3], actor=both, reason="paid", seen=factories.seen(cases[3]))
    with scope(client=[acme.pk, globex.pk]):
        waiting = list(ReinstatementRequest.objects.order_by("due_at", "id"))
        for user in (agent, second_login, supervisor, compliance, outsider, both, clerk):
            user = User.objects.get(pk=user.pk)
            allowed = [case for case in waiting if rules.can_decide_level(case, user, case.level_role)]
            assert list(queues.QUEUES["decide"].cases(user).order_by("due_at", "id")) == allowed, user
        assert list(queues.QUEUES["decide"].cases(both).order_by("due_at", "id")) == [cases[0], cases[1], cases[2]]
        assert list(queues.QUEUES["decide"].cases(second_login)) == []


def test_nobody_sees_another_clients_cases(client, awaiting_approval, outsider):
    for code in queues.QUEUES:
        assert codes(get(client, outsider, queue=code)) == []


def test_a_row_shows_what_is_needed_and_masks_the_holder(client, awaiting_approval, supervisor):
    page = get(client, supervisor, queue="decide").content.decode()

    for shown in (awaiting_approval.code, "Acme Mobile", "A-1001", "M•••• K••••", "Payment", "Non Payment", "agent"):
        assert shown in page
    assert "Köhler" not in page


def test_the_first_case_of_the_approval_queue_is_one_enter_away(client, awaiting_approval, supervisor):
    assert "data-autofocus" in get(client, supervisor, queue="decide").content.decode()


def test_an_empty_queue_says_what_will_stand_there(client, supervisor):
    page = get(client, supervisor, queue="decide").content.decode()

    assert "Nothing waits for your decision." in page


@pytest.mark.slow
@pytest.mark.parametrize("queue", ["decide", "open", "done"])
def test_a_list_takes_the_same_queries_with_one_case_and_with_thirty(client, acme, agent, supervisor, queue):
    def open_list():
        get(client, supervisor, queue=queue)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("queue"), {"queue": queue}).status_code == 200
        return len(queries)

    def more(number):
        for index in range(number):
            account = factories.suspend(factories.make_account(acme, f"{queue}-{number}-{index}"))
            case = factories.bring_to(account, "draft" if queue == "done" else "awaiting_approval", agent)
            if queue == "done":
                with scope(client=acme.pk):
                    services.withdraw(case, actor=agent, reason="not_wanted")

    more(1)
    with_one = open_list()
    more(29)

    assert len(codes(get(client, supervisor, queue=queue))) == 30
    # Six beside session and user.
    assert open_list() == with_one <= 8


def test_a_long_list_is_walked_forth_and_back_without_a_gap(client, acme, agent, supervisor, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 2)
    expected = [case.code for case in make_cases(acme, agent, 5)]

    response, forth = get(client, supervisor, queue="decide"), []
    while True:
        forth.append(codes(response))
        older = response.context["page"].older_url
        if not older:
            break
        response = client.get(reverse("queue") + older)
    back = [codes(response)]
    while newer := response.context["page"].newer_url:
        response = client.get(reverse("queue") + newer)
        back.append(codes(response))

    assert forth == [expected[:2], expected[2:4], expected[4:]]
    assert back == forth[::-1]


def test_the_count_beside_a_queue_is_bounded(client, acme, agent, supervisor, monkeypatch):
    monkeypatch.setattr(standins, "MOST", 2)
    make_cases(acme, agent, 3)

    counts = {tab["label"]: tab["count"] for tab in get(client, supervisor).context["tabs"]}

    assert (counts["To decide"], counts["Mine"], counts["Done lately"]) == ("2+", 0, None)


def test_a_list_is_narrowed_by_client_kind_and_number(client, acme, globex):
    both = factories.make_user("both", (acme, "agent"), (globex, "agent"))
    paid = factories.bring_to(factories.suspend(factories.make_account(acme, "A-1")), "draft", both)
    policy = factories.suspend(factories.make_account(globex, "B-2"), kind="policy", reason="policy_breach")
    policy = factories.bring_to(policy, "draft", both)

    for query, found in {
        ("client", "acme"): [paid.code],
        ("kind", "account_status"): [policy.code],
        ("q", "b-"): [policy.code],
        ("q", paid.code.lower()): [paid.code],
        ("q", "%"): [],
    }.items():
        assert codes(get(client, both, queue="drafts", **dict([query]))) == found, query


@pytest.mark.parametrize(
    "query",
    [
        {"client": "globex"},
        {"client": "x\0"},
        {"kind": "nonsense"},
        {"q": "x" * 61},
        {"q": "a\0b"},
        {"after": "nonsense"},
        {"after": "\0"},
        {"before": "00000000-0000-0000-0000-000000000000"},
    ],
)
def test_an_address_that_cannot_be_right_is_answered_with_400(client, agent, globex, query):
    assert get(client, agent, **query).status_code == 400


def test_another_clients_case_is_no_place_in_the_list(client, awaiting_approval, outsider):
    assert get(client, outsider, after=awaiting_approval.pk).status_code == 400


def test_the_home_page_shows_each_role_its_own_first(client, acme, agent, supervisor, contact, awaiting_approval):
    def lists(user):
        client.force_login(user)
        page = client.get("/").content.decode()
        return [code for code in queues.QUEUES if f'aria-labelledby="home-{code}"' in page]

    assert lists(supervisor) == ["decide"]
    assert lists(agent) == ["mine"]
    assert lists(contact) == ["decide"]


def test_a_case_is_found_by_its_code_in_any_notation(client, awaiting_approval, agent, outsider):
    code = awaiting_approval.code
    for user, found in ((agent, True), (outsider, False)):
        client.force_login(user)
        for typed in (code, code.lower(), f"{code[:4]}-{code[4:]}"):
            response = client.get(reverse("search"), {"q": typed})
            assert (response.status_code == 302 and response["Location"].endswith(f"/{code}/")) is found


def test_halves_of_a_queue_are_the_queue(acme, agent, second_supervisor):
    make_cases(acme, agent, 2, "in_verification")
    make_cases_of(acme, second_supervisor, agent)
    with scope(client=acme.pk):
        for user in (agent, second_supervisor):
            for queue in (queue for queue in queues.QUEUES.values() if queue.halves):
                halves = [case.pk for half in queue.in_halves(user) for case in half]
                assert sorted(halves) == sorted(case.pk for case in queue.cases(user)), (queue.code, user)
                assert halves


def make_cases_of(acme, maker, worker):
    """Make a case that one person asked for and nobody has, and one that another has."""
    for index, status in enumerate(("submitted", "in_verification")):
        account = factories.suspend(factories.make_account(acme, f"H-{index}", balance_minor=8420))
        factories.bring_to(account, status, maker)


def test_the_name_in_a_list_is_the_masked_name_of_the_holder(client, acme, agent, supervisor):
    (case,) = make_cases(acme, agent, 1)
    (row,) = get(client, supervisor).context["rows"]

    assert row["holder"] == personal.holder(case.account).name
    assert "Maria" not in row["holder"]


def test_a_filter_that_was_drawn_before_is_as_it_is_drawn_anew(client, acme, globex, agent, supervisor):
    make_cases(acme, agent, 1)
    for query in ({}, {"kind": "payment"}, {"columns": ["client", "due"]}, {"q": "Q-"}, {"sort": "newest"}, {}):
        form = get(client, supervisor, **query).context["form"]
        assert drawing.queue_filter(form) == drawing.fields_of(form), query
