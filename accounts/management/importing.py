"""What the commands that import have in common: the file and how it is read, whose it is, who imports it."""

from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django_scopes import scope, scopes_disabled

from accounts.errors import ServiceError
from accounts.imports.layouts import ENCODINGS, SEPARATORS
from accounts.imports.reading import read
from accounts.models import Client, ColumnMapping, User
from accounts.services.imports import Outcome
from accounts.services.staff import ensure_system_user


class ImportCommand(BaseCommand):
    """Calls ``take`` in the scope of the client, and says what came of it and of each line that was refused."""

    taken = ""
    """What a line becomes, in words."""
    would_be_taken = ""
    advice = ""
    """What to do about lines that were refused."""

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--client", required=True, help="the client's code")
        parser.add_argument(
            "--encoding", choices=sorted(ENCODINGS), help="of a text file; UTF-8 unless it says otherwise"
        )
        parser.add_argument("--separator", choices=list(SEPARATORS), help="between two values; found by looking")
        parser.add_argument("--actor", help="username of the administrator who imports; without it, the system does")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")

    def handle(self, *, file, client, actor, dry_run, encoding, separator, **options):
        who = self.find_actor(actor) if actor else ensure_system_user()
        with scopes_disabled():
            found = Client.objects.filter(code=client).first()
        if found is None:
            raise CommandError(f"There is no client with the code {client!r}.")
        outcome = Outcome()
        common = {"actor": who, "report": self.report, "outcome": outcome, "dry_run": dry_run}
        try:
            with scope(client=[found.pk]):
                self.take(found, file, partial(read, encoding=encoding, separator=separator), common, **options)
        except ServiceError as error:
            self.say(outcome, dry_run)
            raise CommandError(error.message) from error
        self.say(outcome, dry_run)
        self.say_more()
        if outcome.refused:
            raise CommandError(f"{outcome.refused} lines were refused{self.advice}; the others stay.")

    def take(self, client, file, reading, common, **options):
        """Import the file; ``reading`` yields its lines, ``common`` are the arguments that every import takes."""
        raise NotImplementedError

    def say_more(self):
        """Say what else came of the file."""

    def kept_mapping(self, client, kind, name):
        """Return the settings of a mapping that was kept on the page, ``None`` where there is none of this name."""
        kept = ColumnMapping.objects.filter(client=client, kind=kind, name=name).first()
        return kept and kept.settings

    def find_actor(self, username):
        try:
            return User.objects.get(username=username, is_active=True)
        except User.DoesNotExist:
            raise CommandError(f"There is no login {username!r}.") from None

    def report(self, line, column, reason):
        self.stderr.write(f"line {line}: {column or 'the line'} {reason}")

    def say(self, outcome, dry_run):
        taken = self.would_be_taken if dry_run else self.taken
        self.stdout.write(
            f"{outcome.read} lines read: {outcome.opened} {taken}, {outcome.known} known already,"
            f" {outcome.refused} refused"
        )
