"""The page of a membership, and the pages on which it is changed."""

import re
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django_scopes import scope

from accounts.models import Draft, Membership, Plan, ScheduledChange, StatusChange
from accounts.services import memberships
from tests import factories

CANCEL = {"reason": "too_expensive", "initiator": "member", "when": "now", "understood": "on"}


@pytest.fixture
def at(time_machine):
    def move(text):
        time_machine.move_to(datetime.fromisoformat(text).replace(tzinfo=UTC), tick=False)

    move("2027-01-31T09:00")
    return move


@pytest.fixture
def membership(at, acme, agent):
    with scope(client=acme.pk):
        account = factories.make_account(acme, time_zone="Europe/Berlin")
        fields = {"price_minor": 3100, "currency": "EUR", "entitlements": ["Gym", "Sauna"], "trial_days": 14}
        plan = Plan.objects.create(client=acme, code="gym", name="Gym & more", tiers=["Gold"], **fields)
        Plan.objects.create(client=acme, code="gold", name="Gold", **(fields | {"price_minor": 5999}))
        wanted = {"actor": agent, "begins": "active", "reason": "agreed", "initiator": "member"}
        return memberships.add(account, plan, **wanted)


@pytest.fixture
def desk(client, agent, membership, settings):
    settings.SESSION_COOKIE_AGE = 10**8  # the clock of these tests goes on for weeks
    client.force_login(agent)
    return client


def deed(membership, name):
    return reverse("membership_deed", args=[membership.pk, name])


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


@pytest.mark.requirement("R1")
def test_the_page_shows_what_was_agreed_its_start_its_cycle_and_its_entitlements(desk, membership):
    with scope(client=membership.client_id):
        Plan.objects.filter(code="gym").update(price_minor=9900)

    shown = text_of(desk.get(membership.get_absolute_url()))

    for words in ("Gym &amp; more", "31.00 EUR", "Month", "31 Jan 2027 – 27 Feb 2027", "Gym, Sauna", "Member since"):
        assert words in shown, words


@pytest.mark.requirement("R18")
def test_an_entitlement_on_a_day_is_answered_with_yes_or_no_and_why(desk, membership, agent, acme, at):
    with scope(client=acme.pk):
        at("2027-02-05T12:00")
        wanted = {"actor": agent, "reason": "away", "initiator": "member"}
        memberships.pause(membership, ends_on=date(2027, 2, 14), **wanted)
        memberships.cancel(membership, when="now", actor=agent, reason="too_expensive", initiator="member")
    answers = {}
    for on in ("2027-01-30", "2027-01-31", "2027-02-04", "2027-02-05", "2028-01-01"):
        response = desk.get(membership.get_absolute_url(), {"on": on})
        answers[on] = [(answer.entitlement, answer.is_entitled) for answer in response.context["answers"]]
        why = {answer.why for answer in response.context["answers"]}
    assert answers == {
        "2027-01-30": [],
        "2027-01-31": [("Gym", True), ("Sauna", True)],
        "2027-02-04": [("Gym", True), ("Sauna", True)],
        "2027-02-05": [("Gym", False), ("Sauna", False)],
        "2028-01-01": [("Gym", False), ("Sauna", False)],
    }
    assert why == {"The membership is cancelled on 1 Jan 2028."}


def test_what_has_come_by_itself_is_true_before_it_is_written(desk, membership, agent, acme, at):
    with scope(client=acme.pk):
        memberships.set_renewal(membership, auto_renew=False, actor=agent, reason="agreed", initiator="member")
    at("2027-03-15T12:00")

    page = desk.get(membership.get_absolute_url())
    account = desk.get(membership.account.get_absolute_url())

    with scope(client=acme.pk):
        assert Membership.objects.get(pk=membership.pk).status == "active"
    assert page.context["standing"].status == "expired"
    assert "This has come by itself" in text_of(page)
    assert 'data-status="expired"' in account.content.decode()
    assert [row.name for row in page.context["deeds"]] == []


def test_only_what_may_be_done_now_has_a_button_and_the_rest_says_why(desk, membership):
    page = desk.get(membership.get_absolute_url())

    assert [row.name for row in page.context["deeds"]] == [
        *("set_renewal", "change_plan", "pause", "set_tier", "change_points", "suspend", "cancel")
    ]
    refused = {row.name: why for row, why in page.context["refused"]}
    assert set(refused) == {"activate", "start_trial", "convert", "renew", "resume"}
    assert refused["renew"].startswith("The term still runs")
    assert desk.get(deed(membership, "renew")).status_code == 403
    assert desk.get(deed(membership, "no-such-thing")).status_code == 404


@pytest.mark.parametrize("role", ["auditor", "contact", "compliance"])
def test_whoever_does_not_change_service_has_no_button(client, acme, membership, role):
    client.force_login(factories.make_user("somebody", (acme, role)))

    page = client.get(membership.get_absolute_url())

    assert (page.status_code, page.context["deeds"], page.context["refused"]) == (200, [], [])
    for name in ("cancel", "pause"):
        assert client.post(deed(membership, name), CANCEL).status_code == 403


@pytest.mark.requirement("R5", "R72")
def test_cancelling_says_what_ends_and_when_and_asks_for_a_nod(desk, membership, acme):
    shown = text_of(desk.get(deed(membership, "cancel")))
    for words in ("takes effect today, 31 Jan 2027", "takes effect on 28 Feb 2027", "“Sauna” can no longer be used"):
        assert words in shown, words

    for missing in ("understood", "initiator", "reason", "when"):
        data = {name: value for name, value in CANCEL.items() if name != missing}
        # A client with one reason has it chosen already, but not sent.
        assert desk.post(deed(membership, "cancel"), data).status_code == 400, missing
    answer = desk.post(deed(membership, "cancel"), CANCEL | {"note": "Moves to Rome."})

    assert answer.status_code == 302
    with scope(client=acme.pk):
        assert Membership.objects.get(pk=membership.pk).status == "cancelled"


POSTS = {
    "set_renewal": ({"auto_renew": "no", "reason": "agreed"}, "set_renewal"),
    "change_plan": ({"plan": "gold", "when": "now", "reason": "needs_more"}, "change_plan"),
    "pause": ({"starts_on": "2027-01-31", "ends_on": "2027-02-05", "reason": "away"}, "pause"),
    "set_tier": ({"tier": "Gold", "ends_on": "2027-06-30", "reason": "earned"}, "set_tier"),
    "change_points": ({"change": "500", "reason": "earned"}, "change_points"),
    "suspend": ({"kind": "policy", "reason": "policy_breach"}, "suspend"),
    "cancel": ({"when": "term_end", "understood": "on", "reason": "too_expensive"}, "schedule_cancel"),
}


@pytest.mark.parametrize("name", POSTS)
def test_each_page_does_what_it_says_and_keeps_who_wanted_it(desk, membership, acme, name):
    data, action = POSTS[name]
    url = deed(membership, name)
    assert desk.get(url).status_code == 200

    answer = desk.post(url, data | {"initiator": "business", "note": "As agreed on the phone."}, follow=True)

    with scope(client=acme.pk):
        entry = StatusChange.objects.filter(subject_id=membership.pk).order_by("-number").first()
    assert (answer.status_code, entry.action, entry.reason) == (200, action, data["reason"])
    assert '"initiator":"business"' in bytes(entry.body).decode()
    assert "As agreed on the phone." in answer.content.decode()
    assert "on the phone" not in bytes(entry.body).decode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("pause", {"starts_on": "2027-01-30"}),
        ("pause", {"starts_on": "2027-02-05", "ends_on": "2027-02-04"}),
        ("pause", {"starts_on": "x"}),
        ("pause", {"starts_on": "9999-12-31"}),
        ("change_points", {"change": "-1"}),
        ("change_points", {"change": str(2**70)}),
        ("change_points", {"change": ""}),
        ("set_tier", {"tier": "Platinum"}),
        ("set_tier", {"tier": "Gold", "ends_on": "2027-01-30"}),
        ("change_plan", {"plan": "basic2", "when": "now"}),
        ("change_plan", {"plan": "gym", "when": "now"}),
        ("suspend", {"kind": "nonsense"}),
        ("cancel", {"when": "yesterday"}),
    ],
)
def test_what_cannot_be_is_refused_in_place_and_writes_nothing(desk, membership, acme, name, data):
    reasons = {"pause": "away", "change_points": "earned", "set_tier": "earned", "change_plan": "needs_more"}
    fields = {"reason": reasons.get(name, "too_expensive"), "initiator": "member", "note": "Keep these words."}
    with scope(client=acme.pk):
        before = StatusChange.objects.count()

        answer = desk.post(deed(membership, name), fields | data)

        assert (answer.status_code, StatusChange.objects.count()) == (400, before)
    assert "Keep these words." in answer.content.decode()


def test_what_is_still_to_come_is_shown_and_can_be_withdrawn(desk, membership, acme):
    desk.post(deed(membership, "cancel"), CANCEL | {"when": "term_end"})
    with scope(client=acme.pk):
        change = ScheduledChange.objects.get()
    shown = text_of(desk.get(membership.get_absolute_url()))
    assert "28 Feb 2027" in shown
    url = reverse("membership_withdraw", args=[membership.pk, change.pk])
    assert "Withdraw this scheduled change?" in text_of(desk.get(url))

    assert desk.post(url, {"reason": "too_expensive", "initiator": "member"}).status_code == 302

    assert desk.get(url).status_code == 404
    assert "Still to come" not in text_of(desk.get(membership.get_absolute_url()))


def test_another_plan_says_what_it_costs_before_it_is_chosen(desk, membership, at):
    """28 days, 15 left: 32.14 is owed and 16.61 given back, or 15.99 owed of the plan that costs less."""
    at("2027-02-13T12:00")

    shown = text_of(desk.get(deed(membership, "change_plan")))

    assert "Gold, 59.99 EUR per month: an upgrade. Changed now, 15.53 EUR is due." in shown
    assert "Basic, 29.85 EUR per month: a downgrade. Changed now, 0.62 EUR is credited." in shown


def test_an_account_is_given_another_membership(desk, membership, acme):
    url = reverse("membership_add", args=[membership.account_id])
    assert f'href="{url}"' in desk.get(membership.account.get_absolute_url()).content.decode()

    answer = desk.post(url, {"plan": "gold", "begins": "trial", "reason": "agreed", "initiator": "member"})

    with scope(client=acme.pk):
        added = Membership.objects.get(plan__code="gold")
    assert (answer["Location"], added.status, added.trial_ends_on) == (
        added.get_absolute_url(),
        "trial",
        date(2027, 2, 13),
    )


def test_a_draft_comes_back_and_goes_when_it_is_sent(desk, membership, agent, acme):
    import json

    key = f"membership:{membership.pk}:cancel"
    body = {"key": key, "fields": {"note": "They move to Rome"}}
    url = reverse("account_draft", args=[membership.account_id])
    assert desk.post(url, json.dumps(body), content_type="application/json").status_code == 204
    assert "They move to Rome" in desk.get(deed(membership, "cancel")).content.decode()

    desk.post(deed(membership, "cancel"), CANCEL)

    with scope(client=acme.pk):
        assert not Draft.objects.exists()


@pytest.mark.parametrize("query", [{"on": "2027-02-30"}, {"on": ""}, {"on": "9999-12-31"}, {"on": "\0"}])
def test_a_day_that_cannot_be_is_refused_in_place(desk, membership, query):
    assert desk.get(membership.get_absolute_url(), query).status_code == 400


def test_another_clients_membership_is_nowhere(client, outsider, membership):
    client.force_login(outsider)
    assert client.get(membership.get_absolute_url()).status_code == 404
    for answer in (client.get(deed(membership, "cancel")), client.post(deed(membership, "cancel"), CANCEL)):
        assert answer.status_code == 404
