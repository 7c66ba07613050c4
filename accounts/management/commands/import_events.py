import gzip
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import registries
from accounts.errors import Invalid, ServiceError
from accounts.imports import dates, layouts
from accounts.imports.cells import Written
from accounts.imports.mappings import ZONES
from accounts.models import Client, Restriction, User
from accounts.services.event_imports import columns_by_name, import_events
from accounts.services.imports import Outcome
from accounts.services.staff import ensure_system_user


class Command(BaseCommand):
    kind, what = "events", "events"
    help = (
        "Put on record what happened to a client's customers elsewhere: a CSV file (UTF-8; .csv or .csv.gz) with a line"
        " for each event. Events that are not possible are listed with line and column, the others stay. The same file"
        " again changes nothing."
    )

    def add_arguments(self, parser):
        self.add_common(parser)
        parser.add_argument("--restriction", default="policy", choices=Restriction.Kind.values)
        parser.add_argument("--open-missing", action="store_true", help="open accounts that the client does not have")
        parser.add_argument("--opened-on", default="", help="the day from which they are opened, YYYY-MM-DD")

    def add_common(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--client", required=True, help="the client's code")
        parser.add_argument("--source", default="history", help="where the history comes from, such as crm")
        parser.add_argument("--time-zone", default="", help="of times that name none, such as Europe/Berlin")
        parser.add_argument("--date-format", default=dates.ISO, choices=list(dates.FORMATS))
        parser.add_argument("--column", action="append", default=[], metavar="FIELD=NAME", help="which column is what")
        parser.add_argument("--actor", help="username of the administrator who imports; without it, the system does")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")

    def handle(self, *, file, client, actor, dry_run, **options):
        if options["time_zone"] and options["time_zone"] not in ZONES:
            raise CommandError(f"There is no time zone {options['time_zone']!r}.")
        who = self.find_actor(actor) if actor else ensure_system_user()
        with scopes_disabled():
            found = Client.objects.filter(code=client).first()
        if found is None:
            raise CommandError(f"There is no client with the code {client!r}.")
        outcome = Outcome()
        try:
            with scope(client=[found.pk]):
                taker = import_events(
                    found,
                    file,
                    actor=who,
                    as_of=self.as_of(options),
                    kind=self.kind,
                    columns=self.columns(file, options["column"]),
                    written=Written(options["date_format"], options["time_zone"]),
                    report=self.report,
                    outcome=outcome,
                    options=self.options(options),
                    dry_run=dry_run,
                )
        except ServiceError as error:
            self.say(outcome, dry_run)
            raise CommandError(error.message) from error
        self.say(outcome, dry_run)
        self.say_reasons(taker.reasons)
        if outcome.refused:
            raise CommandError(f"{outcome.refused} lines were refused; the others stay.")

    def as_of(self, options):
        return timezone.localdate()

    def options(self, options):
        named = {name: options[name] for name in ("source", "restriction", "opened_on")}
        return named | ({"open_missing": "yes"} if options["open_missing"] else {})

    def columns(self, file, named):
        """Return which column feeds which field: by their names, then as was said."""
        kind = registries.import_kinds[self.kind]
        try:
            opener = gzip.open if file.name.endswith(".gz") else open
            with opener(file, "rb") as lines:
                header = layouts.header(lines, layouts.look(lines))
        except Invalid as error:
            raise CommandError(error.message) from error
        except (OSError, EOFError) as error:
            raise CommandError("The file cannot be read: it is missing, or not what it says.") from error
        said = dict(each.partition("=")[::2] for each in named)
        unknown = said.keys() - {field.code for field in kind.fields}
        if unknown:
            raise CommandError(f"There is no field {sorted(unknown)[0]!r}.")
        return columns_by_name(kind, header, said)

    def find_actor(self, username):
        try:
            return User.objects.get(username=username, is_active=True)
        except User.DoesNotExist:
            raise CommandError(f"There is no login {username!r}.") from None

    def report(self, line, column, reason):
        self.stderr.write(f"line {line}: {column or 'the line'} {reason}")

    def say(self, outcome, dry_run):
        put = "would be put on record" if dry_run else "put on record"
        self.stdout.write(
            f"{outcome.read} lines read: {outcome.opened} {self.what} {put}, {outcome.known} known already,"
            f" {outcome.refused} refused"
        )

    def say_reasons(self, reasons):
        if reasons.made:
            self.stdout.write(f"Reasons made, offered to nobody: {', '.join(sorted(set(reasons.made)))}")
        if reasons.unnamed:
            self.stdout.write(f"{reasons.unnamed} events have the reason 'imported': what the file says is no code")
