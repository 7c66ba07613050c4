from datetime import date
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.errors import ServiceError
from accounts.imports.layouts import ENCODINGS, SEPARATORS
from accounts.imports.mappings import MAPPINGS, Mapping, read_standard
from accounts.imports.reading import read
from accounts.models import Client, ColumnMapping, User
from accounts.services.imports import Outcome, import_accounts
from accounts.services.staff import ensure_system_user

# The day IBM's file speaks of is not in it. This one makes its customers as old as they were then.
AS_OF = {"telco": date(2026, 11, 1)}


class Command(BaseCommand):
    help = (
        "Open an account for every line of a CSV file or a workbook (.csv, .csv.gz, .xlsx). Lines that are wrong are"
        " listed with line and column, the others stay. Numbers that the client has already are left alone,"
        " so it may run again."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--client", required=True, help="the client's code")
        built_in = ", ".join(sorted(MAPPINGS))
        parser.add_argument("--mapping", default="standard", help=f"{built_in}, or one that was kept on the page")
        parser.add_argument(
            "--encoding", choices=sorted(ENCODINGS), help="of a text file; UTF-8 unless it says otherwise"
        )
        parser.add_argument("--separator", choices=list(SEPARATORS), help="between two values; found by looking")
        parser.add_argument("--as-of", type=date.fromisoformat, help="the day that the file speaks of, YYYY-MM-DD")
        parser.add_argument("--actor", help="username of the administrator who imports; without it, the system does")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")

    def handle(self, *, file, client, mapping, as_of, actor, dry_run, encoding, separator, **options):
        actor = self.find_actor(actor) if actor else ensure_system_user()
        with scopes_disabled():
            found = Client.objects.filter(code=client).first()
        if found is None:
            raise CommandError(f"There is no client with the code {client!r}.")
        outcome = Outcome()
        try:
            with scope(client=[found.pk]):
                chosen, settings = self.find_mapping(found, mapping)
                how = {
                    "encoding": encoding or settings.get("encoding"),
                    "separator": separator or settings.get("separator"),
                }
                import_accounts(
                    found,
                    file,
                    chosen,
                    actor=actor,
                    as_of=as_of or AS_OF.get(mapping) or timezone.localdate(),
                    report=self.report,
                    outcome=outcome,
                    dry_run=dry_run,
                    reading=partial(read, settings=settings, **how),
                )
        except ServiceError as error:
            self.say(outcome, dry_run)
            raise CommandError(error.message) from error
        self.say(outcome, dry_run)
        if outcome.refused:
            raise CommandError(f"{outcome.refused} lines were refused. Mend them and run it again; the others stay.")

    def find_mapping(self, client, name):
        """Return a mapping of this name and how its file writes values; one that was kept has columns of its own."""
        if name in MAPPINGS:
            return MAPPINGS[name], {}
        kept = ColumnMapping.objects.filter(client=client, kind="accounts", name=name).first()
        if kept is None:
            raise CommandError(
                f"{client.name} has kept no mapping {name!r}. There are also: {', '.join(sorted(MAPPINGS))}"
            )
        currency = kept.settings.get("currency", "")
        columns = tuple(kept.settings["columns"].values())
        return Mapping(columns=columns, read=partial(read_standard, currency=currency)), kept.settings

    def find_actor(self, username):
        try:
            return User.objects.get(username=username, is_active=True)
        except User.DoesNotExist:
            raise CommandError(f"There is no login {username!r}.") from None

    def report(self, line, column, reason):
        self.stderr.write(f"line {line}: {column or 'the line'} {reason}")

    def say(self, outcome, dry_run):
        opened = "would be opened" if dry_run else "opened"
        self.stdout.write(
            f"{outcome.read} lines read: {outcome.opened} accounts {opened}, {outcome.known} known already,"
            f" {outcome.refused} refused"
        )
