"""Logins in the admin: made, changed and switched off, without rights and without passwords of others."""

import pytest
from django.urls import reverse
from django_scopes import scope

from accounts import grants
from accounts.models import ClientRole, Person, User
from accounts.services import roles, staff
from tests import factories
from tests.accounts.configuring import fields_of, settings_entries, url


@pytest.fixture
def desk(client, administrator):
    client.force_login(administrator)
    return client


NEW = {
    "username": "nora",
    "first_name": "Nora",
    "last_name": "New",
    "email": "nora@example.com",
    "language": "de",
    "time_zone": "Europe/Berlin",
    "password1": "a long enough secret",
    "password2": "a long enough secret",
}
HIDDEN = {"is_superuser": "on", "is_staff": "on", "groups": "1", "user_permissions": "1", "status": "active", "id": "1"}


def test_a_new_login_has_a_person_of_its_own_no_rights_and_goes_on_to_its_first_role(desk, acme):
    response = desk.post(url(User, "add"), {**NEW, **HIDDEN})

    assert response.url == reverse("role_grant") + "?username=nora"
    nora = User.objects.get(username="nora")
    assert (nora.is_superuser, nora.is_staff, nora.is_active) == (False, False, True)
    assert (nora.person.name, nora.language, nora.time_zone) == ("Nora New", "de", "Europe/Berlin")
    assert nora.check_password("a long enough secret")
    assert (list(nora.groups.all()), list(nora.user_permissions.all()), grants.load(nora)) == ([], [], {})
    assert 'value="nora"' in desk.get(response.url).content.decode()


def test_a_second_login_is_given_to_the_person_who_has_the_first(desk, agent):
    desk.post(url(User, "add"), {**NEW, "person": agent.person_id})

    assert User.objects.get(username="nora").person == agent.person


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"username": ""}, "username"),
        ({"username": "AGENT"}, "username"),
        ({"username": "reinstate"}, "username"),
        ({"username": "no spaces"}, "username"),
        ({"username": "a\0b"}, "username"),
        ({"password2": "another long secret"}, "password2"),
        ({"password1": "short", "password2": "short"}, "password2"),
        ({"email": "nobody"}, "email"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"language": "tlh"}, "language"),
        ({"first_name": "x" * 10_000_000}, "first_name"),
        ({"person": "outsider"}, "person"),
    ],
)
def test_a_login_that_cannot_be_right_is_refused_in_place(desk, agent, outsider, fields, wrong):
    if "person" in fields:
        fields = {"person": outsider.person_id}
    people = Person.objects.count()

    response = desk.post(url(User, "add"), {**NEW, **fields})

    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == {wrong}
    assert (User.objects.filter(username="nora").exists(), Person.objects.count()) == (False, people)


def test_a_login_is_changed_on_the_record_of_its_client_and_nothing_hidden_comes_through(desk, agent, acme, outsider):
    page = desk.get(url(User, "change", agent))
    before = agent.password
    sent = {**fields_of(page), **HIDDEN, "first_name": "Anna", "username": "root", "person": outsider.person_id}
    sent |= {"password": "x", "password1": "x", "is_active": ""}

    assert desk.post(url(User, "change", agent), sent).status_code == 302

    agent.refresh_from_db()
    assert (agent.first_name, agent.is_active) == ("Anna", False)
    assert (agent.is_superuser, agent.is_staff, agent.username, agent.password) == (False, False, "agent", before)
    assert agent.person_id != outsider.person_id
    assert settings_entries(acme) == [("user", "change", {"fields": ["first_name", "is_active"], "is_active": False})]
    assert ClientRole.objects.filter(user=agent).count() == 1


def test_a_login_that_works_elsewhere_too_is_shown_and_not_changed(desk, compliance, globex):
    with scope(client=[globex.pk]):
        roles.grant(compliance, globex, "auditor", actor=staff.ensure_system_user())

    assert desk.get(url(User, "change", compliance)).status_code == 200
    assert desk.post(url(User, "change", compliance), {"first_name": "X", "is_active": ""}).status_code == 403
    compliance.refresh_from_db()
    assert (compliance.first_name, compliance.is_active) == ("", True)


@pytest.mark.parametrize("what", ["change", "history"])
def test_logins_of_other_clients_and_the_system_s_own_are_not_there(desk, outsider, what):
    assert desk.get(url(User, what, outsider)).status_code == 404
    assert desk.get(url(User, what, staff.ensure_system_user())).status_code == 404
    assert "outsider" not in desk.get(url(User, "changelist")).content.decode()


def test_nobody_changes_what_matters_on_their_own_login_or_another_of_theirs(desk, administrator, acme):
    second = factories.make_user("second", (acme, "auditor"), person=administrator.person)
    for user in (administrator, second):
        sent = {"first_name": "Ada", "language": "en", "time_zone": "UTC", "email": "new@example.com", "is_active": ""}
        desk.post(url(User, "change", user), {**sent, **HIDDEN})
        user.refresh_from_db()
        assert (user.first_name, user.email, user.is_active) == ("Ada", f"{user.username}@example.com", True)
        assert not user.is_superuser


def test_no_form_of_the_admin_offers_a_password_of_an_existing_login(desk, agent):
    page = desk.get(url(User, "change", agent)).content.decode()

    assert "password" not in page.split('id="content"')[1]
    assert desk.get(url(User, "change", agent).replace("change/", "password/")).status_code == 404
