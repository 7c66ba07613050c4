"""Configuration in Django's admin: for administrators of a client, of that client, and never a status or a right."""

import json

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
from accounts.models import Account, Client, ClientRole, Person, Plan, ReasonCode, StatusChange, User
from accounts.services import configuration, roles, staff
from notifications.models import Template
from reinstatements.models import Policy
from tests import factories

REGISTERED = {Client, Plan, ReasonCode, User, Policy, Template}


@pytest.fixture
def desk(client, administrator):
    client.force_login(administrator)
    return client


def of(model, client):
    with scopes_disabled():
        return model.objects.filter(client=client).order_by("pk").first()


def url(model, what, obj=None):
    if what == "delete":
        return url(model, "change", obj).replace("/change/", "/delete/")
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=[obj.pk] if obj else [])


def fields_of(response):
    """What the form on the page would send back, as a browser does."""
    form = response.context["adminform"].form
    sent = {}
    for bound in form:
        value = bound.value()
        if value is not None and value is not False:
            sent[bound.html_name] = value
    return sent


def settings_entries(client):
    with scopes_disabled():
        rows = StatusChange.objects.filter(client=client, account=None, reason="settings_changed").order_by("number")
        return [(row.subject_type, row.action, json.loads(bytes(row.body))["data"]) for row in rows]


def all_urls(acme):
    """Every address below /admin/ with a row of acme where one is named."""
    rows = {Client: acme, Plan: of(Plan, acme), ReasonCode: of(ReasonCode, acme), Policy: of(Policy, acme)}
    rows[User] = User.objects.exclude(username="reinstate").first()
    found = [
        reverse("admin:index"),
        *(reverse("admin:app_list", args=[name]) for name in ("accounts", "reinstatements", "notifications")),
    ]
    found += [reverse("admin:jsi18n"), "/admin/nothing-here/"]
    for model, row in rows.items():
        found += [url(model, "changelist"), url(model, "add")]
        found += [url(model, what, row) for what in ("change", "history", "delete")]
    return [*found, url(Template, "changelist"), url(Template, "add")]


# Which doors there are, and for whom


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


# Settings


def test_a_client_s_settings_are_changed_with_an_entry_and_history(desk, administrator, acme):
    page = desk.get(url(Client, "change", acme))

    response = desk.post(url(Client, "change", acme), {**fields_of(page), "colour": "7", "sender_name": "Acme"})

    assert response.status_code == 302
    acme.refresh_from_db()
    assert (acme.colour, acme.sender_name, acme.name) == (7, "Acme", "Acme Mobile")
    assert settings_entries(acme) == [
        ("client", "change", {"settings": {"colour": [1, 7], "sender_name": ["", "Acme"]}})
    ]
    latest = acme.history.latest("history_date")
    assert (latest.colour, latest.history_user) == (7, administrator)


def test_saving_without_a_change_writes_nothing(desk, acme):
    page = desk.get(url(Client, "change", acme))

    assert desk.post(url(Client, "change", acme), fields_of(page)).status_code == 302
    assert settings_entries(acme) == []


def test_an_entry_written_meanwhile_does_not_break_the_chain(desk, acme):
    page = desk.get(url(Client, "change", acme))
    factories.make_user("meanwhile", (acme, "agent"))

    desk.post(url(Client, "change", acme), {**fields_of(page), "colour": "9"})

    with scopes_disabled():
        chain = list(StatusChange.objects.filter(client=acme, account=None).order_by("number"))
    acme.refresh_from_db()
    assert [row.number for row in chain] == list(range(1, len(chain) + 1))
    assert bytes(acme.head_hash) == bytes(chain[-1].hash)


@pytest.mark.parametrize(
    "fields",
    [
        {"colour": "13"},
        {"colour": "0"},
        {"colour": "red"},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "A\0"},
        {"country": "de"},
        {"country": "DEU"},
        {"currency": "€"},
        {"time_zone": "Mars/Olympus"},
        {"language": "tlh"},
        {"industry": "mining"},
        {"sender_name": "Acme\nBcc: everybody@example.com"},
    ],
)
def test_settings_that_cannot_be_right_are_refused_in_place(desk, acme, fields):
    page = desk.get(url(Client, "change", acme))

    response = desk.post(url(Client, "change", acme), {**fields_of(page), **fields})

    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == set(fields)
    assert settings_entries(acme) == []


def test_what_a_form_does_not_offer_cannot_be_sent(desk, acme, globex):
    page = desk.get(url(Client, "change", acme))
    hidden = {"code": "stolen", "is_active": "", "head_number": "0", "head_hash": "", "id": str(globex.pk), "pk": "1"}
    head = acme.head_number

    desk.post(url(Client, "change", acme), {**fields_of(page), **hidden, "name": "Acme Two"})

    acme.refresh_from_db()
    assert (acme.name, acme.code, acme.is_active) == ("Acme Two", "acme", True)
    assert acme.head_number == head + 2  # the administrator's role and this change
    globex.refresh_from_db()
    assert globex.name == "Globex Bank"


def test_a_plan_is_added_and_changed_on_record_and_stays_at_its_client(desk, acme, globex):
    added = {
        "code": "plus",
        "name": "Plus",
        "price_minor": "4990",
        "currency": "EUR",
        "cycle": "month",
        "is_active": "on",
    }
    assert (
        desk.post(url(Plan, "add"), {**added, "client": acme.pk, "entitlements": "Roaming\n\n 5G "}).status_code == 302
    )
    with scopes_disabled():
        plan = Plan.objects.get(code="plus")
    assert (plan.client, plan.entitlements) == (acme, ["Roaming", "5G"])

    page = desk.get(url(Plan, "change", plan))
    desk.post(url(Plan, "change", plan), {**fields_of(page), "price_minor": "5490", "client": globex.pk, "code": "x"})

    plan.refresh_from_db()
    assert (plan.client, plan.code, plan.price_minor) == (acme, "plus", 5490)
    assert [(kind, action) for kind, action, _data in settings_entries(acme)] == [
        ("plan", "create"),
        ("plan", "change"),
    ]
    assert settings_entries(acme)[1][2] == {"settings": {"price_minor": [4990, 5490]}}
    history = desk.get(url(Plan, "history", plan)).content.decode()
    assert "4990" in history
    assert "5490" in history


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"client": "globex"}, "client"),
        ({"price_minor": "-1"}, "price_minor"),
        ({"price_minor": str(2**70)}, "price_minor"),
        ({"price_minor": "29.85"}, "price_minor"),
        ({"currency": "eur"}, "currency"),
        ({"code": "Ünter wegs"}, "code"),
        ({"cycle": "day"}, "cycle"),
        ({"entitlements": "a\0b"}, "entitlements"),
        ({"entitlements": "x" * 4001}, "entitlements"),
    ],
)
def test_a_plan_that_cannot_be_right_is_refused_in_place(desk, acme, globex, fields, wrong):
    sent = {"client": acme.pk, "code": "plus", "name": "Plus", "price_minor": "1", "currency": "EUR", "cycle": "month"}
    if fields.get("client") == "globex":
        fields = {"client": globex.pk}

    response = desk.post(url(Plan, "add"), {**sent, **fields})

    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == {wrong}
    with scopes_disabled():
        assert not Plan.objects.filter(code="plus").exists()


def test_a_plan_with_a_code_that_is_taken_is_refused_in_place(desk, acme):
    sent = {"client": acme.pk, "code": "basic", "name": "B", "price_minor": "1", "currency": "EUR", "cycle": "month"}

    assert desk.post(url(Plan, "add"), sent).status_code == 200


def test_a_reason_is_worded_anew_and_switched_off_but_never_renamed(desk, acme):
    reason = of(ReasonCode, acme)
    page = desk.get(url(ReasonCode, "change", reason))
    sent = {**fields_of(page), "label": "Worded anew", "code": "other", "use": "reveal"}
    sent.pop("is_active")

    desk.post(url(ReasonCode, "change", reason), sent)

    with scopes_disabled():
        now = ReasonCode.objects.get(pk=reason.pk)
    assert (now.code, now.use, now.label, now.is_active) == (reason.code, reason.use, "Worded anew", False)
    assert settings_entries(acme)[0][2]["settings"]["is_active"] == [True, False]


def test_a_policy_can_be_read_and_not_written(desk, acme):
    policy = of(Policy, acme)

    page = desk.get(url(Policy, "change", policy))
    assert "target_minutes" in page.content.decode()
    assert desk.post(url(Policy, "change", policy), {"version": "9", "rules": "{}"}).status_code == 403
    with scopes_disabled():
        assert Policy.objects.get(pk=policy.pk).rules == policy.rules


# Logins


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
