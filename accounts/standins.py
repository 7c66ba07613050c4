"""Questions that every page asks, written once by the ORM and then only sent, whoever asks.

The ORM takes a millisecond to write such a statement and PostgreSQL as long to plan one that names fifty clients, and
a page asks a dozen of them. All that differs from one person to another is which clients, which login, which person
and when. So each question is put for a stand-in, somebody with these roles at one client; its text is kept, with the
statuses it names as constants, because only then are partial indexes used whatever the parameters are.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils import timezone
from django_scopes import scope
from psycopg import sql as psycopg_sql

from accounts import grants, registries
from accounts.ledger import sql

MOST = 50
"""Nothing is counted beyond this."""
CLIENT, LOGIN, PERSON = (
    UUID(f"00000000-0000-4000-8000-{place.encode().hex()}") for place in ("client", "login.", "person")
)
NOW = datetime(3000, 1, 1, tzinfo=UTC)
"""The time of a stand-in; what lies within a year of it is some time before or after now."""
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


def written(question, roles, *, client="", constants=True):
    """Return the statement for whoever holds these roles, and what its parameters are; "" where it finds nothing.

    ``question`` is function(user) that returns a queryset; of the user it knows the grants, the keys of login and
    person, and ``now``. ``client`` is SQL that gives the id of one client; without it the statement takes all ids as
    one array. ``constants`` says that no value was typed by somebody, so that all of them become part of the text.
    """
    with scope(client=None):
        try:
            text, params = question(stand_in(roles)).query.sql_with_params()
        except EmptyResultSet:
            return "", []
    beginning, *parts = text.split("%s")
    places = []
    for param, part in zip(params, parts, strict=True):
        if param == CLIENT:
            if client:
                beginning += client + part
                continue
            # The ORM writes IN (...) for a list of one.
            assert beginning.endswith(" IN ("), text
            beginning = beginning.removesuffix(" IN (") + " = ANY("
        elif constants and not is_place(param):
            beginning += literal(param) + part
            continue
        places.append(param)
        beginning += "%s" + part
    return beginning, places


def literal(value):
    # The member of an enumeration is not of the type of its words, and the driver would write its name.
    plain = str.__str__(value) if isinstance(value, str) else value
    return psycopg_sql.Literal(plain).as_string(None).replace("%", "%%")


def is_place(param):
    return param in (LOGIN, PERSON) or (isinstance(param, datetime) and abs(param - NOW) < timedelta(days=365))


def values(places, user, client_ids):
    """Return the parameters of a statement for this user at these clients."""
    known = {CLIENT: client_ids, LOGIN: user.pk, PERSON: user.person_id}
    at = timezone.now()
    return [known[place] if place in known else at + (place - NOW) if is_place(place) else place for place in places]


@lru_cache(maxsize=512)
def kept(name, roles, most):
    """Return what ``written`` returns for the rows of ``registries.counted[name]``, one more than ``most``."""

    def keys(user):
        return registries.counted[name].select(user).order_by().values("pk")[: most + 1]

    return written(keys, roles)


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
    groups, selects, params = by_roles(user), [], []
    for name in names:
        parts = []
        for roles, client_ids in groups.items():
            text, places = kept(name, roles, MOST)
            if text:
                # The ORM's own SQL; the values stay parameters.
                parts.append(f"(SELECT COUNT(*) FROM ({text}) AS bounded)")  # noqa: S608
                params += values(places, user, client_ids)
        selects.append(" + ".join(parts) or "0")
    (cursor,) = sql.send([("SELECT " + ", ".join(selects), params)])
    return cursor.fetchone()


def plain_counts(user, names):
    selects, params = [], []
    for name in names:
        try:
            found = registries.counted[name].select(user).order_by().values("pk")[: MOST + 1]
            text, values = found.query.sql_with_params()
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
