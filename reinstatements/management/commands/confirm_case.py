from django.core.management.base import BaseCommand, CommandError
from django_scopes import scope, scopes_disabled

from accounts.errors import ServiceError
from accounts.models import Client, Origin
from accounts.services.staff import ensure_system_user
from reinstatements import services
from reinstatements.linked_systems import FAILURES
from reinstatements.models import ReinstatementRequest


class Command(BaseCommand):
    help = (
        "Put down what a linked system has answered about an approved case, under the system's own reference. The same"
        " answer again changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("case", help="the code of the case")
        parser.add_argument("--client", required=True, help="the client's code")
        parser.add_argument("--reference", required=True, help="the number that the system gave to what it did")
        parser.add_argument("--failed", choices=[code for code, _label in FAILURES], help="it was not done, and why")

    def handle(self, *, case, client, reference, failed, **options):
        actor = ensure_system_user()
        with scopes_disabled():
            owner = Client.objects.filter(code=client).first()
        if owner is None:
            raise CommandError(f"There is no client with the code {client!r}.")
        with scope(client=[owner.pk]):
            found = ReinstatementRequest.objects.filter(code=case.upper()).select_related("account", "policy").first()
            if found is None:
                raise CommandError(f"There is no case {case!r} at this client.")
            told = {"actor": actor, "reference": reference, "origin": Origin.CLIENT_SYSTEM}
            try:
                done = (
                    services.not_confirmed(found, reason=failed, **told) if failed else services.confirm(found, **told)
                )
            except ServiceError as error:
                raise CommandError(error.message) from error
        self.stdout.write(f"Case {done.code} is {done.status}.")
