"""Granting and ending roles: the only hand that writes them, dated, on the client's chain, never to oneself."""

from django.contrib.auth.models import Permission
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import grants, ledger, registries, rules
from accounts.errors import Invalid, Refused
from accounts.grants import Role
from accounts.models import Client, ClientRole


def permission_of(role):
    return Permission.objects.get(
        content_type__app_label=Client._meta.app_label, codename=f"{grants.PERMISSION_PREFIX}{Role(role)}"
    )


def role_of(row):
    """Return the ``Role`` that a row grants."""
    return Role(row.permission.codename.removeprefix(grants.PERMISSION_PREFIX))


def grant(user, client, role, *, actor, ends_at=None):
    """Give ``user`` a role at ``client`` from now on, until ``ends_at`` if given.

    Raises ``Refused`` for oneself and for whoever may not grant, ``Invalid`` where the login is switched off, where
    administration and deciding, or provider and client, would meet in one person, and where the role is held already.
    """
    role, now = Role(role), timezone.now()
    with ledger.change(client, actor=actor) as work:
        refuse_unless_may_grant(client, user, actor)
        if not user.is_active:
            raise Invalid(_("This login is switched off."), field="user")
        held = roles_of_person(user, client)
        if (role == Role.ADMINISTRATOR and held & grants.DECIDING_ROLES) or (
            role in grants.DECIDING_ROLES and Role.ADMINISTRATOR in held
        ):
            raise Invalid(_("Nobody holds both administration and a deciding role."), field="role")
        if (role == Role.CONTACT and held - {role}) or (role != Role.CONTACT and Role.CONTACT in held):
            raise Invalid(_("Nobody is both the client's own contact and on the provider's staff."), field="role")
        now_held = grants.load(user)
        if role in now_held.get(client.pk, frozenset()) | now_held.closed.get(client.pk, frozenset()):
            raise Invalid(_("%(who)s holds this role already.") % {"who": user}, field="role")
        if ends_at and ends_at <= now:
            raise Invalid(_("The end lies in the past."), field="ends_at")
        row, _created = ClientRole.objects.update_or_create(
            user=user,
            content_object=client,
            permission=permission_of(role),
            defaults={"starts_at": now, "ends_at": ends_at, "granted_by": actor},
        )
        work.log(
            user,
            "grant",
            subject_type="user",
            reason="role_granted",
            data={"role": str(role), "until": ends_at.isoformat() if ends_at else None},
        )
    tell_of_change(client)
    return row


def end(user, client, role, *, actor):
    """End a role now. Ending what is not held raises ``Invalid``."""
    role = Role(role)
    with ledger.change(client, actor=actor) as work:
        refuse_unless_may_grant(client, user, actor)
        ended, _rows = ClientRole.objects.filter(
            user=user, content_object=client, permission=permission_of(role)
        ).delete()
        if not ended:
            raise Invalid(_("%(who)s does not hold this role.") % {"who": user}, field="role")
        work.log(user, "end_grant", subject_type="user", reason="role_ended", data={"role": str(role)})
    tell_of_change(client)


def tell_of_change(client):
    """Let the other apps look at what follows from another staff."""
    for look in registries.staff_changed.values():
        look(client)


def refuse_unless_may_grant(client, user, actor):
    if actor.person_id == user.person_id:
        raise Refused(_("Nobody changes their own roles."))
    if actor.is_system:
        return
    # Read again under the client's lock: of two who take each other's role at once, the second has none any more.
    held = grants.load(actor).get(client.pk, frozenset())
    if not rules.can_grant(client, actor) or not any("grant" in grants.CAPABILITIES[role] for role in held):
        raise Refused(_("You do not grant roles at this client."))


def roles_of_person(user, client):
    """Return the roles that any login of this person holds at the client now."""
    rows = ClientRole.objects.filter(
        models.Q(ends_at=None) | models.Q(ends_at__gt=timezone.now()),
        user__person=user.person_id,
        content_object=client,
    ).values_list("permission__codename", flat=True)
    return frozenset(Role(codename.removeprefix(grants.PERMISSION_PREFIX)) for codename in rows)
