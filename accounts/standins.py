"""Questions that every page asks, written once by the ORM and then only sent, whoever asks.

Each is put for a stand-in, somebody with the same roles at one client; the statement is kept for all who have them.
"""

from dataclasses import replace
from functools import lru_cache

from django.contrib.auth import get_user_model
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils import timezone
from django_scopes import scope

from accounts import grants, registries
from accounts.keeping import CLIENT, LOGIN, NOW, PERSON, Statement, written
from accounts.ledger import reading

MOST = 50
"""Nothing is counted beyond this."""
NOTHING = "SELECT 1 WHERE 1 = 0"


def now(user):
    """Return the time at which somebody asks. Whatever a kept question compares with now takes it from here."""
    return getattr(user, "_now", None) or timezone.now()


def stand_in(roles):
    """Return somebody who holds these roles at one client, in the place of everybody who does."""
    user = get_user_model()(pk=LOGIN, person_id=PERSON)
    user._grants, user._now = grants.Grants({CLIENT: roles}), NOW
    return user


def by_roles(user):
    """Return ``{roles: [client id, ...]}``: the clients at which somebody holds the same roles."""
    found: dict = {}
    for client_id, roles in grants.of(user).items():
        found.setdefault(roles, []).append(client_id)
    return found


def one_by_one(question, groups, **how):
    """Yield ``(roles, SQL, places)`` of a question for each group of roles, which stand in the place of its clients.

    ``question`` is function(user) that returns a queryset, or a list of them; of the user it knows the grants, the keys
    of login and person, and ``now``. ``how`` is for ``keeping.written``.
    """
    for roles in groups:
        with scope(client=None):
            asked = question(stand_in(roles))
        for rows in asked if isinstance(asked, list) else [asked]:
            text, places = written(lambda rows=rows: rows, **how)
            if text:
                yield roles, text, [roles if place == CLIENT else place for place in places]


def known(user, groups):
    """Return the value of each place of a kept statement for this user: see ``keeping.values``."""
    return {LOGIN: user.pk, PERSON: user.person_id, **groups}


def rows(user, question, capability="see"):
    """Return the rows of a model that a question finds at the clients where somebody has a capability.

    ``question`` is function(user) of a module, as for ``one_by_one``; of the grants it reads who has this capability.
    """
    if connection.vendor != "postgresql":
        return list(question(user))
    client_ids = grants.client_ids(user, capability)
    if not client_ids:
        return []
    roles = frozenset({next(role for role, can in grants.CAPABILITIES.items() if capability in can)})
    model, statement = asking(question, roles)
    return list(reading.made(model, statement.ask(known(user, {roles: client_ids}))))


@lru_cache(maxsize=256)
def asking(question, roles):
    """Return the model whose rows a question finds, and its statement for whoever holds these roles."""
    ((_roles, text, places),) = one_by_one(question, [roles])
    with scope(client=None):
        return question(stand_in(roles)).model, Statement.of(text, places)


def numbers(request):
    """Return ``{name: number or "50+"}`` of all that waits for this person, counted once for each HTTP request."""
    if not hasattr(request, "_numbers"):
        request._numbers = counts(request.user)
    return request._numbers


def counts(user):
    """Count everything in ``registries.counted`` that is for somebody, in one round trip, nothing beyond fifty."""
    names = [name for name, entry in registries.counted.items() if grants.has_anywhere(user, entry.capability)]
    if not names:
        return {}
    asking = kept_counts if connection.vendor == "postgresql" else plain_counts
    return {name: bounded(number) for name, number in zip(names, asking(user, names), strict=True)}


def kept_counts(user, names):
    groups = by_roles(user)
    (counted,) = counting(tuple(names), tuple(groups)).ask(known(user, groups))
    return counted


@lru_cache(maxsize=256)
def counting(names, groups):
    """Return the one statement that counts all of these for whoever holds these groups of roles."""
    selects, places = [], []
    for name in names:
        parts = []
        for _roles, text, own in one_by_one(bounded_keys(registries.counted[name]), groups):
            # The ORM's own SQL; the values stay parameters.
            parts.append(f"(SELECT COUNT(*) FROM ({text}) AS bounded)")  # noqa: S608
            places += own
        selects.append(" + ".join(parts) or "0")
    return Statement.of("SELECT " + ", ".join(selects), places)


def bounded_keys(entry):
    """Return the question for the keys of what is counted, one more than are."""
    if entry.parts:
        return lambda user: [rows.values("pk")[: MOST + 1] for rows in entry.parts(user)]
    return lambda user: entry.select(user).order_by().values("pk")[: MOST + 1]


def plain_counts(user, names):
    selects, params = [], []
    for name in names:
        try:
            text, values = bounded_keys(replace(registries.counted[name], parts=None))(user).query.sql_with_params()
        except EmptyResultSet:
            text, values = NOTHING, ()
        # The ORM's own SQL; the values stay parameters.
        selects.append(f"(SELECT COUNT(*) FROM ({text}) AS bounded)")  # noqa: S608
        params += values
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(selects), params)
        return cursor.fetchone()


def bounded(number):
    return number if number <= MOST else f"{MOST}+"
