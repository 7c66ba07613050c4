"""Configuration in Django's admin: which doors there are, and for whom."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, reverse
from django_scopes import scope, scopes_disabled

from accounts import grants
from accounts.admin import ScopedAdmin
from accounts.errors import Refused
from accounts.grants import Role
from accounts.models import Account, Client, ClientRole, Plan, ReasonCode, StatusChange, User
from accounts.services import configuration, roles, staff
from reinstatements.models import Policy
from tests import factories
from tests.accounts.configuring import REGISTERED, all_urls, of, settings_entries, url


@pytest.fixture
def desk(client, administrator):
    client.force_login(administrator)
    return client


def test_only_what_knows_of_clients_and_rules_is_registered():
    assert set(admin.site._registry) == REGISTERED
    assert all(isinstance(registered, ScopedAdmin) for registered in admin.site._registry.values())


def test_every_address_of_the_admin_is_asked_for_below(acme, administrator):
    def names(patterns):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                yield pattern.name
            else:
                yield from names(pattern.url_patterns)

    site = next(each for each in get_resolver().url_patterns if str(each.pattern) == "admin/")
    per_model = {
        f"{model._meta.app_label}_{model._meta.model_name}_{what}"
        for model in REGISTERED
        for what in ("changelist", "add", "change", "history")
    }

    assert {*names(site.url_patterns)} - {None} == per_model | {"index", "login", "jsi18n", "app_list"}


@pytest.mark.parametrize("role", ["agent", "supervisor", "compliance", "auditor", "contact", "outsider"])
def test_for_everybody_else_there_is_no_admin(client, request, role, acme, administrator):
    user = request.getfixturevalue(role)
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    client.force_login(user)

    addresses = [*all_urls(acme), reverse("admin:login")]
    assert {client.get(address).status_code for address in addresses} == {404}
    assert {client.post(address, {}).status_code for address in addresses} == {404}


def test_an_administrator_finds_the_pages_and_deletes_nothing(desk, acme, administrator):
    expected = {address: 404 if address.endswith(("/delete/", "nothing-here/")) else 200 for address in all_urls(acme)}
    expected |= {url(Client, "add"): 403, url(Policy, "add"): 403}

    assert {address: desk.get(address).status_code for address in expected} == expected


def test_whoever_is_not_signed_in_is_led_to_the_one_sign_in_page(client, acme):
    for address in ("/admin/", "/admin/accounts/plan/"):
        response = client.get(address, follow=True)
        assert response.redirect_chain[-1][0] == f"/sign-in/?next={address}"


def test_an_administrator_s_rights_here_end_with_the_role(desk, administrator, acme):
    assert desk.get("/admin/").status_code == 200
    with scope(client=[acme.pk]):
        roles.end(administrator, acme, "administrator", actor=staff.ensure_system_user())

    assert desk.get("/admin/").status_code == 404


@pytest.mark.parametrize("model", [Client, Plan, ReasonCode, Policy])
@pytest.mark.parametrize("what", ["change", "history", "delete"])
def test_rows_of_another_client_are_not_there(desk, globex, model, what):
    row = globex if model is Client else of(model, globex)

    assert desk.get(url(model, what, row)).status_code == 404
    never_written = model is Policy and what == "change"
    assert desk.post(url(model, what, row), {"name": "Mine"}).status_code == (403 if never_written else 404)


def test_a_role_that_only_sees_the_other_client_does_not_open_its_settings(client, acme, globex):
    user = factories.make_user("both", (acme, "administrator"), (globex, "supervisor"))
    client.force_login(user)

    listed = client.get(url(Plan, "changelist")).content.decode()
    assert "Acme Mobile" in listed
    assert "Globex" not in listed
    assert client.get(url(Plan, "change", of(Plan, globex))).status_code == 404
    form = client.get(url(Plan, "add")).context["adminform"].form
    assert list(form.fields["client"].queryset) == [acme]


@pytest.mark.parametrize("bad", ["%00", "x", "0", "00000000-0000-0000-0000-000000000000", "9" * 99])
def test_a_row_that_does_not_exist_is_a_404(desk, bad):
    for model in REGISTERED:
        base = url(model, "changelist")
        assert [desk.get(f"{base}{bad}/{what}/").status_code for what in ("change", "history")] == [404, 404]


@pytest.mark.parametrize("query", ["?q=%00", "?client=%00", "?client=globex", "?p=99999999999999999999", "?o=x.y"])
def test_an_odd_question_to_a_list_is_no_error(desk, globex, query):
    assert desk.get(url(Plan, "changelist") + query).status_code in (200, 302)


@pytest.mark.parametrize("model", [Client, Plan, ReasonCode, User, Policy])
def test_a_list_takes_the_same_queries_with_one_row_and_with_thirty(desk, acme, model):
    def queries():
        with CaptureQueriesContext(connection) as taken:
            assert desk.get(url(model, "changelist")).status_code == 200
        return len(taken)

    one = queries()
    with scopes_disabled():
        for number in range(29):
            Plan.objects.create(client=acme, code=f"p{number}", name="P", price_minor=1, currency="EUR")
            ReasonCode.objects.create(client=acme, use="stop", code=f"r{number}", label="R")
            factories.make_user(f"agent{number}", (acme, "agent"))

    assert one == queries() <= 12


def test_no_registered_form_holds_a_status_or_a_right(rf, administrator, acme):
    request = rf.get("/")
    request.user = administrator
    with scope(client=[acme.pk]):
        offered = {
            (model.__name__, name)
            for model, registered in admin.site._registry.items()
            for row in (None, acme if model is Client else administrator if model is User else of(model, acme))
            for name in registered.get_form(request, row).base_fields
        }
    names = {name for _model, name in offered}

    assert not names & {
        "status",
        "status_number",
        "head_number",
        "groups",
        "user_permissions",
        "is_staff",
        "is_superuser",
    }
    assert not any(issubclass(model, Account | ClientRole | StatusChange) for model in admin.site._registry)


def test_the_services_refuse_whoever_does_not_administer(agent, supervisor, acme):
    agent.first_name, plan = "Anna", of(Plan, acme)
    plan.price_minor = 1

    with scope(client=[acme.pk]):
        for attempt in (
            lambda: configuration.save(plan, ["price_minor"], actor=supervisor),
            lambda: configuration.change_login(agent, ["first_name"], actor=supervisor),
            lambda: configuration.create_login(User(username="nora"), actor=supervisor),
        ):
            with pytest.raises(Refused):
                attempt()
    agent.refresh_from_db()
    assert (agent.first_name, of(Plan, acme).price_minor, settings_entries(acme)) == ("", 2985, [])
    assert not User.objects.filter(username="nora").exists()


def test_the_libraries_own_pages_stay_outside():
    labels = {"auth", "guardian", "axes", "account", "usersessions", "simple_history", "sessions", "admin"}

    assert labels <= {config.label for config in apps.get_app_configs()} | {"simple_history"}
    assert not labels & {model._meta.app_label for model in admin.site._registry}


def test_deciding_roles_have_no_way_in_by_being_staff(client, supervisor):
    User.objects.filter(pk=supervisor.pk).update(is_staff=True, is_superuser=True)
    client.force_login(supervisor)

    assert client.get("/admin/").status_code == 404
    assert Role.ADMINISTRATOR not in grants.DECIDING_ROLES
