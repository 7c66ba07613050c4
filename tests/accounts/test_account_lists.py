"""From the list of accounts: more filters, views that are kept and shared, and many accounts changed at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from accounts.models import Account, BulkChange, SavedView, StatusChange
from accounts.models.base import new_id
from accounts.services import lifecycle
from tests import factories


@pytest.fixture
def accounts(acme):
    return [factories.make_account(acme, f"A-{number}") for number in (1, 2, 3)]


def get(client, user, name="account_list", **query):
    client.force_login(user)
    return client.get(reverse(name), query)


def listed(answer):
    return [account.number for account, *_rest in answer.context["rows"]]


def statuses():
    with scopes_disabled():
        return dict(Account.objects.order_by("number").values_list("number", "status"))


# Filters


def test_the_list_is_narrowed_by_what_stops_service_and_by_being_overdue(client, agent, acme, accounts):
    factories.suspend(accounts[0], kind="policy")
    factories.charge(accounts[1])

    assert listed(get(client, agent, restriction="policy")) == ["A-1"]
    assert listed(get(client, agent, restriction="security")) == []
    assert listed(get(client, agent, overdue="on")) == ["A-2"]
    assert listed(get(client, agent, overdue="on", restriction="policy")) == []
    assert get(client, agent, restriction="weather").status_code == 400
    assert get(client, agent, overdue="on", at="2026-01-01").status_code == 400


# Views


def save(client, user, query="status=on_hold", **sent):
    client.force_login(user)
    return client.post(reverse("account_view_save"), {"query": query, "name": "Held", **sent})


def test_a_filter_is_kept_under_a_name_and_shared_with_who_sees_the_client(client, acme, agent, auditor, outsider):
    answer = save(client, agent, "status=on_hold&number=A-&before=1&x=2", is_shared="on")
    assert answer["Location"] == "/accounts/?status=on_hold&number=A-"

    assert [view.name for view, _url in get(client, agent).context["views"]] == ["Held"]
    assert [url for _view, url in get(client, auditor).context["views"]] == ["/accounts/?status=on_hold&number=A-"]
    assert get(client, outsider).context["views"] == []


def test_a_view_of_ones_own_is_nobody_elses_and_the_same_name_takes_its_place(client, agent, supervisor):
    save(client, agent)
    save(client, agent, "status=closed")

    assert [url for _view, url in get(client, agent).context["views"]] == ["/accounts/?status=closed"]
    assert get(client, supervisor).context["views"] == []


def test_only_who_saved_a_view_removes_it(client, acme, agent, supervisor, outsider):
    view = factories.saved_view(acme, agent, is_shared=True)
    for user, status in ((supervisor, 403), (outsider, 404), (agent, 302)):
        client.force_login(user)
        assert client.post(reverse("account_view_remove", args=[view.pk])).status_code == status
    with scopes_disabled():
        assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("query", "sent"),
    [("status=weather", {}), ("number=" + "9" * 61, {}), ("", {"name": " "}), ("", {"name": "x" * 61})],
)
def test_what_is_no_filter_or_no_name_is_not_kept(client, agent, query, sent):
    assert save(client, agent, query, **sent).status_code == 400
    with scopes_disabled():
        assert not SavedView.objects.exists()


def test_who_sees_several_clients_chooses_one_first(client, acme, globex):
    both = factories.make_user("both", (acme, "agent"), (globex, "agent"))
    assert save(client, both).status_code == 400
    assert save(client, both, "client=globex").status_code == 302
    assert save(client, both, "client=initech").status_code == 400


def test_the_list_of_memberships_keeps_views_of_its_own(client, acme, agent, auditor, outsider):
    """Of the same name as one beside the accounts; neither stands beside the other list."""
    save(client, agent, "status=on_hold")
    answer = save(
        client, agent, "plan=&status=paused&on=2026-11-01&after=2&number=A-", listed="memberships", is_shared="on"
    )
    assert answer["Location"] == "/memberships/?status=paused&on=2026-11-01"

    offered = {
        (user.username, name): [url for _view, url in get(client, user, name).context["views"]]
        for user in (agent, auditor, outsider)
        for name in ("account_list", "membership_list")
    }
    assert offered == {
        (agent.username, "account_list"): ["/accounts/?status=on_hold"],
        (agent.username, "membership_list"): ["/memberships/?status=paused&on=2026-11-01"],
        (auditor.username, "account_list"): [],
        (auditor.username, "membership_list"): ["/memberships/?status=paused&on=2026-11-01"],
        (outsider.username, "account_list"): [],
        (outsider.username, "membership_list"): [],
    }
    assert save(client, agent, "status=paused", listed="weather").status_code == 400
    assert save(client, agent, "status=on_hold", listed="memberships").status_code == 400
    with scopes_disabled():
        view = SavedView.objects.get(listed="memberships")
    assert client.post(reverse("account_view_remove", args=[view.pk]))["Location"] == "/memberships/"


# Many at once


def send(client, user, accounts, deed="hold", **sent):
    client.force_login(user)
    sent = {"deed": deed, "key": str(new_id()), "reason": "non_payment", **sent}
    return client.post(reverse("account_bulk"), {**sent, "account": [str(account.pk) for account in accounts]})


def outcomes(client, answer):
    page = client.get(answer["Location"])
    assert page.status_code == 200
    return {account.number: why for account, why, _reached in page.context["rows"]}


def test_each_of_many_is_changed_by_itself_and_says_what_became_of_it(client, agent, accounts):
    factories.suspend(accounts[1])

    answer = send(client, agent, accounts, note="Told by phone.")

    assert statuses() == {"A-1": "on_hold", "A-2": "suspended", "A-3": "on_hold"}
    found = outcomes(client, answer)
    assert (found["A-1"], found["A-3"]) == ("", "")
    assert found["A-2"].startswith("This is suspended now")
    assert outcomes(client, answer) == found  # The page may be loaded as often as one likes.
    with scopes_disabled():
        holds = StatusChange.objects.filter(action="hold")
        assert [entry.actor for entry in holds] == [agent, agent]


@pytest.mark.parametrize(
    ("deed", "sent", "after"),
    [
        ("suspend", {"kind": "policy", "reason": "policy_breach"}, "suspended"),
        ("put_under_review", {"reason": "suspicious_activity"}, "under_review"),
        ("deactivate", {"reason": "member_left", "kind": "inactivity", "initiator": "business"}, "deactivated"),
    ],
)
def test_what_can_be_done_to_many(client, agent, accounts, deed, sent, after):
    send(client, agent, accounts[:2], deed, **sent)
    assert statuses() == {"A-1": after, "A-2": after, "A-3": "active"}


def test_a_form_that_is_sent_twice_runs_once_and_is_nobody_elses(client, agent, supervisor, accounts):
    key = str(new_id())
    first = send(client, agent, accounts, key=key)
    with scope(client=[accounts[0].client_id]):
        before = StatusChange.objects.count()
    again = send(client, agent, accounts, key=key)

    assert first["Location"] == again["Location"]
    assert send(client, supervisor, accounts, key=key).status_code == 409
    assert client.get(first["Location"]).status_code == 404
    with scopes_disabled():
        assert (StatusChange.objects.count(), BulkChange.objects.count()) == (before, 1)


def test_accounts_that_one_does_not_work_are_not_there(client, acme, globex, agent, outsider, auditor, accounts):
    foreign = factories.make_account(globex, "B-1")
    answer = send(client, agent, [*accounts, foreign])
    assert set(outcomes(client, answer)) == {"A-1", "A-2", "A-3"}
    assert statuses()["B-1"] == "active"

    assert "No account is chosen." in send(client, outsider, accounts).content.decode()
    assert send(client, auditor, accounts).status_code == 404


def test_one_client_at_a_time(client, acme, globex, accounts):
    both = factories.make_user("both", (acme, "agent"), (globex, "agent"))
    foreign = factories.make_account(globex, "B-1")
    assert send(client, both, [accounts[0], foreign]).status_code == 400
    assert set(statuses().values()) == {"active"}


def test_all_that_fit_the_filter_are_chosen(client, agent, accounts):
    with scope(client=[accounts[0].client_id]):
        lifecycle.hold(accounts[2], actor=agent, reason="non_payment")

    page = get(client, agent, "account_bulk", deed="suspend", all="1", status="active")
    assert [account.number for account in page.context["accounts"]] == ["A-1", "A-2"]
    assert get(client, agent, "account_bulk", deed="suspend", all="1", at="2026-01-01").status_code == 400


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"deed": "close"}, 404),
        ({"deed": "x"}, 404),
        ({"key": "x"}, 400),
        ({"reason": ""}, 400),
        ({"reason": "because"}, 400),
    ],
)
def test_what_cannot_be_right_changes_nothing(client, agent, accounts, sent, status):
    assert send(client, agent, accounts, **sent).status_code == status
    assert set(statuses().values()) == {"active"}


def test_two_hundred_at_the_most(client, agent, accounts):
    client.force_login(agent)
    sent = {"deed": "hold", "key": str(new_id()), "account": [str(new_id()) for _ in range(201)]}
    assert client.post(reverse("account_bulk"), sent).status_code == 400


def test_what_is_no_key_of_an_account_is_passed_over(client, agent, accounts):
    answer = get(client, agent, "account_bulk", deed="hold", account=["x", str(accounts[0].pk)])
    assert [account.number for account in answer.context["accounts"]] == ["A-1"]


def test_the_list_asks_as_many_questions_for_three_accounts_as_for_one(client, agent, acme):
    factories.make_account(acme, "A-1")
    get(client, agent)
    with CaptureQueriesContext(connection) as one:
        get(client, agent)
    for number in (2, 3):
        factories.make_account(acme, f"A-{number}")
        factories.saved_view(acme, agent, name=f"View {number}")
    with CaptureQueriesContext(connection) as three:
        get(client, agent)
    assert len(three) == len(one)
