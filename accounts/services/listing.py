"""The list of accounts: client by client, by number, read by one index whatever the filter is."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.errors import Invalid
from accounts.models import Account
from accounts.models.account import NumberKey
from accounts.paging import Page, address, beyond

SIZE = 30


def page(request, clients, *, status="", number=""):
    """Return a ``Page`` of the accounts of ``clients``, in their order, that the address asks for.

    ``before`` and ``after`` in the address are ids of accounts. Raises ``Invalid`` for one that is none of theirs.
    """
    accounts = Account.objects.for_user(request.user).with_number_key()
    if status:
        accounts = accounts.filter(status=status)
    if number:
        accounts = accounts.beginning_with(number)
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    upwards = bool(before and not after)
    edge = edge_at(request.user, before or after) if before or after else None
    found = beyond_edge(accounts, clients, edge, upwards)
    more, found = len(found) > SIZE, found[:SIZE]
    if upwards:
        found.reverse()
    has_before, has_after = (more, True) if upwards else (edge is not None, more)
    return Page(
        found,
        newer_url=address(request, before=found[0].pk) if found and has_before else "",
        older_url=address(request, after=found[-1].pk) if found and has_after else "",
    )


def edge_at(user, pk):
    try:
        row = Account.objects.for_user(user).annotate(key=NumberKey("number")).values("client", "key", "id").get(pk=pk)
    except (Account.DoesNotExist, ValidationError) as error:
        raise Invalid(_("This page of the list cannot be found. Go back to its beginning.")) from error
    return row.pop("client"), {"number_key": row["key"], "id": row["id"]}


def beyond_edge(accounts, clients, edge, upwards):
    """Return the accounts next to the edge, one more than a page has; a client is read only if there is room."""
    clients = list(reversed(clients)) if upwards else list(clients)
    order = ("-number_key", "-id") if upwards else ("number_key", "id")
    if edge:
        ids = [client.pk for client in clients]
        clients = clients[ids.index(edge[0]) :] if edge[0] in ids else []
    found = []
    for client in clients:
        rows = accounts.filter(client=client).select_related("client", "subject_key").order_by(*order)
        if edge and client.pk == edge[0]:
            rows = rows.filter(beyond(edge[1], "lt" if upwards else "gt"))
        found += rows[: SIZE + 1 - len(found)]
        if len(found) > SIZE:
            break
    return found
