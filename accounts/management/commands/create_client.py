from django.core.management.base import BaseCommand, CommandError

from accounts.errors import Invalid
from accounts.models import Client, Industry
from accounts.services import clients
from accounts.services.staff import ensure_system_user


class Command(BaseCommand):
    help = "Take on a client, with the reasons, policies and message templates that its industry begins with."

    def add_arguments(self, parser):
        parser.add_argument("code", help="short name in addresses and commands, such as nordtel")
        parser.add_argument("--name", required=True)
        parser.add_argument("--industry", required=True, choices=Industry.values)
        parser.add_argument("--colour", type=int, default=1, help="of its stripe, 1 to 12")
        parser.add_argument("--language", default="en", help="that members fall back to")
        parser.add_argument("--time-zone", default="UTC", help="such as Europe/Berlin")
        parser.add_argument("--country", default="US", help="ISO 3166, two letters")
        parser.add_argument("--currency", default="USD", help="ISO 4217, three letters")
        parser.add_argument("--sender-name", default="", help="whom its mails are from")

    def handle(self, **options):
        names = [field.name for field in Client._meta.fields if field.name in options]
        try:
            client = clients.create_client(actor=ensure_system_user(), **{name: options[name] for name in names})
        except Invalid as error:
            raise CommandError(f"{error.field}: {error.message}") from None
        self.stdout.write(f"{client.name} is taken on. Next: python manage.py grant_role, import_accounts")
