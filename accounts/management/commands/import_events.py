from django.core.management.base import CommandError
from django.utils import timezone

from accounts import registries
from accounts.imports import dates
from accounts.imports.cells import Written
from accounts.imports.layouts import header
from accounts.imports.mappings import ZONES
from accounts.imports.reading import opened
from accounts.management.importing import ImportCommand
from accounts.models import Restriction
from accounts.services.event_imports import columns_by_name, import_events


class Command(ImportCommand):
    kind = "events"
    help = (
        "Put on record what happened to a client's customers elsewhere: a CSV file or a workbook (.csv, .csv.gz, .xlsx)"
        " with a line for each event. Events that are not possible are listed with line and column, the others stay."
        " The same file again changes nothing."
    )
    taken, would_be_taken = "events put on record", "events would be put on record"
    reasons = None

    def add_arguments(self, parser):
        super().add_arguments(parser)
        self.add_common(parser)
        parser.add_argument("--restriction", default="policy", choices=Restriction.Kind.values)
        parser.add_argument("--open-missing", action="store_true", help="open accounts that the client does not have")
        parser.add_argument("--opened-on", default="", help="the day from which they are opened, YYYY-MM-DD")

    def add_common(self, parser):
        """Add what every file with a past is told."""
        parser.add_argument("--source", default="history", help="where the history comes from, such as crm")
        parser.add_argument("--time-zone", default="", help="of times that name none, such as Europe/Berlin")
        parser.add_argument("--date-format", default=dates.ISO, choices=list(dates.FORMATS))
        parser.add_argument("--column", action="append", default=[], metavar="FIELD=NAME", help="which column is what")

    def take(self, client, file, reading, common, **options):
        if options["time_zone"] and options["time_zone"] not in ZONES:
            raise CommandError(f"There is no time zone {options['time_zone']!r}.")
        taker = import_events(
            client,
            file,
            as_of=self.as_of(options),
            kind=self.kind,
            columns=self.columns(file, options["column"], **reading.keywords),
            written=Written(options["date_format"], options["time_zone"]),
            options=self.options(options),
            reading=reading,
            **common,
        )
        self.reasons = taker.reasons

    def as_of(self, options):
        return timezone.localdate()

    def options(self, options):
        named = {name: options[name] for name in ("source", "restriction", "opened_on")}
        return named | ({"open_missing": "yes"} if options["open_missing"] else {})

    def columns(self, file, named, encoding, separator):
        """Return which column feeds which field: by their names, then as was said."""
        kind = registries.import_kinds[self.kind]
        said = dict(each.partition("=")[::2] for each in named)
        unknown = said.keys() - {field.code for field in kind.fields}
        if unknown:
            raise CommandError(f"There is no field {sorted(unknown)[0]!r}.")
        with opened(file, encoding, separator) as (lines, layout):
            return columns_by_name(kind, header(lines, layout), said)

    def say_more(self):
        if self.reasons.made:
            self.stdout.write(f"Reasons made, offered to nobody: {', '.join(sorted(set(self.reasons.made)))}")
        if self.reasons.unnamed:
            self.stdout.write(
                f"{self.reasons.unnamed} events have the reason 'imported': what the file says is no code"
            )
