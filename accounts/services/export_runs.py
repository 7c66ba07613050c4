"""Lists that are too long to wait for: made by a worker, sealed, offered whole or not at all, for two days.

A file is written under a name of its own, brought to the disk, renamed, and only then named in its row; whatever dies
in between leaves a file that no row names, and ``sweep`` removes it. What broke off is tried once more.
"""

import errno
import os
import threading
from collections import Counter
from contextlib import closing, contextmanager, suppress
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.http import Http404
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from accounts import registries, sealing
from accounts.errors import Invalid, Refused
from accounts.exporting import csvfile
from accounts.exporting.columns import Telling
from accounts.imports import store
from accounts.models import AccessRecord, ExportRun
from accounts.services import background, exports
from accounts.zones import zone

LARGE = {exports.CSV: 20_000, exports.XLSX: 5_000}
"""Up to so many rows are sent while one waits."""
KEPT = timedelta(hours=48)
TRIES = 2
ROWS = 2_000
BEAT = 2  # seconds
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
ABANDONED = timedelta(hours=6)

log = structlog.get_logger(__name__)


def is_large(selection, form):
    return selection.count_to(LARGE[form] + 1) > LARGE[form]


@transaction.atomic
def ask(export, selection, *, user, form):
    """Put a list down to be made, a file for each client whose rows are in it; return the runs."""
    common = {
        "user": user,
        "export": export.code,
        "form": form,
        "time_zone": timezone.get_current_timezone_name(),
        "language": translation.get_language(),
    }
    return [
        ExportRun.objects.create(client=client, filters=selection.filters | {"client": client.code}, **common)
        for client in selection.clients
    ]


def work_one():
    """Make the file that was waited for longest; tell whether there was one. May run on several workers at once."""
    from accounts.services.export_notices import tell

    return background.work(ExportRun, make, ended=tell)


def make(run):
    """Make the file of a run and publish it. Raises ``ServiceError`` where that will not be, whoever tries."""
    break_off(run)
    if run.tries >= TRIES:
        raise Invalid(_("It was broken off %d times. Ask for it again, or for fewer rows.") % TRIES)
    with timezone.override(zone(run.time_zone)), translation.override(run.language):
        export, selection = selected(run)
        telling = Telling(selection.client_ids, timezone.get_current_timezone())
        (record,) = exports.start_list(run.user, export, selection, form=run.form, run=str(run.pk)).values()
        total = selection.rows.order_by().count()
        background.heartbeat(run, tries=run.tries + 1, record=record.pk, done=0, total=total)
        pieces = csvfile.chunks(export, selection, telling, ROWS) if run.form == exports.CSV else None
        with unfinished(run) as file:
            if pieces is None:
                pieces = exports.workbook(export, selection, telling)
            rows = write(run, pieces, file)
            selected(run)
            publish(run, file, rows)
    return True


def selected(run):
    """Return the export of a run and what it selects now; raises ``Refused`` where the person may not have it."""
    export = registries.exports.get(run.export)
    # Roles are read anew each time.
    user = type(run.user).objects.get(pk=run.user_id)
    try:
        if export is None or not user.is_active:
            raise Http404
        return export, export.select(user, run.filters)
    except Http404:
        raise Refused(_("You may not take this list away any more.")) from None


@contextmanager
def unfinished(run):
    """Give a sealed file to write to. Whatever fails on the way, it is removed and the record says broken off."""
    file = store.Writer(exports.folder() / f"{run.pk}.{os.urandom(8).hex()}.part")
    try:
        yield file
    except BaseException as error:
        file.discard()
        with suppress(Exception):
            break_off(run)
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            log.error("export_without_room", run=str(run.pk))
            raise Invalid(_("There was no room on the disk for it. Ask again later, or for fewer rows.")) from error
        raise


def write(run, pieces, file):
    """Write all pieces; return how many rows of each client they had. Raises ``background.Lost``."""
    counted = Counter()
    with closing(pieces), Heart(run) as heart:
        for data, owners in pieces:
            file.write(data)
            counted.update(owners)
            heart.done = counted.total()
            if heart.is_lost:
                raise background.Lost
    return counted


class Heart(threading.Thread):
    """Says every few seconds that a run is worked on: from a thread, as ``COPY`` keeps the connection busy."""

    def __init__(self, run):
        super().__init__(daemon=True)
        self.run_row, self.done, self.is_lost, self.over = run, 0, False, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *failure):
        self.over.set()
        self.join()

    def run(self):
        try:
            with scope(client=[self.run_row.client_id]):
                while not self.over.wait(BEAT):
                    background.heartbeat(self.run_row, done=self.done)
        except background.Lost:
            self.is_lost = True
        except Exception as error:
            log.warning("export_heart_stopped", run=str(self.run_row.pk), exc_info=error)
            self.is_lost = True
        finally:
            connection.close()


def publish(run, file, rows):
    """Bring the file to the disk under its name, and only then offer it."""
    file.close()
    path = path_of(run)
    file.path.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    now, digest = timezone.now(), file.digest.hexdigest()
    with transaction.atomic():
        exports.end(run.user, begun(run), rows=rows, sha256=digest, is_complete=True)
        background.heartbeat(
            run,
            record=None,
            done=rows.total(),
            total=rows.total(),
            file_key=sealing.wrap(file.key, context=str(run.pk)),
            file_size=file.size,
            sha256=digest,
            published_at=now,
            expires_at=now + KEPT,
        )


def break_off(run):
    """Put on record that the work which a run began with was broken off, if it was."""
    if run.record is None:
        return
    with transaction.atomic():
        exports.end(run.user, begun(run), rows={}, sha256="", is_complete=False)
        background.heartbeat(run, record=None, done=0)


def begun(run):
    return {run.client_id: AccessRecord.objects.get(pk=run.record)}


def path_of(run):
    return exports.folder() / f"{run.pk}.sealed"


def download(run, user):
    """Return the ``exports.Download`` of a file; raises ``Http404`` for all but the one who asked, and once it is gone.

    Whether they may still have it is asked again, and each time it is taken is on record.
    """
    if run.user_id != user.pk or not run.is_ready:
        raise Http404
    try:
        export, selection = selected(run)
    except Refused:
        raise Http404 from None
    ExportRun.objects.filter(pk=run.pk, taken_at=None).update(taken_at=timezone.now())
    key = sealing.unwrap(bytes(run.file_key), context=str(run.pk))
    return exports.Download(
        export, selection, user=user, form=run.form, run=str(run.pk), pieces=lambda *given: kept(run, key)
    )


def kept(run, key):
    """Yield the file as it was made, and at its end whose rows it had."""
    with closing(store.open_file(path_of(run), key)) as file:
        while data := file.read(exports.READ):
            yield data, []
    yield b"", Counter({run.client_id: run.done})


def sweep():
    """Remove what is over its time and what no row names any more. May run twice and on several workers at once."""
    now = timezone.now()
    with scopes_disabled():
        for run in ExportRun.objects.filter(published_at__isnull=False, removed_at=None, expires_at__lte=now):
            # Without the key nobody opens a copy of it either.
            ExportRun.objects.filter(pk=run.pk).update(removed_at=now, file_key=None)
            path_of(run).unlink(missing_ok=True)
        for path in exports.folder().iterdir():
            if path.is_dir():
                exports.remove_abandoned(path, now - ABANDONED)
            elif not is_wanted(path, now):
                path.unlink(missing_ok=True)


def is_wanted(path, now):
    """Tell whether a row names this file or a worker is at it."""
    run = ExportRun.objects.filter(pk=path.name.partition(".")[0]).first()
    if run is None:
        return False
    is_worked_on = run.finished_at is None and run.claimed_until is not None and run.claimed_until > now
    return is_worked_on or (path == path_of(run) and run.is_ready)
