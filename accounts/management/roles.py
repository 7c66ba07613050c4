"""What the two commands for roles share: they act as the system, for the first administrator and for an emergency."""

from datetime import date, datetime, time, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.errors import ServiceError
from accounts.grants import Role
from accounts.models import Client, User
from accounts.services.staff import ensure_system_user


class RoleCommand(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("client", help="the client's code")
        parser.add_argument("role", choices=Role.values)

    def handle(self, *, username, client, role, **options):
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no login {username!r}.")
        with scopes_disabled():
            found = Client.objects.filter(code=client).first()
        if found is None:
            raise CommandError(f"There is no client with the code {client!r}.")
        try:
            with scope(client=[found.pk]):
                self.stdout.write(self.change(user, found, Role(role), ensure_system_user(), **options))
        except ServiceError as error:
            raise CommandError(error.message) from error

    def change(self, user, client, role, actor, **options):
        """Do it through the service and return a sentence that says so."""
        raise NotImplementedError


def end_of(day: date) -> datetime:
    if day.year == date.max.year:
        raise CommandError("The last day lies too far ahead. Without one, the role lasts until it is ended.")
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=timezone.get_default_timezone())
