from django.core.management.base import BaseCommand, CommandError
from django_scopes import scope, scopes_disabled

from accounts.errors import ServiceError
from accounts.models import Account, Client, User
from accounts.services import erasure


class Command(BaseCommand):
    help = "Erase everything known about the person of one account, for good. The ledger stays and still verifies."

    def add_arguments(self, parser):
        parser.add_argument("client", help="the client's code")
        parser.add_argument("number", help="the account's number at the client")
        parser.add_argument("--actor", required=True, help="the login of the compliance officer who answers for it")
        parser.add_argument("--reason", choices=erasure.REASONS, default=erasure.REASONS[0])
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, client, number, actor, reason, yes, **options):
        with scopes_disabled():
            found = Client.objects.filter(code=client).first()
            user = User.objects.filter(username=actor).first()
        if found is None:
            raise CommandError(f"There is no client with the code {client!r}.")
        if user is None:
            raise CommandError(f"There is no login {actor!r}.")
        with scope(client=[found.pk]):
            account = Account.objects.filter(client=found, number=number).first()
            if account is None:
                raise CommandError(f"{client} has no account {number!r}.")
            if not (yes or self.is_confirmed(client, number)):
                raise CommandError("Nothing was erased.")
            try:
                entry = erasure.erase(account, actor=user, reason=reason)
            except ServiceError as error:
                raise CommandError(error.message) from error
        self.stdout.write(
            f"Erased. Entry {entry.number} of account {number} says so. Copies outside this database, such as mails"
            " and files that were exported unmasked, are not reached; sealed data in backups can be read as long as"
            " the backup holds the key and somebody has the master key."
        )

    def is_confirmed(self, client, number):
        """Ask for the number: whoever types it has looked at it."""
        self.stdout.write(f"This erases the person of account {number} at {client} and cannot be taken back.")
        try:
            return input("Type the account's number to go on: ").strip() == number
        except EOFError:
            return False
