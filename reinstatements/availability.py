"""Who works for a client, and who of them is there: on shift, and not away."""

from collections import defaultdict

from django.db.models import Q
from django.utils import timezone

from accounts import grants
from accounts.grants import PERMISSION_PREFIX, Role
from accounts.models import ClientRole
from accounts.services import shifts


class Presence:
    """When some people are on shift, read once, and what follows from it."""

    def __init__(self, users):
        self.now = timezone.now()
        self.shifts = shifts.of_all([user.pk for user in users], self.now)
        self.begins: dict = {}

    def is_there(self, user):
        return self.shifts[user.pk].is_on(self.now)

    def is_there_before(self, user, until):
        """Tell whether somebody is there at some time from now on until ``until``; where that has passed, now."""
        if user.pk not in self.begins:  # the same for every case that is asked about
            self.begins[user.pk] = self.shifts[user.pk].next_start(self.now)
        begins = self.begins[user.pk]
        return begins is not None and begins <= max(until, self.now)


def staff_at(client_ids):
    """Return ``{client id: {user: frozenset of roles}}`` of who holds a role now; logins switched off are left out."""
    now = timezone.now()
    held = ClientRole.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=now), content_object__in=client_ids, starts_at__lte=now, user__is_active=True
    )
    rows = grants.open_now(held, now).select_related("user", "permission")
    users: dict = {}
    found: dict = {client_id: defaultdict(set) for client_id in client_ids}
    for row in rows.order_by("user__username"):
        user = users.setdefault(row.user_id, row.user)
        found[row.content_object_id][user].add(Role(row.permission.codename.removeprefix(PERMISSION_PREFIX)))
    return {
        client_id: {user: frozenset(roles) for user, roles in people.items()} for client_id, people in found.items()
    }


def staff_of(client_id):
    """Return ``{user: frozenset of roles}`` of everybody who holds a role at a client now."""
    return staff_at([client_id])[client_id]


def with_capability(staff, capability):
    """Return those of ``staff_of`` whose roles give them a capability."""
    giving = {role for role, can in grants.CAPABILITIES.items() if capability in can}
    return [user for user, roles in staff.items() if roles & giving]
