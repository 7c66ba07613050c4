"""Settings and logins, changed by administrators: each change is an entry on the chain of the client it concerns."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import grants, ledger, rules
from accounts.errors import Refused
from accounts.models import Client, Person

OWN_FIELDS = frozenset({"first_name", "last_name", "language", "time_zone"})
"""What people change on their own login."""


def save(row, changed, *, actor):
    """Save a client's setting: a new row, or the fields of an old one named in ``changed``, with what they were before.

    Raises ``Refused`` for whoever does not administer the client.
    """
    with ledger.change(Client.objects.get(pk=row.client_id), actor=actor) as work:
        if not rules.can_configure(row, actor):
            raise Refused(_("You do not administer this client."))
        is_new = row._state.adding
        before = None if is_new else type(row).objects.get(pk=row.pk)
        data = {name: [getattr(before, name, None), getattr(row, name)] for name in changed}
        work.log(
            row,
            "create" if is_new else "change",
            subject_type=row._meta.model_name,
            reason="settings_changed",
            data={"settings": {name: [told(value) for value in pair] for name, pair in data.items()}},
        )
        if isinstance(row, Client):
            # The locked row holds the head of the chain; the one from the form is older.
            for name in changed:
                setattr(work.chain, name, getattr(row, name))
            work.save(work.chain, "change")
        else:
            row._history_user = actor
            row.save(update_fields=None if is_new else changed)


def told(value):
    """Return a value as an entry can hold it: the key of a row instead of the row."""
    return str(value.pk) if hasattr(value, "pk") else value


@transaction.atomic
def create_login(user, *, actor):
    """Save a new login, with a person of its own unless it has one. It can do nothing until a role is granted.

    Raises ``Refused`` for whoever administers no client.
    """
    if not grants.has_anywhere(actor, "configure"):
        raise Refused(_("You do not administer a client."))
    if user.person_id is None:
        user.person = Person.objects.create(name=user.get_full_name() or user.username)
    user._history_user = actor
    user.save()


@transaction.atomic
def change_login(user, changed, *, actor):
    """Save the fields of a login named in ``changed``, on record at every client that it has a role at.

    The entries say which fields, not what is in them: those are people's names and addresses. Raises ``Refused`` unless
    ``actor`` administers all of these clients, and for what nobody changes on their own login.
    """
    if not rules.can_change_login(user, actor):
        raise Refused(_("You do not administer every client that this login works for."))
    if actor.person_id == user.person_id and set(changed) - OWN_FIELDS:
        raise Refused(_("Nobody changes this on their own login."))
    user._history_user = actor
    user.save(update_fields=changed)
    data = {"fields": sorted(changed)} | ({"is_active": user.is_active} if "is_active" in changed else {})
    for client in Client.objects.filter(role_rows__user=user).distinct().order_by("pk"):
        with ledger.change(client, actor=actor) as work:
            work.log(user, "change", subject_type="user", reason="settings_changed", data=data)
