import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Account, Client, CustomerQuery, Restriction
from accounts.services.clients import create_client
from accounts.services.staff import ensure_system_user
from reinstatements.demo import (
    brisevent,
    calendars,
    endings,
    farolia,
    lantern,
    nordtel,
    past,
    people,
    tallyharbor,
    things,
    trainings,
)
from reinstatements.demo.cases import Desk
from reinstatements.demo.days import Calendar
from reinstatements.models import Invitation, PastStep, ReinstatementRequest

DEMOS = {demo.CLIENT["code"]: demo for demo in (nordtel, lantern, farolia, tallyharbor, brisevent)}


class Command(BaseCommand):
    help = (
        "Load the demo: IBM's customers as those of Nordtel, a bank with requests of IBM's log, a streaming service, a"
        " software service and an insurer, with invented contacts, staff, suspensions and cases. What is there already"
        " is left alone, so it may run again."
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
        """Load accounts, past, suspensions, cases and days, in this order: each is there whole, or made now."""
        now = timezone.now()
        mine = {"client": client}
        before, since = {"opened_at__lt": past.ENDED_BEFORE}, {"opened_at__gte": past.ENDED_BEFORE}
        steps = [
            ("accounts", Account.objects.filter(**mine), lambda: demo.open_accounts(client, cast)),
            ("past cases", ReinstatementRequest.objects.filter(**mine, **before), lambda: demo.load_past(client, cast)),
            ("steps of the past", PastStep.objects.filter(**mine), lambda: past.keep_log(client, cast)),
            ("suspensions", Restriction.objects.filter(**mine, **since), lambda: stop(demo, client, cast, now)),
            ("cases", ReinstatementRequest.objects.filter(**mine, **since), lambda: demo.play(client, Desk(cast, now))),
            (
                "other days",
                CustomerQuery.objects.filter(**mine),
                lambda: Calendar(client, demo.DAYS, cast, now).pass_by(),
            ),
            ("working time", calendars.given(client), lambda: calendars.give_own(client)),
        ]
        if client.code in endings.WANT_TWO:
            waiting = endings.proposed(client)
            steps.append(("endings by two", waiting, lambda: endings.want_two(client, cast, demo.DAYS)))
        if trainings.wanted_at(client):
            steps.append(("trainings", trainings.given(client), lambda: trainings.give(client, cast)))
        if hasattr(demo, "ask_client"):
            asked = Invitation.objects.filter(**mine)
            steps.insert(5, ("at the client", asked, lambda: demo.ask_client(client, cast, Desk(cast, now))))
        if not hasattr(demo, "load_past"):
            del steps[1:3]
        for what, loaded, make in steps:
            if not loaded.exists():
                started = time.monotonic()
                self.stdout.write(f"{client.name}: {what} ... ", ending="")
                self.stdout.flush()
                with transaction.atomic():
                    made = make()
                self.stdout.write(f"{made} in {time.monotonic() - started:.0f} s")


def stop(demo, client, cast, now):
    """Take accounts out of service, and put down what they cannot use now, before any case rests on it."""
    stopped = demo.stop_accounts(client, cast, now)
    if stopped:
        things.give(client, cast[demo.DAYS.worker])
    return stopped


def take_on(fields):
    found = Client.objects.filter(code=fields["code"]).first()
    if found is None:
        found = create_client(actor=ensure_system_user(), **fields)
        calendars.begin(found)
    return found
