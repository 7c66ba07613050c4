"""The list of messages, one message, and what an account's page says of them."""

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts import personal, registries
from accounts.models import AccessRecord
from accounts.models.base import new_id
from notifications import tasks
from notifications.models import Delivery
from tests import factories

LIST = reverse("delivery_list")
MOST_QUERIES = {"list": 6, "message": 6, "account": 33}
"""The account's page has a panel of each app and each part of it, and each asks once or twice."""


@pytest.fixture
def told(suspended):
    """A message that waits to be sent to a suspended member."""
    tasks.relay()
    with scope(client=[suspended.client_id]):
        return Delivery.objects.get()


def many(client, number):
    for index in range(number):
        factories.suspend(factories.make_account(client, f"{client.code}-{index}"))
    tasks.relay()
    tasks.relay()


def page_of(client, user, url):
    client.force_login(user)
    return client.get(url)


@pytest.mark.parametrize("who", ["agent", "supervisor", "compliance"])
def test_whoever_speaks_with_members_reads_the_words_and_that_is_on_record(client, told, who, request):
    user = request.getfixturevalue(who)

    page = page_of(client, user, told.get_absolute_url()).content.decode()

    assert "Guten Tag Maria Köhler," in page
    assert "Eine fällige Zahlung" in page
    assert "m••••@example.com" in page
    assert "maria.koehler@example.com" not in page
    with scope(client=[told.client_id]):
        record = AccessRecord.objects.get(related=told.pk)
    assert (record.kind, record.user, record.account_id) == ("opened", user, told.account_id)
    assert record.details == {"whole": True}


@pytest.mark.parametrize("who", ["auditor", "contact"])
def test_others_see_that_it_was_sent_and_not_its_words(client, told, who, request):
    page = page_of(client, request.getfixturevalue(who), told.get_absolute_url()).content.decode()

    assert "Account suspended" in page
    assert "Maria" not in page
    assert "Köhler" not in page
    assert "Your role shows that the message was sent" in page


@pytest.mark.parametrize("who", ["outsider", "administrator"])
def test_what_one_may_not_see_is_not_there(client, told, who, request):
    assert page_of(client, request.getfixturevalue(who), told.get_absolute_url()).status_code == 404


def test_the_words_of_an_erased_member_are_gone(client, told, agent):
    with scope(client=[told.client_id]):
        registries.erasure["notifications"](told.account)
        type(told.account).objects.filter(pk=told.account_id).update(erased_at=timezone.now())

    page = page_of(client, agent, told.get_absolute_url()).content.decode()

    assert "personal data was erased, and the words of this message with it" in page
    assert "Maria" not in page


def test_a_hostile_name_is_text_on_the_page(client, acme, agent):
    factories.suspend(factories.make_account(acme, holder={**factories.HOLDER, "holder_name": "<script>alert(1)"}))
    tasks.relay()
    with scope(client=[acme.pk]):
        delivery = Delivery.objects.get()

    page = page_of(client, agent, delivery.get_absolute_url()).content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_the_list_is_for_those_who_watch_over_a_client(client, told, agent, contact, administrator, supervisor):
    for user in (agent, contact, administrator):
        assert page_of(client, user, LIST).status_code == 404
    assert page_of(client, supervisor, LIST).status_code == 200


def test_the_list_holds_ones_own_clients_messages_masked(client, told, globex, outsider):
    many(globex, 1)

    response = page_of(client, outsider, LIST)

    assert [line.delivery.account.number for line in response.context["lines"]] == ["globex-0"]
    page = response.content.decode()
    assert "m••••@example.com" in page
    assert "maria.koehler" not in page
    assert "Maria" not in page


def test_the_list_is_narrowed_by_client_status_and_message(client, acme, globex, inbox):
    many(acme, 2)
    tasks.send_due()
    many(globex, 1)
    user = factories.make_user("both", (acme, "supervisor"), (globex, "supervisor"))

    def numbers(query):
        lines = page_of(client, user, f"{LIST}?{query}").context["lines"]
        return [line.delivery.account.number for line in lines]

    assert numbers("") == ["globex-0", "acme-1", "acme-0"]
    assert numbers("client=acme") == ["acme-1", "acme-0"]
    assert numbers("status=pending") == ["globex-0"]
    assert numbers("client=acme&status=pending") == []
    assert numbers("event=account.closed") == []


@pytest.mark.parametrize(
    "query",
    ["client=globex", "client=nobody", "status=sended", "event=%00", "status=" + "x" * 5000, "before=1", "after=%00"],
)
def test_a_filter_that_cannot_be_is_refused(client, told, globex, supervisor, query):
    assert page_of(client, supervisor, f"{LIST}?{query}").status_code == 400


def test_the_list_is_paged_by_key_without_a_gap(client, acme, supervisor, monkeypatch):
    many(acme, 5)
    monkeypatch.setattr("accounts.paging.page.__defaults__", (("id",), 2, False))

    seen, url = [], LIST
    while url:
        page = page_of(client, supervisor, url).context["page"]
        seen.append([row.account.number for row in page.rows])
        url = page.older_url and LIST + page.older_url

    assert seen == [["acme-4", "acme-3"], ["acme-2", "acme-1"], ["acme-0"]]


@pytest.mark.parametrize("name", ["list", "message", "account"])
def test_a_page_takes_the_same_queries_with_one_message_and_with_thirty(client, acme, supervisor, name):
    many(acme, 1)
    with scope(client=[acme.pk]):
        first = Delivery.objects.get()
    urls = {"list": LIST, "message": first.get_absolute_url(), "account": first.account.get_absolute_url()}
    client.force_login(supervisor)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(urls[name]).status_code == 200
        return len(captured)

    queries()  # the first page of a session writes it
    few = queries()
    with scope(client=[acme.pk]):
        for _each in range(30):
            copy = Delivery.objects.defer("subject", "body").get(pk=first.pk)
            copy.subject = copy.body = None
            copy.pk, copy.event = new_id(), new_id()
            copy.address = personal.seal(personal.key_of(copy.account), copy, "address", "maria@example.com")
            copy.save(force_insert=True)

    assert queries() == few
    assert few <= MOST_QUERIES[name]


def test_the_accounts_page_shows_its_messages_in_a_panel_and_in_the_timeline(told, agent, supervisor):
    with scope(client=[told.client_id]):
        template, context = registries.panels["messages"](told.account, supervisor)
        panel = render_to_string(template, context)
        (line,) = registries.timeline["messages"](told.account, supervisor, 20)
        before = registries.timeline["messages"](told.account, supervisor, 20, told.created_at)
        _template, seen_by_agent = registries.panels["messages"](told.account, agent)

    assert told.get_absolute_url() in panel
    assert "m••••@example.com" in panel
    assert "German" in panel
    assert 'data-status="pending"' in panel
    assert (line.title, line.status, line.url) == (
        "Message: Account suspended",
        "pending",
        told.get_absolute_url(),
    )
    assert line.detail == "German · Waiting"
    assert before == []
    assert (context["all_url"], seen_by_agent["all_url"]) == (LIST, "")


def test_an_account_nobody_has_written_to_says_so(acme, agent):
    account = factories.make_account(acme)
    with scope(client=[acme.pk]):
        panel = render_to_string(*registries.panels["messages"](account, agent))

    assert "No message has been sent to this member." in panel


def test_why_a_message_failed_is_said_with_the_servers_answer(client, told, supervisor):
    with scope(client=[told.client_id]):
        Delivery.objects.update(status="failed", reason="refused", server_code=550, next_attempt_at=None)

    page = page_of(client, supervisor, LIST).content.decode()

    assert "The mail server refused the message for good. Its answer: 550." in page
