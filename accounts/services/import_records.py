"""A file that a command reads where it lies, on record as one that was handed in on the page: lines, problems, end."""

from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from pathlib import PurePath

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import ledger, masking
from accounts.errors import ServiceError
from accounts.models import ImportProblem, ImportRun

MOST_PROBLEMS = 100_000
SILENT = timedelta(minutes=30)
"""How long a command may be at a set of lines before it is taken for dead; a worker then ends its run."""


class Record:
    """One import at work: takes lines set by set, and keeps with each set what became of it.

    A file of which not even a line can be read leaves nothing behind, as on the page.
    """

    def __init__(self, kind, path, context, importing, outcome, report):
        self.kind, self.path, self.context = kind, path, context
        self.importing, self.outcome, self.report = importing, outcome, report
        self.run, self.done = None, 0

    def take_all(self, rows, size):
        """Take all lines, ``size`` of them at a time, each set all or none."""
        while lines := list(islice(rows, size)):
            self.begin()
            with transaction.atomic():
                problems = self.importing.take(lines, self.outcome)
                keep(self.run, problems)
                self.run.refused = self.outcome.refused
                self.moved_on(done=self.done + len(lines))
            self.done += len(lines)
            for problem in problems:
                self.report(*problem)
        self.begin()

    def begin(self):
        if self.run:
            return
        now, context = timezone.now(), self.context
        self.run = ImportRun.objects.create(
            client=context.client,
            user=context.actor,
            kind=self.kind,
            file_name=safe_name(self.path.name),
            file_size=self.path.stat().st_size,
            sha256=context.source,
            settings=context.options,
            as_of=context.as_of,
            is_dry_run=context.is_dry_run,
            wanted_at=now,
            started_at=now,
            claimed_until=now + SILENT,
        )

    def moved_on(self, **columns):
        outcome, until = self.outcome, timezone.now() + SILENT
        counts = {"taken": outcome.opened, "known": outcome.known, "refused": outcome.refused}
        ImportRun.objects.filter(pk=self.run.pk).update(**{"claimed_until": until} | counts | columns)

    def end(self, failure=""):
        now = timezone.now()
        if self.run:
            ended = {"finished_at": now, "closed_at": now, "claimed_until": None, "failure": failure[:300]}
            self.moved_on(**ended, total=self.done)


@contextmanager
def on_record(kind, path, context, importing, *, outcome, report, said):
    """Yield the ``Record`` of a file; its end is on record however it comes, and on the client's chain if lines stay.

    ``said`` is what the entry says beside the file's digest and the counts.
    """
    record = Record(kind, path, context, importing, outcome, report)
    try:
        yield record
    except BaseException as error:
        record.end(error.message if isinstance(error, ServiceError) else _("The command broke off."))
        raise
    else:
        record.end()
    finally:
        if outcome.opened and not context.is_dry_run:
            with ledger.change(context.client, actor=context.actor, origin="import") as work:
                data = {"import": str(record.run.pk), "kind": kind, "file_sha256": context.source, **said}
                data |= asdict(outcome)
                work.log(context.client, "import", subject_type="client", reason="imported", data=data)


def keep(run, problems):
    """Keep what is wrong with lines, up to a hundred thousand of one file."""
    if run.refused < MOST_PROBLEMS:
        ImportProblem.objects.bulk_create(
            ImportProblem(run=run, line=line, column=column[:60], reason=reason[:200])
            for line, column, reason in problems
        )


def safe_name(name):
    """Return the name of a file as it can stand on a page and in a folder: no path, control sign or card number."""
    name, _found = masking.mask_card_numbers(PurePath(name.replace("\\", "/")).name)
    plain = "".join(sign if sign.isalnum() or sign in " .-_()" else "_" for sign in name)
    return plain.strip(" .")[-120:] or _("file")
