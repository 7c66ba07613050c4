"""Who holds which role at which client: read once per user object, which lives as long as one HTTP request."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    COMPLIANCE = "compliance", _("Compliance officer")
    AUDITOR = "auditor", _("Auditor")
    CONTACT = "contact", _("Client contact")
    ADMINISTRATOR = "administrator", _("Administrator")


CAPABILITIES = {
    Role.AGENT: {"see", "search", "work", "reveal"},
    Role.SUPERVISOR: {"see", "search", "work", "reveal", "decide", "see_log", "see_figures", "judge_signals"}
    | {"assign"},
    Role.COMPLIANCE: {"see", "search", "reveal", "decide", "see_log", "export", "see_access", "erase", "see_figures"}
    | {"judge_signals", "put_in_force"},
    Role.AUDITOR: {"see", "search", "see_log", "export", "see_access", "see_figures"},
    Role.CONTACT: {"see", "search", "see_figures"},
    Role.ADMINISTRATOR: {"configure", "grant", "put_in_force"},
}
DECIDING_ROLES = frozenset(role for role, can in CAPABILITIES.items() if "decide" in can)
PERMISSION_PREFIX = "role_"


class Grants(dict):
    """``{client id: frozenset of roles}``, and the clients where a capability is held, worked out once each."""

    def __init__(self, found=()):
        super().__init__(found)
        self._with: dict = {}

    def clients_with(self, capability):
        if capability not in self._with:
            giving = {role for role, can in CAPABILITIES.items() if capability in can}
            self._with[capability] = tuple(client_id for client_id, roles in self.items() if roles & giving)
        return self._with[capability]


def of(user):
    """Return the ``Grants`` of somebody as in force now. Superusers hold what they were granted, no more."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Grants()
    if not hasattr(user, "_grants"):
        user._grants = Grants(load(user))
    return user._grants


def load(user):
    """Read the grants in force from the database, past what this user object remembers."""
    now = timezone.now()
    rows = user.client_roles.filter(
        models.Q(ends_at=None) | models.Q(ends_at__gt=now), starts_at__lte=now, content_object__is_active=True
    ).values_list("content_object_id", "permission__codename")
    found: dict = {}
    for client_id, codename in rows:
        found.setdefault(client_id, set()).add(Role(codename.removeprefix(PERMISSION_PREFIX)))
    return {client_id: frozenset(roles) for client_id, roles in found.items()}


def roles(user, client_id):
    return of(user).get(client_id, frozenset())


def allows(user, client_id, capability):
    """Tell whether a role of ``user`` at this client has the capability."""
    return any(capability in CAPABILITIES[role] for role in roles(user, client_id))


def client_ids(user, capability):
    """Return the ids of the clients where ``user`` has the capability."""
    return list(of(user).clients_with(capability))


def has_anywhere(user, capability):
    return bool(client_ids(user, capability))
