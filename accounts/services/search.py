"""Finding accounts and cases at every client that somebody may search, by indexes only, and leaving word of it."""

from collections import Counter
from dataclasses import dataclass

from accounts import digests, grants, registries
from accounts.errors import Invalid
from accounts.ledger import sql
from accounts.models import AccessRecord, Account, Asset, Client, SearchDigest
from accounts.services import access

LIMIT = 50
# A telephone number without a country code is read as one of the client's own country and of each of these.
REGIONS = ("US", "GB", "IE", "DE", "AT", "CH", "FR", "BE", "LU", "ES", "IT", "PT", "NL", "PL", "MX", "BR", "IN", "JP")


@dataclass(frozen=True)
class Found:
    """``others`` are ``registries.SearchResult``; ``more`` says that there are accounts beyond ``LIMIT``.

    ``exact`` is the address of the one thing whose number or code was typed, "" if there is none or more than one.
    """

    accounts: list
    others: list
    exact: str
    more: bool


def find(user, query):
    """Look for accounts by number, name, mail address, telephone number and what they use, and for cases.

    Leaves an access record at each client that was searched: the number of hits and a keyed digest of the query, never
    the query. Raises ``Invalid`` for a query that nobody can mean.
    """
    query = " ".join(query.split())
    clients = list(Client.objects.filter(pk__in=grants.client_ids(user, "search")))
    try:
        terms = [digests.query_digests(client.pk, query, {client.country, *REGIONS}) for client in clients]
        things = [
            digests.asset_query_digests(client.pk, query, Asset.Kind.values, {client.country, *REGIONS})
            for client in clients
        ]
    except digests.QueryRefused as error:
        raise Invalid(str(error), field="q") from error
    if not query or not clients:
        return Found([], [], "", more=False)

    client_ids = [client.pk for client in clients]
    seen = set(grants.client_ids(user, Account.objects.all().capability))
    searched = Account.objects.of_clients([client_id for client_id in client_ids if client_id in seen])
    exact, *more = sql.fetch(
        searched.by_number(query).values_list("pk")[:LIMIT],
        *by_digest(client_ids, terms),
        bounded(Asset.objects.of_clients(client_ids).in_use().filter(digest__in=frozenset().union(*things))),
        searched.beginning_with(query).values_list("pk")[: LIMIT + 1],
    )
    ids = dict.fromkeys(pk for rows in (exact, *more) for (pk,) in rows)
    accounts = searched.filter(pk__in=list(ids)[:LIMIT]).select_related("client", "subject_key")
    others = [result for look in registries.search.values() for result in look(user, query)]
    found = Found(
        sorted(accounts, key=lambda account: (account.client.name, account.number)),
        others,
        only_one(
            [account.get_absolute_url() for account in accounts if (account.pk,) in exact]
            + [row.url for row in others if row.is_exact]
        ),
        more=len(ids) > LIMIT,
    )
    leave_word(user, clients, query, found)
    return found


def by_digest(client_ids, terms):
    """Return the queries for accounts whose holder is found by one address or number, or by every word."""
    digests_of = SearchDigest.objects.of_clients(client_ids)
    single = frozenset().union(*(each.emails | each.phones for each in terms))
    words = [frozenset().union(*groups) for groups in zip(*(each.words for each in terms), strict=True)]
    asked = []
    if single:
        asked.append(bounded(digests_of.filter(digest__in=single)))
    if words:
        matching = digests_of.filter(digest__in=words[0])
        for word in words[1:]:
            matching = matching.filter(account__in=digests_of.filter(digest__in=word).values("account"))
        asked.append(bounded(matching))
    return asked


def bounded(matching):
    return matching.order_by().values_list("account").distinct()[: LIMIT + 1]


def only_one(urls):
    return urls[0] if len(urls) == 1 else ""


def leave_word(user, clients, query, found):
    hits = Counter([account.client_id for account in found.accounts] + [row.client.pk for row in found.others])
    details = {
        client.pk: {"hits": hits[client.pk], "query": digests.query_fingerprint(client.pk, query)} for client in clients
    }
    access.record_at_each(AccessRecord.Kind.SEARCHED, details, user=user)
