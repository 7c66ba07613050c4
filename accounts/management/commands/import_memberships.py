from django.utils import timezone

from accounts.imports import dates
from accounts.management.commands import import_events
from accounts.management.importing import ImportCommand

KINDS = {"subscriptions": "memberships", "membership_events": "events", "departures": "departures"}


class Command(import_events.Command):
    help = (
        "Put on record what memberships a client's customers had elsewhere: a CSV or JSON file with a line for each"
        " membership (subscriptions), each event of one (membership_events) or each customer who left or came back"
        " (departures). What contradicts itself or the accounts is listed with line and column. The same file again"
        " changes nothing."
    )

    def add_arguments(self, parser):
        ImportCommand.add_arguments(self, parser)
        self.add_common(parser)
        parser.add_argument("--kind", default="subscriptions", choices=list(KINDS), help="what a line tells")
        parser.add_argument(
            "--as-of",
            type=dates.day,
            default=None,
            help="the day that the file speaks of, YYYY-MM-DD; today without it",
        )
        parser.add_argument("--currency", default="", help="of prices, such as USD; the client's without it")

    def handle(self, *, kind, **options):
        self.kind = kind
        self.taken, self.would_be_taken = f"{KINDS[kind]} put on record", f"{KINDS[kind]} would be put on record"
        super().handle(**options)

    def as_of(self, options):
        return options["as_of"] or timezone.localdate()

    def options(self, options):
        return {name: options[name] for name in ("source", "currency") if options[name]}
