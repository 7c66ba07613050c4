"""A client's settings in the admin: changed on record, within its own client, and never in a status."""

import pytest
from django_scopes import scopes_disabled

from accounts.models import Client, Plan, ReasonCode, StatusChange
from reinstatements.models import Policy
from tests import factories
from tests.accounts.configuring import fields_of, of, settings_entries, url


@pytest.fixture
def desk(client, administrator):
    client.force_login(administrator)
    return client


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
