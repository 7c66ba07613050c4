from datetime import date
from functools import partial

from django.core.management.base import CommandError
from django.utils import timezone

from accounts.imports.mappings import MAPPINGS, Mapping, read_standard
from accounts.management.importing import ImportCommand
from accounts.services.imports import import_accounts

# The day IBM's file speaks of is not in it. This one makes its customers as old as they were then.
AS_OF = {"telco": date(2026, 11, 1)}


class Command(ImportCommand):
    help = (
        "Open an account for every line of a CSV file or a workbook (.csv, .csv.gz, .xlsx). Lines that are wrong are"
        " listed with line and column, the others stay. Numbers that the client has already are left alone,"
        " so it may run again."
    )
    taken, would_be_taken = "accounts opened", "accounts would be opened"
    advice = ". Mend them and run it again"

    def add_arguments(self, parser):
        super().add_arguments(parser)
        built_in = ", ".join(sorted(MAPPINGS))
        parser.add_argument("--mapping", default="standard", help=f"{built_in}, or one that was kept on the page")
        parser.add_argument("--as-of", type=date.fromisoformat, help="the day that the file speaks of, YYYY-MM-DD")

    def take(self, client, file, reading, common, *, mapping, as_of, **options):
        chosen, settings = self.find_mapping(client, mapping)
        for name in ("encoding", "separator"):
            reading.keywords[name] = reading.keywords[name] or settings.get(name)
        as_of = as_of or AS_OF.get(mapping) or timezone.localdate()
        import_accounts(client, file, chosen, as_of=as_of, reading=partial(reading, settings=settings), **common)

    def find_mapping(self, client, name):
        """Return a mapping of this name and how its file writes values; one that was kept has columns of its own."""
        if name in MAPPINGS:
            return MAPPINGS[name], {}
        settings = self.kept_mapping(client, "accounts", name)
        if settings is None:
            raise CommandError(
                f"{client.name} has kept no mapping {name!r}. There are also: {', '.join(sorted(MAPPINGS))}"
            )
        currency = settings.get("currency", "")
        columns = tuple(settings["columns"].values())
        return Mapping(columns=columns, read=partial(read_standard, currency=currency)), settings
