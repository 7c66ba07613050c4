"""What customers ask about their account, and what they are answered."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from accounts.errors import Invalid, Moved, Refused
from accounts.models import CustomerQuery, StatusChange
from accounts.services import queries, words
from tests import factories

ASKED = {"topic": "ask_status", "channel": "phone", "question": "Why is it stopped?"}


@pytest.fixture
def account(acme, suspended):
    with scope(client=acme.pk):
        yield suspended


def entries():
    found = StatusChange.objects.filter(subject_type="query").order_by("number")
    return list(found.values_list("action", "reason", "from_status", "to_status"))


@pytest.mark.requirement("R75")
def test_question_and_answer_are_entries_with_sealed_words(account, agent):
    query = queries.ask(account, actor=agent, **ASKED)
    queries.answer(query, actor=agent, answer="Because of a payment.")

    assert entries() == [("ask", "ask_status", "", ""), ("answer", "ask_status", "", "")]
    query.refresh_from_db()
    written = words.read(account, [query.asked_entry, query.answered_entry])
    assert sorted(written.values()) == ["Because of a payment.", "Why is it stopped?"]
    assert not any(b"stopped?" in bytes(entry.body) for entry in StatusChange.objects.all())


def test_what_is_answered_at_once_is_not_open(account, agent):
    queries.ask(account, actor=agent, answer="Because of a payment.", **ASKED)

    assert len(entries()) == 2
    assert not CustomerQuery.objects.open().exists()


def test_a_query_is_answered_once(account, agent):
    query = queries.ask(account, actor=agent, **ASKED)
    queries.answer(query, actor=agent, answer="Because of a payment.")

    with pytest.raises(Moved):
        queries.answer(query, actor=agent, answer="I do not know.")
    with pytest.raises(DatabaseError, match="answered once"), transaction.atomic():
        CustomerQuery.objects.update(answered_entry=query.asked_entry)
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        CustomerQuery.objects.all()._raw_delete(using="default")


@pytest.mark.parametrize("wrong", [{"topic": "paid"}, {"channel": "smoke"}, {"question": " "}])
def test_what_is_not_offered_or_empty_is_refused(account, agent, wrong):
    with pytest.raises(Invalid) as refused:
        queries.ask(account, actor=agent, **{**ASKED, **wrong})

    assert [refused.value.field] == list(wrong)


def test_those_who_do_not_work_there_take_nothing_down(account, auditor, contact, outsider):
    for somebody in (auditor, contact, outsider):
        with pytest.raises(Refused):
            queries.ask(account, actor=somebody, **ASKED)


def test_a_card_number_in_a_question_is_cut(account, agent):
    query = queries.ask(account, actor=agent, **ASKED | {"question": "Is 4111 1111 1111 1111 declined?"})

    assert words.read(account, [query.asked_entry])[query.asked_entry, "note"] == "Is ••••1111 declined?"


@pytest.mark.requirement("R75")
def test_it_is_taken_down_answered_and_read_on_the_pages(client, account, agent):
    client.force_login(agent)
    url = reverse("account_queries", args=[account.pk])
    assert client.post(url, ASKED | {"question": ""}).status_code == 400
    assert client.post(url, ASKED).status_code == 302
    waiting = client.get(reverse("query_list"))
    query = CustomerQuery.objects.get()
    assert [row.pk for row, _topic in waiting.context["rows"]] == [query.pk]

    assert client.post(query.get_absolute_url(), {"answer": "Because of a payment."}).status_code == 302

    page, timeline = client.get(url).content.decode(), client.get(account.get_absolute_url()).content.decode()
    for text in ("Why is it stopped?", "Because of a payment."):
        assert (text in page, text in timeline) == (True, True)
    assert client.get(reverse("query_list")).context["rows"] == []
    assert client.post(query.get_absolute_url(), {"answer": "Again."}).status_code == 409


def test_a_contact_reads_no_words_and_the_outsider_nothing(client, account, agent, contact, outsider):
    query = queries.ask(account, actor=agent, **ASKED)
    urls = (reverse("account_queries", args=[account.pk]), query.get_absolute_url())
    client.force_login(contact)
    for url in urls:
        page = client.get(url).content.decode()
        assert ("Why is it stopped?" in page, "words withheld" in page) == (False, True)
        assert client.post(url, ASKED | {"answer": "x"}).status_code == 403
    client.force_login(outsider)
    assert [client.get(url).status_code for url in urls] == [404, 404]
    assert client.get(reverse("query_list")).context["rows"] == []


def test_a_list_of_three_asks_as_many_questions_as_one_of_one(client, acme, account, agent):
    client.force_login(agent)
    queries.ask(account, actor=agent, **ASKED)
    client.get(reverse("query_list"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("query_list"))
    for number in ("A-2", "A-3"):
        queries.ask(factories.make_account(acme, number), actor=agent, **ASKED)

    with CaptureQueriesContext(connection) as three:
        client.get(reverse("query_list"))

    assert len(three) == len(one)
