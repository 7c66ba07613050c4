import re
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

ROW = re.compile(r"^\| (R\d+) \|")
MARK = re.compile(r"@pytest\.mark\.requirement\(([^)]*)\)")


class Command(BaseCommand):
    help = "Lists the rows of docs/requirements.md and which of them no test carries."

    def handle(self, *args, **options):
        root = Path(settings.BASE_DIR)
        rows = [found[1] for line in (root / "docs/requirements.md").open() if (found := ROW.match(line))]
        tested = {
            row
            for path in (root / "tests").rglob("test_*.py")
            for marks in MARK.findall(path.read_text())
            for row in re.findall(r"R\d+", marks)
        }
        untested = [row for row in rows if row not in tested]
        self.stdout.write(f"{len(rows)} rows, {len(rows) - len(untested)} with a test.")
        if untested:
            self.stdout.write("Without: " + ", ".join(untested))
        if unknown := sorted(tested - set(rows)):
            self.stdout.write("Marked in tests but not in the table: " + ", ".join(unknown))
