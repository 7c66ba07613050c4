"""Queues that people have defined, as tabs beside the product's own, with counts that end at fifty."""

from dataclasses import dataclass, replace

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.http import QueryDict
from django.urls import reverse

from accounts import registries, standins
from accounts.registries import Counted
from reinstatements import queues
from reinstatements.forms import QueueForm
from reinstatements.models import QueueDefinition
from reinstatements.models.definition import offered_to, readable

KEPT = ("queue", "client", "kind", "status", "held", "due", "q", "sort", "columns")
"""What of an address a definition keeps: never the page that somebody is on."""

OWN = "queues of one's own"
registries.counted.register(OWN, Counted(readable))


@dataclass(frozen=True)
class Defined:
    """One definition as it is offered: ``queue`` is a queue of its own, for counting."""

    row: QueueDefinition
    queue: queues.Queue
    url: str

    @property
    def code(self):
        return f"view-{self.row.pk}"


def offered(request, clients):
    """Return the definitions that somebody works from, as ``Defined``; one that fits no list any more is left out.

    Most people have none, which the counts of the menu have told already.
    """
    user, found = request.user, []
    if not standins.numbers(request).get(OWN):
        return found
    own = {queue.code: queue for queue in queues.offered(user)}
    for row in offered_to(user):
        data = QueryDict(row.query)
        base, form = own.get(data.get("queue")), QueueForm(data, clients=clients)
        if base is None or not form.is_valid():
            continue
        queue = replace(base, code=f"view-{row.pk}", label=row.name, select=narrowed(base, form), is_counted=True)
        found.append(Defined(row, queue, f"{reverse('queue')}?{row.query}&view={row.pk}"))
    return found


def narrowed(base, form):
    """Return what selects the cases of a queue that a checked form leaves, for somebody."""
    return lambda cases, user: form.narrow(base.select(cases, user), user)


def kept(data):
    """Return what a definition keeps of an address."""
    query = QueryDict(mutable=True)
    for name in KEPT:
        values = [value for value in data.getlist(name) if value]
        if values:
            query.setlist(name, values)
    return query.urlencode()


def counts(user, defined):
    """Return ``{code: number or "50+"}`` of these queues in one round trip; nothing is counted beyond fifty."""
    selects, params = [], []
    for each in defined:
        found = each.queue.cases(user).order_by().values("pk")[: standins.MOST + 1]
        try:
            text, values = found.query.sql_with_params()
        except EmptyResultSet:
            text, values = standins.NOTHING, ()
        # The ORM's own SQL; the values stay parameters.
        selects.append(f"(SELECT COUNT(*) FROM ({text}) AS bounded)")  # noqa: S608
        params += values
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(selects), params)
        numbers = cursor.fetchone()
    return {each.code: standins.bounded(number) for each, number in zip(defined, numbers, strict=True)}
