"""The pages of a list of cases: which rows stand on one, and what a list reads of each."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django_scopes import scope

from accounts import keeping, standins
from accounts.keeping import Statement
from accounts.models import ReasonCode
from accounts.paging import Page, address, beyond, values_at
from reinstatements.models import ReinstatementRequest
from reinstatements.queues import QUEUES

PAGE = 30


class Line(NamedTuple):
    """What a list reads of a case, under the names that the case itself has for it."""

    pk: UUID
    code: str
    kind: str
    status: str
    priority: str
    stopped_reason: str
    stopped_label: str | None
    sent_back_count: int
    opened_at: datetime
    due_at: datetime | None
    step_due_at: datetime | None
    paused_at: datetime | None
    decided_at: datetime | None
    completed_at: datetime | None
    client_id: UUID
    client_name: str
    client_colour: int
    account_id: UUID
    account_number: str
    holder_name: bytes | None
    erased_at: datetime | None
    wrapped_key: bytes | None
    worker_first_name: str | None
    worker_last_name: str | None
    worker_username: str | None

    @property
    def is_open(self):
        return self.status in ReinstatementRequest.OPEN

    @property
    def worker(self):
        full = f"{self.worker_first_name} {self.worker_last_name}".strip() if self.worker_username else ""
        return full or self.worker_username or ""


OF_OTHERS = {
    "client_name": "client__name",
    "client_colour": "client__colour",
    "account_number": "account__number",
    "holder_name": "account__holder_name",
    "erased_at": "account__erased_at",
    "wrapped_key": "account__subject_key__wrapped",
    "worker_first_name": "worker__first_name",
    "worker_last_name": "worker__last_name",
    "worker_username": "worker__username",
}
LABEL = Subquery(
    QuerySet(ReasonCode)
    .filter(client=OuterRef("client"), code=OuterRef("stopped_reason"))
    .order_by("use")
    .values("label")[:1]
)
FIELDS = [OF_OTHERS.get(name, name) for name in Line._fields]


def page(request, cases_of, order, code=""):
    """Return the ``Page`` of ``Line`` that the address asks for with ``after`` or ``before`` the id of a case.

    ``cases_of`` is function(user) that returns the cases somebody sees here; ``code`` names the queue that they are,
    where they are all of it. No page costs more than another, and no case is skipped or shown twice. Raises ``Invalid``
    for an id of no case.
    """
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    upwards = bool(before and not after)
    keys = [key.lstrip("-") for key in order]
    edge = values_at(cases_of(request.user), keys, before or after) if before or after else None
    descending = order[0].startswith("-") != upwards
    past = beyond(dict(zip(keys, edge, strict=True)), "lt" if descending else "gt") if edge else Q()
    found = first(
        lambda user: cases_of(user).filter(past),
        request.user,
        tuple(f"-{key}" if descending else key for key in keys),
        code if edge is None else "",
    )
    more, found = len(found) > PAGE, found[:PAGE]
    if upwards:
        found.reverse()
    has_before, has_after = (more, True) if upwards else (edge is not None, more)
    return Page(
        found,
        newer_url=address(request, before=found[0].pk) if found and has_before else "",
        older_url=address(request, after=found[-1].pk) if found and has_after else "",
    )


def first(cases_of, user, order, code=""):
    """Return the first cases in this order as ``Line``, one more than a page has; ``code`` is as for ``page``.

    PostgreSQL reads a page of each client at the most, from the index that has its cases in this order, however many
    there are. Left alone with a list of clients it sorts all that are open.
    """
    if connection.vendor != "postgresql":
        return [Line(*row) for row in told(cases_of(user), order, PAGE + 1)]
    groups = standins.by_roles(user)
    known = standins.known(user, groups)
    if code:
        return [Line(*row) for row in kept(code, tuple(groups), order, PAGE + 1).ask(known, binary=True)]
    text, places = statement(cases_of, groups, order, PAGE + 1, constants=False)
    with connection.cursor() as cursor:
        cursor.execute(text, keeping.values(places, known))
        return [Line(*row) for row in cursor.fetchall()]


def told(cases, order, most):
    """Return the query of the columns of ``Line``."""
    return cases.order_by(*order).annotate(stopped_label=LABEL).values_list(*FIELDS)[:most]


@lru_cache(maxsize=256)
def kept(code, groups, order, most):
    """Return the statement for the beginning of a queue, for whoever holds these groups of roles."""
    queue = QUEUES[code]
    if queue.halves and order == queue.order:
        return Statement.of(*halves(queue, groups, most))
    return Statement.of(*statement(queue.cases, groups, order, most, constants=True))


def halves(queue, groups, most):
    """Return the statement of the first cases of a queue that is found in halves, and its places."""

    def first_of_each(user):
        return [half.values_list("pk", flat=True)[:most] for half in queue.in_halves(user)]

    found = list(standins.one_by_one(first_of_each, groups))
    places = [place for _roles, _text, own in found for place in own]
    return whole(" UNION ALL ".join(f"({text})" for _roles, text, _own in found), places, queue.order, most)


def statement(cases_of, groups, order, most, *, constants):
    """Return the statement of the first cases and its places: a page of each client, and of these the first."""
    direction = "DESC" if order[0].startswith("-") else "ASC"
    parts, places = [], []

    def first_at_one(user):
        return cases_of(user).order_by(*order).values_list("pk", order[0].lstrip("-"))[:most]

    for roles, text, own in standins.one_by_one(first_at_one, groups, client="one.id", constants=constants):
        # The ORM's own SQL; the values stay parameters.
        parts.append(
            f"(SELECT found.id FROM unnest(%s::uuid[]) AS one(id) CROSS JOIN LATERAL ({text}) AS found(id, key)"  # noqa: S608
            f" ORDER BY found.key {direction}, found.id {direction} LIMIT {most})"
        )
        places += [roles, *own]
    return whole(" UNION ALL ".join(parts), places, order, most)


def whole(chosen, places, order, most):
    """Return the statement of the first of the cases whose ids SQL chooses, and its places."""
    chosen = RawSQL(chosen or NONE, places)  # noqa: S611 - the ORM's own SQL; the values stay parameters
    with scope(client=None):
        return told(ReinstatementRequest.objects.filter(pk__in=chosen), order, most).query.sql_with_params()


NONE = "SELECT NULL::uuid WHERE 1 = 0"
