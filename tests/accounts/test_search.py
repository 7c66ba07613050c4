import logging

import pytest
from django.urls import reverse
from django_scopes import scope

from accounts.models import AccessRecord
from tests import factories

HOLDERS = [
    {"holder_name": "Maria Köhler", "email": "maria.koehler@example.com", "phone": "+49 30 901820"},
    {"holder_name": "Sean O'Brien", "email": "sean@example.com", "phone": "+1 415 555 0132"},
]


@pytest.fixture
def maria(acme):
    return factories.make_account(acme, number="A-1001", holder=HOLDERS[0])


@pytest.fixture
def sean(acme):
    return factories.make_account(acme, number="B-2002", holder=HOLDERS[1])


def search(client, user, query):
    client.force_login(user)
    return client.get(reverse("search"), {"q": query})


def numbers(response):
    """The account numbers of the rows, in their order; a redirect to one account is that account's."""
    return [account.number for account, _holder in response.context["rows"]]


@pytest.mark.parametrize(
    "typed",
    ["+49 30 901820", "0049 30 901820", "030 901820", "(030) 90 18 20", "030/901820", "+4930901820", "٠٣٠٩٠١٨٢٠"],
)
def test_a_phone_number_is_found_in_any_notation(client, agent, maria, sean, typed):
    assert numbers(search(client, agent, typed)) == ["A-1001"]


@pytest.mark.parametrize(
    "typed",
    [
        *("Köhler", "kohler", "KOEHLER", "koe", "maria koh", "köhler maria"),
        *("maria.koehler@example.com", "Maria.Koehler@EXAMPLE.com", "maria.koe"),
    ],
)
def test_a_name_and_a_mail_address_are_found_however_they_are_typed(client, agent, maria, sean, typed):
    assert numbers(search(client, agent, typed)) == ["A-1001"]


def test_every_word_must_fit(client, agent, maria, sean):
    assert numbers(search(client, agent, "maria obrien")) == []


@pytest.mark.parametrize("typed", ["A-1001", "a-1001", "  a-1001 "])
def test_a_whole_account_number_opens_the_account_at_once(client, agent, maria, sean, typed):
    response = search(client, agent, typed)

    assert (response.status_code, response.url) == (302, maria.get_absolute_url())


def test_the_beginning_of_a_number_lists_all_that_begin_so(client, agent, acme, maria, sean):
    factories.make_account(acme, number="a-1002", holder={})

    assert numbers(search(client, agent, "A-10")) == ["A-1001", "a-1002"]


def test_signs_that_mean_more_in_sql_mean_nothing_here(client, agent, maria, sean):
    assert [numbers(search(client, agent, typed)) for typed in ("%", "_-1001", "A-1001' OR '1'='1")] == [[], [], []]


def test_a_case_code_opens_the_case_at_once(client, agent, draft):
    response = search(client, agent, draft.code.lower())

    assert (response.status_code, response.url) == (302, draft.get_absolute_url())


def test_a_number_that_two_clients_use_is_listed_for_whoever_works_for_both(client, acme, globex, maria):
    both = factories.make_user("both", (acme, "agent"), (globex, "agent"))
    factories.make_account(globex, number="A-1001", holder={})

    response = search(client, both, "A-1001")

    assert [(account.client.code, account.number) for account, _holder in response.context["rows"]] == [
        ("acme", "A-1001"),
        ("globex", "A-1001"),
    ]


@pytest.mark.parametrize("typed", ["A-1001", "A-1", "Köhler", "maria.koehler@example.com", "+49 30 901820"])
def test_an_outsider_finds_nobody(client, outsider, maria, typed):
    assert numbers(search(client, outsider, typed)) == []


def test_an_outsider_finds_no_case(client, outsider, draft):
    response = search(client, outsider, draft.code)

    assert (response.status_code, response.context["found"].others) == (200, [])


def test_results_are_masked(client, agent, maria, sean):
    page = search(client, agent, "koh").content.decode()

    assert [secret in page for secret in ("Köhler", "maria.koehler", "901820")] == [False, False, False]
    assert "M•••• K••••" in page


def test_more_than_fifty_are_said_to_be_more(client, agent, acme):
    for number in range(52):
        factories.make_account(acme, number=f"N-{number:03}", holder={})

    response = search(client, agent, "n-")

    assert (len(response.context["rows"]), response.context["count"]) == (50, "50+")
    assert "More than 50 accounts fit" in response.content.decode()


def test_a_search_leaves_a_record_at_each_client_without_the_words(client, acme, globex, maria):
    both = factories.make_user("both", (acme, "agent"), (globex, "supervisor"))

    search(client, both, "Köhler")

    with scope(client=[acme.pk, globex.pk]):
        records = list(AccessRecord.objects.order_by("client__code").values_list("client__code", "kind", "details"))
    digests = [details.pop("query") for _code, _kind, details in records]
    assert records == [("acme", "searched", {"hits": 1}), ("globex", "searched", {"hits": 0})]
    assert [len(digest) for digest in digests] == [32, 32]
    assert digests[0] != digests[1]


def test_the_same_search_has_the_same_digest_at_one_client(client, agent, acme, maria):
    for typed in ("Köhler", "  KÖHLER", "sean"):
        search(client, agent, typed)

    with scope(client=acme.pk):
        digests = [record.details["query"] for record in AccessRecord.objects.order_by("created_at", "id")]
    assert [digest == digests[0] for digest in digests] == [True, True, False]


def test_searching_for_nothing_finds_and_records_nothing(client, agent, acme, maria):
    assert numbers(search(client, agent, "   ")) == []
    with scope(client=acme.pk):
        assert list(AccessRecord.objects.all()) == []


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("koh\0ler", "Null characters are not allowed."),
        ("k" * 201, "Search for at most 200 characters."),
        ("k" * 10_000_000, "Search for at most 200 characters."),
        ("a b c d e f g h i", "Search for at most 8 words."),
    ],
)
def test_a_query_that_nobody_can_mean_is_refused_in_place(client, agent, maria, typed, message):
    response = search(client, agent, typed)

    assert response.status_code == 400
    assert message in response.content.decode()


def test_who_may_not_search_finds_no_such_page(client, administrator, db):
    assert search(client, administrator, "A-1001").status_code == 404
    assert search(client, factories.make_user("nobody"), "A-1001").status_code == 404


def test_one_row_and_thirty_take_the_same_number_of_queries(client, agent, acme, maria, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(30) as queries:
            search(client, agent, "koh")
        return len(queries)

    search(client, agent, "koh")
    one = count()
    for number in range(29):
        factories.make_account(acme, number=f"N-{number}", holder=HOLDERS[0])

    assert count() == one


def test_no_log_holds_what_was_searched_for(client, agent, maria, caplog, capsys):
    caplog.set_level(logging.DEBUG)

    search(client, agent, "canary-4711")
    search(client, agent, "canary-4711" + "k" * 200)

    written = caplog.text + "".join(capsys.readouterr())
    assert "GET /search/" in written
    assert "canary-4711" not in written
