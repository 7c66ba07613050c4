"""Who holds which role at which client: read once per user object, which lives as long as one HTTP request."""

from functools import cache

from django.apps import apps
from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import keeping


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
    | {"assign", "approve"},
    Role.COMPLIANCE: {"see", "search", "reveal", "decide", "see_log", "export", "see_access", "erase", "see_figures"}
    | {"judge_signals", "put_in_force", "audit", "train", "approve"},
    Role.AUDITOR: {"see", "search", "see_log", "export", "see_access", "see_figures", "audit"},
    Role.CONTACT: {"see", "search", "see_figures", "approve", "object"},
    Role.ADMINISTRATOR: {"configure", "grant", "put_in_force", "train"},
}
DECIDING_ROLES = frozenset(role for role, can in CAPABILITIES.items() if "decide" in can)
APPROVING_ROLES = frozenset(role for role, can in CAPABILITIES.items() if "approve" in can)
"""Who may be asked at a level of a policy: the provider's deciding roles, and somebody at the client, from outside."""
PERMISSION_PREFIX = "role_"


class Grants(dict):
    """``{client id: frozenset of roles}``, and the clients where a capability is held, worked out once each."""

    def __init__(self, found=(), closed=None, trained_until=None, told=None):
        super().__init__(found)
        self._with: dict = {}
        self.closed = closed or {}
        """{client id: frozenset of roles} that are held but closed, for want of a valid training."""
        self.trained_until = trained_until or {}
        """{client id: when the training ends that keeps a role open}."""
        self.told = told or {}
        """{client id: (name, time zone)} of the clients of the two, which the scope may leave out."""

    def only(self, client_id):
        """Return what of this holds at one client."""
        at = {client_id}
        parts = (self, self.closed, self.trained_until, self.told)
        return Grants(*({key: value for key, value in part.items() if key in at} for part in parts))

    def clients_with(self, capability):
        if capability not in self._with:
            giving = {role for role, can in CAPABILITIES.items() if capability in can}
            self._with[capability] = tuple(client_id for client_id, roles in self.items() if roles & giving)
        return self._with[capability]


def of(user):
    """Return the ``Grants`` of somebody as in force now. Superusers hold what they were granted, no more."""
    # Whoever has not signed in is nobody active.
    if not getattr(user, "is_active", False):
        return Grants()
    if not hasattr(user, "_grants"):
        user._grants = load(user)
    return user._grants


TRAINED = frozenset({Role.AGENT, Role.SUPERVISOR, Role.COMPLIANCE, Role.AUDITOR, Role.CONTACT})
"""The roles for which a client may ask for a training; administrators keep the record of trainings."""


def load(user):
    """Read the grants in force from the database, past what this user object remembers, in one query."""
    now = timezone.now()
    if connection.vendor == "postgresql":
        rows = in_force_statement().ask({keeping.LOGIN: user.pk, keeping.PERSON: user.person_id})
    else:
        rows = in_force(user.pk, user.person_id, now)
    found: dict = {}
    closed: dict = {}
    until: dict = {}
    told: dict = {}
    for client_id, codename, trained_roles, ends_at, *names in rows:
        role = Role(codename.removeprefix(PERMISSION_PREFIX))
        asks = bool(trained_roles) and role in trained_roles.split(",")
        is_closed = asks and (ends_at is None or ends_at <= now)
        if asks:
            told[client_id] = tuple(names)
        if asks and not is_closed:
            until[client_id] = ends_at
        (closed if is_closed else found).setdefault(client_id, set()).add(role)
    return Grants(frozen(found), frozen(closed), until, told)


def in_force(login, person, now):
    """Return the query of the roles that a login holds, with what closes them and how the client is called."""
    rows = models.QuerySet(apps.get_model("accounts", "ClientRole")).filter(
        models.Q(ends_at=None) | models.Q(ends_at__gt=now),
        user=login,
        starts_at__lte=now,
        content_object__is_active=True,
    )
    return rows.values_list(
        *("content_object_id", "permission__codename", TRAINING_ROLES, trained_until(person)),
        *("content_object__name", "content_object__time_zone"),
    )


@cache
def in_force_statement():
    found = keeping.written(lambda: in_force(keeping.LOGIN, keeping.PERSON, keeping.NOW))
    return keeping.Statement.of(*found)


def frozen(found):
    return {client_id: frozenset(roles) for client_id, roles in found.items()}


TRAINING_ROLES = "content_object__account_settings__training_roles"


def trained_until(person):
    """Return the expression of when the longest training ends of a row of ``ClientRole`` whose client asks for any."""
    # Roles are read before there is a scope: what a client asks for decides what the scope is.
    trainings = models.QuerySet(apps.get_model("accounts", "TrainingRecord"))
    valid = trainings.filter(ended_entry=None, person=person, client=models.OuterRef("content_object"))
    longest = models.Subquery(valid.order_by("-ends_at").values("ends_at")[:1])
    return models.Case(models.When(**{f"{TRAINING_ROLES}__gt": ""}, then=longest), output_field=models.DateTimeField())


def open_now(rows, at):
    """Leave out the rows of ``ClientRole`` that are closed at a moment for want of a valid training."""
    asks = models.Q()
    for role in sorted(TRAINED):
        codename = f"{PERMISSION_PREFIX}{role}"
        asks |= models.Q(permission__codename=codename, **{f"{TRAINING_ROLES}__contains": role})
    return rows.annotate(
        asks_for_training=models.ExpressionWrapper(asks, models.BooleanField()),
        trained_until=trained_until(models.OuterRef("user__person")),
    ).exclude(
        models.Q(asks_for_training=True) & (models.Q(trained_until=None) | models.Q(trained_until__lte=at)),
    )


def roles(user, client_id):
    return of(user).get(client_id, frozenset())


def allows(user, client_id, capability):
    """Tell whether a role of ``user`` at this client has the capability."""
    return any(capability in CAPABILITIES[role] for role in roles(user, client_id))


def client_ids(user, capability):
    """Return the ids of the clients where ``user`` has the capability."""
    return list(of(user).clients_with(capability))


def has_anywhere(user, capability):
    return bool(of(user).clients_with(capability))
