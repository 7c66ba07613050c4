"""The list of accounts: client by client, by number, read by one index whatever the filter is."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.models import Account
from accounts.models.account_rows import NumberKey
from accounts.paging import Page, address, beyond

SIZE = 30
LOOKED_AT = 5_000
"""How many accounts one page looks at for their status in the past. Each costs a walk down its own entries."""
FIRST_LOOKED_AT = 4 * SIZE
REVIEWED = (Account.Status.ACTIVE, Account.Status.ON_HOLD, Account.Status.SUSPENDED)
"""What a review that is over by itself can read as."""


@dataclass(frozen=True)
class AccountPage(Page):
    """``stopped_at`` is the number of the account where looking stopped before the page was full, "" if it did not."""

    stopped_at: str = ""


def page(request, clients, *, status="", number="", restriction="", overdue=False, moment=None):
    """Return an ``AccountPage`` of the accounts of ``clients``, in their order, that the address asks for.

    ``status`` is the one that is true now, or that was true at ``moment``: then accounts opened later are left out.
    ``before`` and ``after`` in the address are ids of accounts. Raises ``Invalid`` for one that is none of theirs.
    """
    accounts = narrowed(request.user, number, restriction, overdue)
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    upwards = bool(before and not after)
    edge = edge_at(request.user, before or after) if before or after else None
    kind = ThenWalk if moment else NowWalk
    walk = kind(accounts.annotate(key=NumberKey("number")), status, moment or timezone.now(), upwards)
    found, stopped = walk.beyond_edge(clients, edge)
    more, found = len(found) > SIZE, found[:SIZE]
    first, last = (found[0].pk, found[-1].pk) if found else (None, None)
    if stopped and not more:
        more, last = True, stopped["id"]
    if upwards:
        found.reverse()
        first, last = last, first
    has_before, has_after = (more, True) if upwards else (edge is not None, more)
    return AccountPage(
        found,
        newer_url=address(request, before=first) if first and has_before else "",
        older_url=address(request, after=last) if last and has_after else "",
        stopped_at=stopped["number"] if stopped and len(found) < SIZE else "",
    )


def narrowed(user, number, restriction, overdue):
    accounts = Account.objects.for_user(user)
    if number:
        accounts = accounts.beginning_with(number)
    if restriction:
        accounts = accounts.restricted(restriction, timezone.now())
    return accounts.filter(overdue_since__isnull=False) if overdue else accounts


def first(user, client, limit, *, status="", number="", restriction="", overdue=False):
    """Return the first accounts of a client, in the order of the list, that are as is asked now."""
    accounts = narrowed(user, number, restriction, overdue).annotate(key=NumberKey("number"))
    return NowWalk(accounts, status, timezone.now(), upwards=False).read(accounts.filter(client=client), limit)[0]


def edge_at(user, pk):
    try:
        row = Account.objects.for_user(user).annotate(key=NumberKey("number")).values("client", "key", "id").get(pk=pk)
    except (Account.DoesNotExist, ValidationError) as error:
        raise Invalid(_("This page of the list cannot be found. Go back to its beginning.")) from error
    return row.pop("client"), row


class Walk:
    """Accounts in the order of their numbers, onwards from an edge, or upwards from it."""

    def __init__(self, accounts, status, moment, upwards):
        self.accounts, self.status, self.moment, self.upwards = accounts, status, moment, upwards
        self.order = ("-key", "-id") if upwards else ("key", "id")

    def beyond_edge(self, clients, edge):
        """Return the accounts next to the edge, one more than a page has, and where looking stopped, or ``None``.

        A client is read only if there is room.
        """
        clients = list(reversed(clients)) if self.upwards else list(clients)
        if edge:
            ids = [client.pk for client in clients]
            clients = clients[ids.index(edge[0]) :] if edge[0] in ids else []
        found = []
        for client in clients:
            rows = self.accounts.filter(client=client)
            if edge and client.pk == edge[0]:
                rows = rows.filter(beyond(edge[1], "lt" if self.upwards else "gt"))
            some, stopped = self.read(rows, SIZE + 1 - len(found))
            found += some
            if stopped or len(found) > SIZE:
                return found, stopped
        return found, None

    def first(self, rows, room):
        return list(rows.select_related("client", "subject_key").order_by(*self.order)[:room])


class NowWalk(Walk):
    """By the status that is true now: the row's, but for suspensions that are over and not yet written to be."""

    def read(self, rows, room):
        if not self.status:
            return self.first(rows, room), None
        found = self.first(rows.with_status_now(self.status, self.moment), room)
        turned = self.first(rows.reviewed_by(self.moment, self.status), room) if self.status in REVIEWED else []
        if self.status == Account.Status.ACTIVE:
            turned += self.first(rows.ended_by(self.moment), room)
        if turned:
            found += turned
            found.sort(key=lambda account: (account.key, account.pk), reverse=self.upwards)
        return found[:room], None


class ThenWalk(Walk):
    """By the status at a moment. Where few accounts fit, a page looks at so many of them and says where it stopped.

    The database cannot know how many fit, so it is asked about some, and about four times as many each time it found
    too few.
    """

    left = LOOKED_AT

    def read(self, rows, room):
        found, size = [], FIRST_LOOKED_AT
        while True:
            size = min(size, self.left)
            within, stopped = self.window(rows, size)
            found += self.first(self.fitting(within), room - len(found))
            self.left -= size if stopped else rows.count()
            if stopped is None or len(found) == room:
                return found, None
            if self.left <= 0:
                return found, stopped
            rows = rows.filter(beyond({"key": stopped["key"], "id": stopped["id"]}, "lt" if self.upwards else "gt"))
            size *= 4

    def fitting(self, rows):
        then = rows.as_of(self.moment)
        return then.filter(status_then=self.status) if self.status else then.filter(status_then__isnull=False)

    def window(self, rows, size):
        """Return the next ``size`` accounts, and the last of them; ``None`` where there are not more than that."""
        last = next(iter(rows.order_by(*self.order).values("key", "id", "number")[size - 1 : size]), None)
        if last is None:
            return rows, None
        key, side = {"key": last["key"], "id": last["id"]}, "gt" if self.upwards else "lt"
        # The first condition is what the index reads to, the second tells apart numbers that differ in capitals.
        return rows.filter(**{f"key__{side}e": key["key"]}).filter(beyond(key, side) | Q(pk=key["id"])), last
