"""A file that somebody hands in on the page: kept sealed, mapped, tried, taken by a worker, and removed.

Every step that a worker commits holds the lines taken, their problems and how far the run is, so that a worker that was
killed is followed by another that begins with the next line.
"""

import time
from datetime import timedelta
from functools import partial
from itertools import islice

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from accounts import ledger, registries, sealing
from accounts.errors import Invalid, Moved
from accounts.imports import layouts, store
from accounts.imports.cells import Written
from accounts.imports.kinds import Context
from accounts.models import ImportRun
from accounts.services import background, imports
from accounts.services.import_records import keep, safe_name
from accounts.services.imports import Importing, Outcome, refuse_unless_may_import

TURN = 30
"""Seconds after which an import lets others have the worker, between two sets."""
KEPT = timedelta(days=7)
COUNTS = {"done": 0, "taken": 0, "known": 0, "refused": 0, "absent": None}


def upload(client, kind, upload, *, actor):
    """Keep a file that was handed in, sealed, and look at what it is; nothing is imported yet.

    Raises ``Refused`` where ``actor`` does not administer the client and ``Invalid`` for what is no table.
    """
    refuse_unless_may_import(client, actor)
    if upload.is_too_large:
        raise Invalid(_("The file is larger than 200 MB. Cut it into parts."), field="file")
    with upload.opened() as file:
        layout = layouts.look(file)
    run = ImportRun(
        client=client,
        user=actor,
        kind=kind,
        wanted_at=None,
        file_name=safe_name(upload.name),
        file_size=upload.size,
        sha256=upload.sha256,
        layout=layout.stored(),
        total=max(1, layout.rows - 1),
    )
    run.file_key = sealing.wrap(upload.key, context=str(run.pk))
    with ledger.change(client, actor=actor) as work:
        run.save()
        log(work, run, "import_upload", {"bytes": run.file_size})
        upload.keep(store.path_of(run.pk))
    return run


def log(work, run, action, data):
    data = {"import": str(run.pk), "kind": run.kind, "file_sha256": run.sha256, **data}
    work.log(run.client, action, subject_type="client", reason="imported", data=data)


def opened(run):
    """Open the file of a run; raises ``Moved`` where it was removed."""
    try:
        if run.file_key is not None:
            return store.open_file(store.path_of(run.pk), sealing.unwrap(run.file_key, context=str(run.pk)))
    except FileNotFoundError:
        pass
    raise Moved(_("The file of this import was removed. Hand it in again."))


def kind_of(run):
    """Return the kind of a run; raises ``Invalid`` for one that is not known any more."""
    if run.kind not in registries.import_kinds:
        raise Invalid(_("This kind of file is not imported any more."))
    return registries.import_kinds[run.kind]


def over():
    return Moved(_("This import is at work, or over. Look again."))


def read_again(run, *, actor, **changes):
    """Read a file that waits in another way: its encoding, separator or sheet. Raises ``Refused`` and ``Moved``."""
    refuse_unless_may_import(run.client, actor)
    with transaction.atomic():
        row = ImportRun.objects.select_for_update().get(pk=run.pk)
        if row.closed_at or row.stage in (row.Stage.WAITING, row.Stage.RUNNING):
            raise over()
        row.layout |= changes
        row.save(update_fields=["layout"])


def start(run, *, actor, settings, layout, is_dry_run, as_of=None):
    """Ask for a run to be done, or to be done for good after it was tried. A worker takes it within seconds.

    ``as_of`` is the day that the file speaks of; the day it was handed in, unless it is said. Raises ``Refused`` where
    ``actor`` does not administer the client, ``Moved`` where it is at work or over, and ``Invalid`` for a day to come
    and for what the kind cannot go by.
    """
    refuse_unless_may_import(run.client, actor)
    imports.refuse_day(as_of or run.as_of)
    kind = kind_of(run)
    kind.taker(Context(run.client, actor, as_of or run.as_of, run.sha256, True, options_of(kind, settings)))
    with transaction.atomic():
        row = ImportRun.objects.select_for_update().get(pk=run.pk)
        if row.closed_at or row.stage in (row.Stage.WAITING, row.Stage.RUNNING):
            raise over()
        row.problems.all().delete()
        for name, value in COUNTS.items():
            setattr(row, name, value)
        row.settings, row.layout, row.is_dry_run = settings, layout.stored(), is_dry_run
        row.as_of = as_of or row.as_of
        row.user, row.wanted_at, row.started_at, row.finished_at = actor, timezone.now(), None, None
        row.failure, row.attempts, row.claimed_until = "", 0, None
        row.total = max(1, layout.rows - 1)
        row.save()
    return row


def options_of(kind, settings):
    """Return what the settings of a run tell those who read and take its lines."""
    return {name: settings.get(name, "") for name in ("currency", *(option.code for option in kind.options))}


def do(run):
    """Take the lines of a run from where it stands; tell whether that was all of them. See ``background.work``."""
    refuse_unless_may_import(run.client, run.user)
    if not run.layout:
        raise Moved(_("The command that read this file came to no end. Run it again: what was taken stays."))
    kind, layout = kind_of(run), layouts.Layout.load(run.layout)
    columns, written = run.settings["columns"], Written.of(run.settings)
    options = options_of(kind, run.settings)
    context = Context(run.client, run.user, run.as_of, run.sha256, run.is_dry_run, options)
    importing = Importing(partial(kind.read, context=context), kind.taker(context), run.client)
    if kind.is_surveyed:
        with opened(run) as file:
            importing.survey(
                cells.mapped(columns, written) for cells in layouts.lines(file, layout, set(columns.values()))
            )
    until = time.monotonic() + TURN
    with opened(run) as file:
        lines = islice(layouts.lines(file, layout, set(columns.values())), run.done, None)
        while some := list(islice(lines, imports.SET)):
            take(run, importing, [cells.mapped(columns, written) for cells in some])
            if time.monotonic() > until:
                return False
    absent = importing.taker.finish()
    background.heartbeat(run, total=run.done, absent=absent)
    return True


def take(run, importing, lines):
    """Commit one set: what became of its lines, their problems, and how far the run is now."""
    with transaction.atomic():
        outcome = Outcome()
        problems = importing.take(lines, outcome)
        keep(run, problems)
        background.heartbeat(
            run,
            done=run.done + outcome.read,
            taken=run.taken + outcome.opened,
            known=run.known + outcome.known,
            refused=run.refused + outcome.refused,
        )


def cancel(run, *, actor):
    """End an import that is not over; what it has taken stays. Raises ``Refused`` and ``Moved``."""
    refuse_unless_may_import(run.client, actor)
    with ledger.change(run.client, actor=actor) as work:
        row = ImportRun.objects.select_for_update().get(pk=run.pk)
        if row.closed_at:
            raise Moved(_("This import has come to its end meanwhile."))
        if row.finished_at:
            ImportRun.objects.filter(pk=run.pk).update(cancelled_at=timezone.now())
        else:
            background.cancel(row)
        log(work, row, "import_cancel", {"lines": row.done, "taken": 0 if row.is_dry_run else row.taken})
    close(row)


def close(run):
    """Put an import that is over on record and remove its file. May run twice; one that was tried goes on waiting."""
    with ledger.change(run.client, actor=run.user, origin="import") as work:
        run = ImportRun.objects.select_for_update().select_related("client").get(pk=run.pk)
        is_tried = run.is_dry_run and run.stage == run.Stage.DONE
        if run.closed_at is None and run.finished_at and not is_tried:
            if not run.is_dry_run:
                counts = {"read": run.done, "opened": run.taken, "known": run.known, "refused": run.refused}
                counts |= {} if run.absent is None else {"absent": run.absent}
                log(work, run, "import", {"as_of": run.as_of.isoformat(), "end": str(run.stage), **counts})
            ImportRun.objects.filter(pk=run.pk).update(closed_at=timezone.now(), file_key=None)
            run.closed_at = timezone.now()
    if run.closed_at:
        store.path_of(run.pk).unlink(missing_ok=True)


def tidy():
    """Close what is over, forget what nobody started within a week, and remove files that belong to no import."""
    long_ago = timezone.now() - KEPT
    with scopes_disabled():
        open_runs = list(ImportRun.objects.filter(closed_at=None).select_related("client", "user"))
    for run in open_runs:
        with scope(client=[run.client_id]):
            is_at_work = run.wanted_at and not run.finished_at
            if run.created_at < long_ago and not is_at_work:
                failure = _("It was not imported within a week.")
                rows = ImportRun.objects.filter(pk=run.pk, closed_at=None, wanted_at=run.wanted_at)
                rows.update(finished_at=timezone.now(), failure=failure)
            close(run)
    kept = {store.path_of(run.pk) for run in open_runs}
    yesterday = time.time() - 24 * 60 * 60
    for path in store.folder().iterdir():
        if path not in kept and path.stat().st_mtime < yesterday:
            path.unlink(missing_ok=True)
