import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Account, Client, Restriction
from accounts.services.clients import create_client
from accounts.services.staff import ensure_system_user
from reinstatements.demo import lantern, nordtel, people
from reinstatements.demo.cases import Desk
from reinstatements.models import ReinstatementRequest

DEMOS = {people.NORDTEL: nordtel, people.LANTERN: lantern}


class Command(BaseCommand):
    help = (
        "Load the demo: IBM's customers as those of Nordtel, a small bank beside it, and invented contacts, staff,"
        " suspensions and cases. What is there already is left alone, so it may run again."
    )

    def add_arguments(self, parser):
        parser.add_argument("--logins", action="store_true", help="only print who can sign in")

    def handle(self, *, logins, **options):
        if settings.PRODUCTION:
            raise CommandError("The demo's password is known to everybody: it is not loaded in production.")
        if logins:
            self.stdout.write("\n".join(people.logins()))
            return
        with scopes_disabled():
            if not Client.objects.filter(code__in=DEMOS).exists():
                self.stdout.write("Loading the demo. Names, contacts, suspensions and cases are invented.")
            clients = {code: take_on(demo.CLIENT) for code, demo in DEMOS.items()}
        with scope(client=[client.pk for client in clients.values()]):
            cast = people.hire(clients)
            for code, demo in DEMOS.items():
                self.load(demo, clients[code], cast)

    def load(self, demo, client, cast):
        """Load accounts, suspensions and cases, in this order: each of the three is there whole, or made now."""
        now = timezone.now()
        steps = (
            ("accounts", Account, lambda: demo.open_accounts(client, cast)),
            ("suspensions", Restriction, lambda: demo.stop_accounts(client, cast, now)),
            ("cases", ReinstatementRequest, lambda: demo.play(client, Desk(cast, now))),
        )
        for what, model, make in steps:
            if not model.objects.filter(client=client).exists():
                started = time.monotonic()
                self.stdout.write(f"{client.name}: {what} ... ", ending="")
                self.stdout.flush()
                with transaction.atomic():
                    made = make()
                self.stdout.write(f"{made} in {time.monotonic() - started:.0f} s")


def take_on(fields):
    found = Client.objects.filter(code=fields["code"]).first()
    return found or create_client(actor=ensure_system_user(), **fields)
