"""Lists in parts: each answer names where the next begins, by the values of its last row. No part costs more."""

import uuid
from datetime import date, datetime

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.errors import Invalid

SALT = "part of a list"
KINDS = {"t": datetime.fromisoformat, "d": date.fromisoformat, "u": uuid.UUID}


def cursor(about, values):
    """Return the signed word that names the row with these ``values`` in the list ``about``."""
    return signing.dumps([about, [packed(value) for value in values]], salt=SALT)


def edge(text, about):
    """Return the values that a cursor of the list ``about`` names; raises ``Invalid`` for any other text."""
    try:
        named, values = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Invalid(_("This is not where a part of a list ended. Begin anew."), field="cursor") from error
    if named != about:
        raise Invalid(_("This cursor is of another list, or of another filter. Begin anew."), field="cursor")
    return [unpacked(value) for value in values]


def packed(value):
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, uuid.UUID):
        return ["u", str(value)]
    return value


def unpacked(value):
    return KINDS[value[0]](value[1]) if isinstance(value, list) else value


def part(rows, fields, *, about, text, limit, order):
    """Return ``(rows, cursor of the next part or None)`` of a queryset, each row a tuple of ``fields``.

    ``order`` are the names by which it is ordered, "-" before those that go down, the last of them unique.
    """
    names = [name.lstrip("-") for name in order]
    if text:
        values = edge(text, about)
        rows = rows.filter(beyond(rows.model, order, values))
    found = list(rows.values_list(*fields)[: limit + 1])
    places = [fields.index(name) for name in names]
    more = len(found) > limit
    found = found[:limit]
    return found, cursor(about, [found[-1][place] for place in places]) if more else None


def beyond(model, order, values):
    """Return the condition for rows that come after one with these values, whatever the direction of each name.

    None is the largest value to PostgreSQL and the smallest to SQLite.
    """
    condition, same = Q(), Q()
    for name, value in zip(order, values, strict=True):
        field, is_down = name.lstrip("-"), name.startswith("-")
        nothing_is_last = connection.features.nulls_order_largest != is_down
        if value is None:
            after = Q() if nothing_is_last else Q(**{f"{field}__isnull": False})
            none = nothing_is_last
        else:
            after, none = Q(**{f"{field}__{'lt' if is_down else 'gt'}": value}), False
            if nothing_is_last and may_be_none(model, field):
                after |= Q(**{f"{field}__isnull": True})
        if not none:
            condition |= same & after
        same &= Q(**{f"{field}__isnull": True}) if value is None else Q(**{field: value})
    first, value = order[0].lstrip("-"), values[0]
    if value is None or may_be_none(model, first):
        return condition
    return condition & Q(**{f"{first}__{'lte' if order[0].startswith('-') else 'gte'}": value})


def may_be_none(model, name):
    try:
        return model._meta.get_field(name).null
    except FieldDoesNotExist:
        return False
