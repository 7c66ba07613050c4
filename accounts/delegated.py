"""For whom somebody decides at which client: read once per user object, as their own roles are.

Only a role that somebody was granted is delegated, and only while they hold it: one step, and no chain of them.
"""

from django.apps import apps

from accounts import grants
from accounts.grants import Role


def of(user):
    """Return the ``Delegation`` rows by which somebody decides for others now, oldest first."""
    if not getattr(user, "is_authenticated", False) or not user.is_active or user.is_system:
        return []
    if not hasattr(user, "_delegations"):
        # The models ask the rules, and the rules ask this.
        found = apps.get_model("accounts", "Delegation").objects.in_force()
        rows = found.filter(taker=user, client__in=list(grants.of(user)))
        user._delegations = valid(rows)
    return user._delegations


def valid(rows):
    """Return those whose giver holds the role themselves now and works there still."""
    found = rows.select_related("giver", "taker").order_by("starts_at", "id")
    return [row for row in found if Role(row.role) in grants.roles(row.giver, row.client_id)]


def at(user, client_id, role):
    """Return the delegations by which somebody decides in a role at a client."""
    return [row for row in of(user) if row.client_id == client_id and row.role == role]


def allows(user, client_id, capability):
    """Tell whether a role in which somebody stands in at this client has the capability."""
    return any(row.client_id == client_id and capability in grants.CAPABILITIES[Role(row.role)] for row in of(user))
