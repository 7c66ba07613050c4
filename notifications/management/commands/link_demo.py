import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django_scopes import scope, scopes_disabled

from accounts.grants import Role
from accounts.models import Client
from accounts.services import shifts
from notifications.models import LinkedSystem
from notifications.services import linked

CLIENT = "nordtel"
SYSTEMS = (
    {"name": "Nordtel network", "kind": "network", "takes_restoring": True, "takes_billing": False},
    {"name": "Nordtel billing", "kind": "billing", "takes_restoring": False, "takes_billing": True},
)


class Command(BaseCommand):
    help = "Register the demo's linked systems, which run on this machine. What is registered already is kept."

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("These linked systems are the demo's.")
        with scopes_disabled():
            client = Client.objects.filter(code=CLIENT).first()
        if client is None:
            raise CommandError("Load the demo first.")
        with scope(client=[client.pk]):
            administrator = shifts.holders(client.pk, [Role.ADMINISTRATOR])[0]
            known = {system.name: system for system in LinkedSystem.objects.filter(client=client)}
            made = []
            for wanted in SYSTEMS:
                told = {**wanted, "takes_status": wanted["kind"] == "network", "answer_hours": 1, "url": url(wanted)}
                if wanted["name"] in known:
                    # The demo may run on another port than the last time.
                    linked.change(known[wanted["name"]], actor=administrator, **told)
                else:
                    made.append(linked.register(client, actor=administrator, **told)[1])
        keep(settings.LINKED_SECRETS, made)


def url(wanted):
    return f"http://127.0.0.1:{settings.LINKED_PORT}/{wanted['kind']}"


def keep(file: Path, made):
    """Write new secrets to the file that the systems read, for nobody else to read."""
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as out:
        out.writelines(f"{secret}\n" for secret in made)
