"""The logins of people, and when they are there."""

from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Absence, Person, User
from accounts.services import delegations, roles, shifts, staff, training

PASSWORD = "correct horse battery"


def make_user(username, *grants, person=None, **fields):
    """Make a login; ``grants`` are (client, role) pairs."""
    person = person or Person.objects.create(name=username.title())
    user = User.objects.create_user(username, f"{username}@example.com", PASSWORD, person=person, **fields)
    for client, role in grants:
        with scope(client=client.pk):
            roles.grant(user, client, role, actor=staff.ensure_system_user())
    return user


def away(user, actor, starts_at=None, ends_at=None):
    """Put down that somebody is away from now on, for a day."""
    starts_at = starts_at or timezone.now()
    with scopes_disabled():
        return shifts.go_away(
            user, starts_at=starts_at, ends_at=ends_at or starts_at + timezone.timedelta(days=1), actor=actor
        )


def absence(user, starts_at=None):
    """Put down that somebody is away from now on, or later, for a day."""
    starts_at = starts_at or timezone.now()
    ends_at = starts_at + timezone.timedelta(days=1)
    return Absence.objects.create(user=user, starts_at=starts_at, ends_at=ends_at, marked_by=user)


def train(user, client, actor, subject="How we work here", completed_on=None, valid_until=None):
    """Record that somebody was trained for a client, for a year unless told otherwise."""
    completed_on = completed_on or timezone.localdate() - timezone.timedelta(days=1)
    until = valid_until or completed_on + timezone.timedelta(days=365)
    with scope(client=client.pk):
        return training.record(
            user.person, client, actor=actor, subject=subject, completed_on=completed_on, valid_until=until
        )


def delegation(client, giver, taker, role="supervisor", starts_at=None, ends_at=None):
    """Let somebody decide in the place of somebody else, from now on for a day."""
    starts_at = starts_at or timezone.now()
    ends_at = ends_at or starts_at + timezone.timedelta(days=1)
    with scope(client=client.pk):
        return delegations.delegate(client, role, taker, actor=giver, starts_at=starts_at, ends_at=ends_at)
