"""Finding accounts and cases at every client that somebody may search, by indexes only, and leaving word of it."""

from collections import Counter
from dataclasses import dataclass

from django.db import connection
from django.db.models.expressions import RawSQL

from accounts import digests, grants, registries, standins
from accounts.errors import Invalid
from accounts.ledger import reading
from accounts.models import AccessRecord, Account, Asset, Client, SearchDigest, SubjectKey
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
    clients = standins.rows(user, searchable, "search")
    try:
        terms, things = {}, {}
        for client in clients:
            regions = {client.country, *REGIONS}
            terms[client.pk] = digests.query_digests(client.pk, query, regions)
            things[client.pk] = digests.asset_query_digests(client.pk, query, Asset.Kind.values, regions)
    except digests.QueryRefused as error:
        raise Invalid(str(error), field="q") from error
    if not query or not clients:
        return Found([], [], "", more=False)

    exact, more = hits(user, query, terms, things)
    ids = dict.fromkeys([*exact, *more])
    accounts = found_accounts(list(ids)[:LIMIT], {client.pk: client for client in clients})
    others = [result for look in registries.search.values() for result in look(user, query)]
    found = Found(
        sorted(accounts, key=lambda account: (account.client.name, account.number)),
        others,
        only_one(
            [account.get_absolute_url() for account in accounts if account.pk in exact]
            + [row.url for row in others if row.is_exact]
        ),
        more=len(ids) > LIMIT,
    )
    leave_word(user, clients, query, found)
    return found


def searchable(user):
    return Client.objects.filter(pk__in=grants.client_ids(user, "search"))


def hits(user, query, terms, things):
    """Return the ids of the accounts with this number, and of those that are found in other ways.

    ``terms`` and ``things`` are by client.
    """
    client_ids = [pk for pk in grants.client_ids(user, "search") if pk in set(grants.client_ids(user, "see"))]
    digests_of = {"single": {pk: terms[pk].emails | terms[pk].phones for pk in client_ids}, "things": things}
    for number, _groups in enumerate(terms[client_ids[0]].words):
        digests_of[f"word_{number}"] = {pk: terms[pk].words[number] for pk in client_ids}
    known = {}
    for name, by_client in digests_of.items():
        pairs = [(pk, digest) for pk in client_ids for digest in by_client[pk]]
        if pairs:
            known[f"{name}_at"], known[name] = map(list, zip(*pairs, strict=True))
    known.pop("things_at", None)
    exact, more = [], []
    for number, pk in reading.parts(looking, client_ids=client_ids, query=query, **known):
        (more if number else exact).append(pk)
    return exact, more


def looking(client_ids, query, **digests_of):
    """Return the queries for accounts: by number, by one address or telephone number, by what they use, by every word.

    Those of the number itself come first. Beside each list of digests but that of things stands the client of each,
    under its name and ``_at``.
    """
    searched = Account.objects.of_clients(client_ids)
    asked, named = [searched.by_number(query)], searched
    for name in (name for name in digests_of if not name.endswith("_at")):
        if name == "things":
            things = Asset.objects.of_clients(client_ids).in_use().filter(digest__in=digests_of[name])
            asked.append(searched.filter(pk__in=things.values("account")))
        elif name == "single":
            asked.append(searched.filter(pk__in=holding(digests_of["single_at"], digests_of[name])))
        else:
            named = named.filter(pk__in=holding(digests_of[f"{name}_at"], digests_of[name]))
    if named is not searched:
        asked.append(named)
    asked.append(searched.beginning_with(query))
    return [rows.order_by().values_list("pk")[: LIMIT + 1] for rows in asked]


def holding(at, digests_):
    """Return the query of the accounts that one of these digests is of."""
    if connection.vendor != "postgresql":
        return SearchDigest.objects.filter(digest__in=digests_).values("account")
    # A digest is that of one client. Asked for by two lists, PostgreSQL looks for each of one with each of the other.
    return RawSQL(
        "SELECT held.account_id FROM unnest(%s::uuid[], %s::bytea[]) AS wanted (client_id, digest)"
        " JOIN accounts_searchdigest AS held USING (client_id, digest)",
        [*at, *digests_],
    )


def found_accounts(ids, clients):
    """Return these accounts, each with its client, which was read before, and its key."""
    accounts = reading.found(accounts_of, client_ids=list(clients), ids=ids)
    keys = {key.account_id: key for key in reading.found(keys_of, ids=ids)}
    for account in accounts:
        account.client = clients[account.client_id]
        if account.pk in keys:
            account.subject_key = keys[account.pk]
    return accounts


def accounts_of(client_ids, ids):
    return Account.objects.of_clients(client_ids).filter(pk__in=ids)


def keys_of(ids):
    return SubjectKey.objects.filter(account__in=ids)


def only_one(urls):
    return urls[0] if len(urls) == 1 else ""


def leave_word(user, clients, query, found):
    hits = Counter([account.client_id for account in found.accounts] + [row.client.pk for row in found.others])
    details = {
        client.pk: {"hits": hits[client.pk], "query": digests.query_fingerprint(client.pk, query)} for client in clients
    }
    access.record_at_each(AccessRecord.Kind.SEARCHED, details, user=user)
