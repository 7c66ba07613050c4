"""Lists paged by the key of the row at the edge: no page numbers, and no page costs more than another."""

from dataclasses import dataclass

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.errors import Invalid

SIZE = 50


@dataclass(frozen=True)
class Page:
    """The rows of one page, newest first, and the addresses of its neighbours; "" where there is none."""

    rows: list
    newer_url: str = ""
    older_url: str = ""


def page(request, rows, keys=("id",), size=SIZE, ascending=False):
    """Return the page of ``rows`` that the address asks for with ``before`` or ``after`` the key of a row.

    ``ascending`` is for a list that begins with the lowest keys: "older" is then what comes later in it.

    ``keys`` are the columns that order the rows, the last one unique. Raises ``Invalid`` for a key that is no row's.
    """
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    upwards = bool(after and not before)
    edge = values_at(rows, keys, before or after) if before or after else None
    if edge:
        rows = rows.filter(beyond(dict(zip(keys, edge, strict=True)), "gt" if upwards != ascending else "lt"))
    found = list(rows.order_by(*(key if upwards != ascending else f"-{key}" for key in keys))[: size + 1])
    more, found = len(found) > size, found[:size]
    if upwards:
        found.reverse()
    has_newer, has_older = (more, True) if upwards else (edge is not None, more)
    return Page(
        found,
        newer_url=address(request, after=found[0].id) if found and has_newer else "",
        older_url=address(request, before=found[-1].id) if found and has_older else "",
    )


def values_at(rows, keys, pk):
    """Return the values of ``keys`` in the row with this primary key."""
    try:
        return rows.model.objects.filter(pk=pk).values_list(*keys).get()
    except (ObjectDoesNotExist, ValidationError, ValueError) as error:
        raise Invalid(_("This page of the list cannot be found. Go back to its beginning.")) from error


def beyond(values, side):
    """Return the condition for rows that stand beyond these values of the ordering columns."""
    condition, same = Q(), {}
    for key, value in values.items():
        condition |= Q(**same, **{f"{key}__{side}": value})
        same[key] = value
    first = next(iter(values))
    return condition & Q(**{f"{first}__{side}e": values[first]})


def address(request, **cursor):
    """Return the address of another page of this list; its filter stays."""
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    query.update({name: str(value) for name, value in cursor.items()})
    return f"?{query.urlencode()}"
