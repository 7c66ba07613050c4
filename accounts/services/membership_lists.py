"""The list of memberships: as they stand, or as they stood when a day was over, in one statement.

What is on record answers for almost all of them: the last entry by then. A change that has come by itself and is not
written yet is worked out by the rule of dates, row by row; there are such rows only until the next run of the job.
``reading.at`` is the twin for one membership, and a test compares the two.
"""

from collections import defaultdict
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import Case, CharField, DateField, DateTimeField, F, OuterRef, Q, Subquery, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import terms, zones
from accounts.errors import Invalid
from accounts.models import Membership, StatusChange
from accounts.models.standing import PlanName
from accounts.paging import Page, address
from accounts.services.memberships import own_status
from accounts.services.memberships.household import households
from accounts.services.memberships.reading import back_with_account, carried_on

SIZE = 30
AT_ONCE = 500
IN_SERVICE = "in_service"
WANTED = {IN_SERVICE: (Membership.Status.TRIAL, Membership.Status.ACTIVE)}
MOVED = ("term_starts_on", "ends_on", "trial_ends_on")
"""The dates that time moves by itself, as a term that renews."""
TURNED = Q(next_change_at__lte=F("over_at")) | Q(
    status=Membership.Status.SUSPENDED, account__next_change_at__lte=F("over_at")
)
"""What time has brought by then and nobody has written yet."""


def select(user, clients, *, plan="", status="", own="", own_rules=None, day=None, now=None):
    """Return the memberships of ``clients`` that fit, with ``status_then``, and what they are narrowed by.

    ``day`` is a local day where each customer is: what counts is how a membership stands when it is over, or now where
    it is not over yet. Memberships opened later are left out. ``status`` is a status or ``in_service``; ``own`` is one
    of the clients' own by ``own_rules``, which is told of now only.
    """
    now = now or timezone.now()
    rows = Membership.objects.for_user(user).filter(client__in=clients)
    if plan:
        rows = rows.filter(plan__code=plan)
    rows = own_status.annotate(as_of(rows, day, now))
    rows = brought_up_to_date(rows)
    if own:
        rows = own_status.narrowed(rows, own, own_rules or {}, now)
    if status:
        return rows.filter(status_then__in=WANTED.get(status, (status,)))
    return rows.filter(status_then__isnull=False) if day else rows


def as_of(rows, day, now):
    """Annotate what is on record: ``status_written``, and ``plan_then``, the bytes of the entry that tells the plan."""
    if day is None:
        return rows.annotate(
            over_at=Value(now, DateTimeField()),
            status_written=F("status"),
            plan_then=Value(None, StatusChange._meta.get_field("body")),
        )
    told = StatusChange._base_manager.filter(
        account=OuterRef("account_id"),
        subject_type="membership",
        subject_id=OuterRef("pk"),
        occurred_at__lte=OuterRef("over_at"),
    ).order_by("-number")
    changed = told.exclude(from_status=F("to_status"))
    named = told.annotate(named=PlanName("body")).filter(named__isnull=False)
    return rows.annotate(
        over_at=over_at(day, now),
        status_written=Subquery(changed.values("to_status")[:1]),
        plan_then=Subquery(named.values("body")[:1]),
    )


def over_at(day, now):
    """Return, as an expression over memberships, the last moment of a local day where the customer is, or ``now``."""
    by_moment = defaultdict(list)
    for name in zones.names():
        by_moment[end_of(day, ZoneInfo(name), now)].append(name)
    otherwise = end_of(day, ZoneInfo("UTC"), now)
    whens = [
        When(account__time_zone__in=names, then=Value(moment))
        for moment, names in by_moment.items()
        if moment != otherwise
    ]
    return Case(*whens, default=Value(otherwise), output_field=DateTimeField())


def end_of(day, zone, now):
    return min(terms.start_of_day(day + timedelta(days=1), zone) - terms.MOMENT, now)


def brought_up_to_date(rows):
    """Annotate how each stands: ``status_then``, ``term_starts_then``, ``ends_then`` and ``trial_ends_then``.

    The dates are those of now. What time has brought and nobody has written yet is in both.
    """
    turned = by_the_rule_of_dates(rows.filter(TURNED))
    written = {"status_then": "status_written"} | {column.replace("_on", "_then"): column for column in MOVED}
    for name, column in written.items():
        kind = CharField() if column == "status_written" else DateField()
        whens = [When(pk__in=keys, then=Value(value, kind)) for value, keys in turned[column].items()]
        rows = rows.annotate(**{name: Case(*whens, default=F(column), output_field=kind) if whens else F(column)})
    return rows


def by_the_rule_of_dates(rows):
    """Return ``{column: {value: [keys]}}`` of memberships that time has changed and nobody has written yet."""
    found, some = defaultdict(lambda: defaultdict(list)), []
    for row in rows.select_related("account", "plan").order_by("id").iterator(chunk_size=AT_ONCE):
        some.append(row)
        if len(some) == AT_ONCE:
            work_out(some, found)
            some = []
    work_out(some, found)
    return found


def work_out(rows, found):
    if not rows:
        return
    known = households({row.account for row in rows})
    for row in rows:
        household = known[row.account_id]
        facts, _plan = carried_on(row, household.waiting[row.pk], row.over_at)
        facts = back_with_account(row.account, facts, row.pk in household.with_account, row.over_at)
        found["status_written"][str(facts.status)].append(row.pk)
        for column in MOVED:
            found[column][getattr(facts, column)].append(row.pk)


def page(request, clients, **narrow):
    """Return the page that the address asks for: client by client, the newest memberships first.

    ``before`` and ``after`` in the address are keys of memberships. Raises ``Invalid`` for one that is none of theirs.
    """
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    upwards = bool(after and not before)
    edge = edge_at(request.user, before or after) if before or after else None
    ordered = list(reversed(clients)) if upwards else list(clients)
    if edge:
        ids = [client.pk for client in ordered]
        ordered = ordered[ids.index(edge[0]) :] if edge[0] in ids else []
    found = []
    for client in ordered:
        rows = select(request.user, [client.pk], **narrow)
        if edge and client.pk == edge[0]:
            rows = rows.filter(pk__gt=edge[1]) if upwards else rows.filter(pk__lt=edge[1])
        rows = rows.select_related("client", "plan", "account", "account__subject_key")
        found += rows.order_by("id" if upwards else "-id")[: SIZE + 1 - len(found)]
        if len(found) > SIZE:
            break
    more, found = len(found) > SIZE, found[:SIZE]
    if upwards:
        found.reverse()
    has_newer, has_older = (more, True) if upwards else (edge is not None, more)
    return Page(
        found,
        newer_url=address(request, after=found[0].pk) if found and has_newer else "",
        older_url=address(request, before=found[-1].pk) if found and has_older else "",
    )


def edge_at(user, pk):
    try:
        return Membership.objects.for_user(user).values_list("client", "pk").get(pk=pk)
    except (Membership.DoesNotExist, ValidationError) as error:
        raise Invalid(_("This page of the list cannot be found. Go back to its beginning.")) from error
