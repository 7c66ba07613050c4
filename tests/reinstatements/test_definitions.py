"""Queues that people define: filters, columns, order, who works from them, and bounded counts."""

import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scopes_disabled

from accounts.errors import Invalid, Refused
from reinstatements.models import QueueDefinition
from reinstatements.services import definitions
from tests import factories

pytestmark = pytest.mark.requirement("R80")


def shown(client, user, **query):
    client.force_login(user)
    response = client.get(reverse("queue"), query)
    return [row["case"].code for row in response.context["rows"]], response


def tabs(client, user):
    _rows, response = shown(client, user)
    return {tab["label"]: tab["count"] for tab in response.context["tabs"] if "view=" in tab["url"]}


def keep(browser, user, name, roles=(), **query):
    browser.force_login(user)
    return browser.post(reverse("queue_save"), {"name": name, "roles": roles, "query": urlencode(query)})


@pytest.fixture
def three(acme, agent, suspended):
    """A draft, a case that waits to be started, and one that the agent works on."""
    with scopes_disabled():
        made = [factories.bring_to(suspended, "draft", agent)]
        for number, status in (("B-1", "submitted"), ("B-2", "in_verification")):
            made.append(factories.bring_to(factories.suspend(factories.make_account(acme, number)), status, agent))
    return [case.code for case in made]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"status": "submitted"}, {1}),
        ({"held": "me"}, {2}),
        ({"held": "nobody"}, {0, 1}),
        ({"held": "others"}, set()),
        ({"due": "late"}, set()),
        ({"due": "today"}, {0, 1, 2}),
        ({"held": "nobody", "status": "draft"}, {0}),
    ],
)
def test_a_list_is_narrowed_by_what_its_address_says(client, agent, three, query, expected):
    codes, _response = shown(client, agent, queue="open", **query)
    assert set(codes) == {three[index] for index in expected}


def test_a_list_has_the_order_and_the_columns_that_its_address_says(client, agent, three):
    codes, response = shown(client, agent, queue="open", sort="newest", columns=["kind", "opened"])

    assert codes == three[::-1]
    page = response.content.decode()
    assert ("Why it stopped" in page.split("<thead>")[1].split("</thead>")[0], '<th scope="col">Opened' in page) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    "query", [{"sort": "x"}, {"held": "\0"}, {"columns": "x"}, {"status": "completed"}, {"due": "1"}]
)
def test_an_address_that_cannot_be_is_400(client, agent, query):
    _codes, response = shown(client, agent, queue="open", **query)
    assert response.status_code == 400


def test_a_queue_of_ones_own_is_a_tab_with_its_count(client, acme, agent, supervisor, three):
    answer = keep(client, agent, "Fresh", queue="open", client="acme", status="submitted", after="x")

    assert "after" not in answer.url
    assert (tabs(client, agent), tabs(client, supervisor)) == ({"Fresh": 1}, {})
    response = client.get(answer.url)
    client.force_login(agent)
    page = client.get(answer.url)
    assert [row["case"].code for row in page.context["rows"]] == [three[1]]
    assert page.context["title"] == "Fresh"
    assert response.status_code == 200


def test_a_supervisor_makes_queues_for_roles(client, acme, agent, supervisor, compliance, outsider, three):
    keep(client, supervisor, "Team", roles=["agent"], queue="to-start", client="acme")

    assert [tabs(client, user) for user in (agent, supervisor, compliance, outsider)] == [
        {"Team": 1},
        {"Team": 1},
        {},
        {},
    ]


def test_only_a_supervisor_shares_and_nobody_keeps_what_is_not_theirs(acme, agent, contact, outsider, scoped):
    with pytest.raises(Refused):
        definitions.save(acme, "queue=open", actor=agent, name="Ours", roles=["agent"])
    with pytest.raises(Refused):
        definitions.save(acme, "queue=open", actor=outsider, name="Mine")
    for name, query in (("", "queue=open"), ("x", "q=" + "x" * 600)):
        with pytest.raises(Invalid):
            definitions.save(acme, query, actor=contact, name=name)


def test_removing_is_for_who_made_it_and_for_supervisors_of_what_is_shared(client, acme, agent, supervisor, scoped):
    own = factories.queue_definition(acme, agent)
    shared = factories.queue_definition(acme, supervisor, "Shared", roles=["agent"])
    client.force_login(supervisor)
    assert client.post(reverse("queue_remove", args=[own.pk])).status_code == 404
    with pytest.raises(Refused):
        definitions.remove(shared, actor=agent)
    client.post(reverse("queue_remove", args=[shared.pk]))

    assert list(QueueDefinition.objects.values_list("name", flat=True)) == ["My queue"]


def test_a_list_that_cannot_be_is_not_kept(client, acme, agent):
    for query in ({}, {"queue": "nonsense", "client": "acme"}, {"queue": "open", "client": "globex"}):
        assert keep(client, agent, "x", **query).status_code == 400


def test_a_queue_page_takes_as_many_queries_with_many_queues_as_with_one(client, acme, agent, three, scoped):
    factories.queue_definition(acme, agent, "One")
    shown(client, agent)
    with CaptureQueriesContext(connection) as one:
        shown(client, agent)
    for number in range(9):
        factories.queue_definition(acme, agent, f"Queue {number}")
    with CaptureQueriesContext(connection) as ten:
        shown(client, agent)

    assert len(ten) == len(one)


def test_the_columns_that_are_shown_are_ticked_and_only_others_unfold_the_filters(
    client, supervisor, awaiting_approval
):
    """Whoever adds one column to the usual ones by its tick does not lose those."""
    client.force_login(supervisor)

    usual = client.get(reverse("queue"), {"queue": "decide"}).text
    chosen = client.get(reverse("queue"), {"queue": "decide", "columns": ["account", "due"]}).text

    def ticked(text):
        boxes = re.findall(r'<input type="checkbox" name="columns"[^>]*>', text)
        return [re.search(r'value="(\w+)"', box).group(1) for box in boxes if "checked" in box]

    assert ticked(usual) == ["client", "account", "kind", "reason", "status", "due", "worker"]
    assert ticked(chosen) == ["account", "due"]
    assert ['<details class="filter-more" open>' in text for text in (usual, chosen)] == [False, True]
