from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.text import capfirst

from accounts.ledger.naming import label_of
from accounts.statuslog import machines

DOCUMENT = Path(settings.BASE_DIR) / "docs/statuses.md"
HEAD = """# Statuses

Every change of status that the product knows, drawn from the code by `python manage.py statuses --write`. What is not
here, the services refuse and the database refuses again. A test compares this page with the code.
"""


class Command(BaseCommand):
    help = "Draw the status machines as docs/statuses.md has them: a drawing and a table of each."

    def add_arguments(self, parser):
        parser.add_argument("--write", action="store_true", help="write the page instead of printing it")
        parser.add_argument("--check", action="store_true", help="fail where the page says anything else")

    def handle(self, *, write, check, **options):
        text = document()
        if write:
            DOCUMENT.write_text(text)
        elif not check:
            self.stdout.write(text, ending="")
        elif DOCUMENT.read_text() != text:
            raise CommandError("docs/statuses.md is not what the code says. Run: python manage.py statuses --write")


def document():
    with translation.override("en"):
        return "\n".join([HEAD, *(machine(model) for model in machines())])


def machine(model):
    """Return one machine as a drawing in Mermaid and as a table from every status to every other."""
    steps = {}
    for transition in model._meta.get_field("status").get_all_transitions(model):
        pair = str(transition.source), str(transition.target)
        steps.setdefault(pair, []).append(str(label_of(getattr(model, transition.name))))
    statuses = [str(value) for value in model.Status.values]
    drawn = [f"    [*] --> {status}" for status in statuses if status in model.opening_statuses]
    drawn += [f"    {before} --> {after}: {', '.join(labels)}" for (before, after), labels in sorted(steps.items())]
    rows = [
        f"| **{before}** | " + " | ".join(", ".join(steps.get((before, after), ())) or "–" for after in statuses) + " |"
        for before in statuses
    ]
    return "\n".join(
        [
            f"## {capfirst(str(model._meta.verbose_name))}",
            "",
            "```mermaid",
            "stateDiagram-v2",
            *drawn,
            "```",
            "",
            f"| from, to | {' | '.join(statuses)} |",
            f"|---|{'---|' * len(statuses)}",
            *rows,
            "",
        ]
    )
