from accounts.management.commands import import_events
from accounts.management.importing import ImportCommand


class Command(import_events.Command):
    kind = "past_steps"
    help = (
        "Keep how requests were worked on before Reinstate: a CSV file or a workbook with a line for each step of a"
        " request, by whom and from when to when. The columns are found by their names. The same file again changes"
        " nothing."
    )
    taken, would_be_taken = "steps put on record", "steps would be put on record"

    def add_arguments(self, parser):
        ImportCommand.add_arguments(self, parser)
        self.add_common(parser)
        parser.add_argument(
            "--checks", default="Four-eyes Check", help="steps in which work is checked, separated by commas"
        )

    def options(self, options):
        return {name: options[name] for name in ("source", "checks")}
