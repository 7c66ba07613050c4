"""The staff pages: who grants and ends which role, for whom, and what is refused."""

import json
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scopes_disabled

from accounts import grants
from accounts.grants import Role
from accounts.models import ClientRole, StatusChange
from tests import factories

STAFF, GRANT = reverse("staff"), reverse("role_grant")


@pytest.fixture
def newcomer(db):
    return factories.make_user("newcomer", first_name="Nora", last_name="Newcomer")


def held(user, client):
    return grants.load(user).get(client.pk, frozenset())


def entries(client):
    with scopes_disabled():
        rows = StatusChange.objects.filter(client=client, account=None, subject_type="user").order_by("number")
        return [
            (row.action, str(row.subject_id), row.actor.username, json.loads(bytes(row.body))["data"]) for row in rows
        ]


def sent(browser, user, **fields):
    browser.force_login(user)
    return browser.post(GRANT, {"username": "newcomer", "client": "acme", "role": "agent", **fields})


def row_of(user):
    with scopes_disabled():
        return ClientRole.objects.get(user=user)


def test_granting_gives_the_role_at_once_and_stands_on_the_clients_chain(client, administrator, newcomer, acme):
    response = sent(client, administrator)

    assert (response.status_code, response.url) == (302, STAFF)
    assert held(newcomer, acme) == {Role.AGENT}
    row = row_of(newcomer)
    assert (row.granted_by, row.ends_at) == (administrator, None)
    assert entries(acme)[-1] == ("grant", str(newcomer.pk), "administrator", {"role": "agent", "until": None})
    page = client.get(STAFF).content.decode()
    assert "Nora Newcomer is Agent at Acme Mobile now." in page


def test_a_role_may_have_a_last_day_in_the_time_zone_of_whoever_grants(client, administrator, newcomer, acme):
    administrator.time_zone = "Europe/Berlin"
    administrator.save()
    with time_machine.travel("2027-03-01T12:00:00Z", tick=False):
        sent(client, administrator, until="2027-03-10")
        assert held(newcomer, acme) == {Role.AGENT}

    assert row_of(newcomer).ends_at == datetime(2027, 3, 10, 23, tzinfo=UTC)
    with time_machine.travel("2027-03-10T22:59:59Z", tick=False):
        assert held(newcomer, acme) == {Role.AGENT}
    with time_machine.travel("2027-03-10T23:00:00Z", tick=False):
        assert held(newcomer, acme) == set()


def test_ending_asks_first_and_holds_on_the_next_page_the_person_opens(client, administrator, agent, suspended, acme):
    client.force_login(agent)
    assert client.get(reverse("account", args=[suspended.pk])).status_code == 200
    end = reverse("role_end", args=[row_of(agent).pk])
    client.force_login(administrator)

    asked = client.get(end)
    assert "End this role?" in asked.content.decode()
    assert held(agent, acme) == {Role.AGENT}
    assert client.post(end).url == STAFF

    assert held(agent, acme) == set()
    assert entries(acme)[-1] == ("end_grant", str(agent.pk), "administrator", {"role": "agent"})
    client.force_login(agent)
    assert client.get(reverse("account", args=[suspended.pk])).status_code == 404
    client.force_login(administrator)
    assert client.post(end).status_code == 404


def test_the_page_lists_who_holds_what_at_ones_own_clients_only(client, administrator, agent, outsider, acme):
    client.force_login(administrator)

    lines = client.get(STAFF).context["lines"]

    assert [(line["row"].user.username, str(line["role"]), line["may_end"]) for line in lines] == [
        ("administrator", "Administrator", False),
        ("agent", "Agent", True),
    ]


@pytest.mark.parametrize(
    ("filters", "found"),
    [({"role": "agent"}, ["agent"]), ({"who": "admin"}, ["administrator"]), ({"client": "acme", "who": "x y"}, [])],
)
def test_the_list_is_narrowed_by_client_role_and_name(client, administrator, agent, filters, found):
    client.force_login(administrator)

    assert [line["row"].user.username for line in client.get(STAFF, filters).context["lines"]] == found


@pytest.mark.parametrize("filters", [{"client": "globex"}, {"role": "king"}, {"who": "\0"}, {"who": "x" * 151}])
def test_a_filter_that_cannot_be_right_is_refused(client, administrator, globex, filters):
    client.force_login(administrator)

    assert client.get(STAFF, filters).status_code == 400


@pytest.mark.parametrize("role", ["agent", "supervisor", "compliance", "auditor", "contact", "outsider"])
def test_only_administrators_find_these_pages(client, request, role, newcomer, administrator, acme):
    client.force_login(request.getfixturevalue(role))
    end = reverse("role_end", args=[row_of(administrator).pk])

    assert [client.get(url).status_code for url in (STAFF, GRANT, end)] == [404, 404, 404]
    assert [client.post(url, {}).status_code for url in (GRANT, end)] == [404, 404]
    assert held(administrator, acme) == {Role.ADMINISTRATOR}


def test_an_administrator_of_another_client_cannot_end_a_role_here(client, agent, globex, acme):
    foreign = factories.make_user("foreign", (globex, "administrator"))
    client.force_login(foreign)

    assert client.post(reverse("role_end", args=[row_of(agent).pk])).status_code == 404
    assert held(agent, acme) == {Role.AGENT}


@pytest.mark.parametrize("pk", [0, 2**31, 2**70])
def test_a_role_that_does_not_exist_is_a_404(client, administrator, pk):
    client.force_login(administrator)

    assert client.post(reverse("role_end", args=[pk])).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"username": "nobody"}, "username"),
        ({"username": ""}, "username"),
        ({"username": "new\0comer"}, "username"),
        ({"username": "x" * 10_000_000}, "username"),
        ({"username": "reinstate"}, "username"),
        ({"client": "globex"}, "client"),
        ({"client": "\0"}, "client"),
        ({"role": "king"}, "role"),
        ({"role": ""}, "role"),
        ({"until": "tomorrow"}, "until"),
        ({"until": "2020-01-01"}, "until"),
        ({"until": "9999-12-31"}, "until"),
    ],
)
def test_what_cannot_be_granted_is_refused_in_place_and_changes_nothing(
    client, administrator, newcomer, globex, acme, fields, field
):
    before = entries(acme)

    response = sent(client, administrator, **fields)

    assert response.status_code == 400
    assert set(response.context["form"].errors) == {field}
    assert (held(newcomer, acme), entries(acme)) == (set(), before)


def test_a_login_that_is_switched_off_gets_no_role(client, administrator, newcomer, acme):
    newcomer.is_active = False
    newcomer.save()

    response = sent(client, administrator)

    assert response.context["form"].errors == {"username": ["This login is switched off."]}


def test_nobody_grants_a_role_to_themselves(client, administrator, acme):
    response = sent(client, administrator, username="administrator", role="auditor")

    assert response.status_code == 403
    assert "Nobody changes their own roles." in response.content.decode()
    assert held(administrator, acme) == {Role.ADMINISTRATOR}


def test_nobody_grants_a_role_to_another_login_of_their_own(client, administrator, acme):
    second = factories.make_user("second", person=administrator.person)

    assert sent(client, administrator, username="second").status_code == 403
    assert held(second, acme) == set()


def test_nobody_ends_their_own_role_or_that_of_another_login_of_theirs(client, administrator, acme):
    second = factories.make_user("second", (acme, "auditor"), person=administrator.person)
    client.force_login(administrator)

    for user in (administrator, second):
        end = reverse("role_end", args=[row_of(user).pk])
        assert "This is your own role." in client.get(end).content.decode()
        assert client.post(end).status_code == 403
    assert (held(administrator, acme), held(second, acme)) == ({Role.ADMINISTRATOR}, {Role.AUDITOR})


@pytest.mark.parametrize("deciding", sorted(grants.DECIDING_ROLES))
def test_nobody_holds_administration_and_a_deciding_role_with_whichever_login(
    client, administrator, newcomer, acme, deciding
):
    second = factories.make_user("second", person=newcomer.person)
    sent(client, administrator, role=deciding)

    response = sent(client, administrator, username="second", role="administrator")

    assert response.status_code == 400
    assert set(response.context["form"].errors) == {"role"}
    assert (held(newcomer, acme), held(second, acme)) == ({Role(deciding)}, set())


def test_a_role_held_already_is_not_granted_again(client, administrator, newcomer, acme):
    sent(client, administrator)
    count = len(entries(acme))

    assert sent(client, administrator).status_code == 400
    assert len(entries(acme)) == count


def test_a_role_that_has_ended_can_be_granted_again(client, administrator, newcomer, acme):
    with time_machine.travel("2027-03-01T12:00:00Z", tick=False):
        sent(client, administrator, until="2027-03-02")
    with time_machine.travel("2027-03-05T12:00:00Z", tick=False):
        assert sent(client, administrator).status_code == 302
        assert held(newcomer, acme) == {Role.AGENT}
    assert row_of(newcomer).ends_at is None


def test_the_staff_page_takes_the_same_queries_with_one_row_and_with_thirty(client, administrator, acme):
    client.force_login(administrator)

    def queries():
        with CaptureQueriesContext(connection) as taken:
            assert client.get(STAFF).context["lines"]
        return len(taken)

    one = queries()
    for number in range(29):
        factories.make_user(f"agent{number}", (acme, "agent"))

    assert one == queries() <= 10
