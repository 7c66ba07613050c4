"""Taking over a client's customers from a file: good lines become accounts, the others are told line by line.

The command reads a file where it lies; the page keeps one sealed and has a worker read it (``import_runs``). Both take
its lines through ``Importing``.
"""

from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import rules
from accounts.errors import Invalid, Refused
from accounts.imports.kinds import Context
from accounts.imports.reading import digest_of, read
from accounts.models import Client
from accounts.services.import_records import on_record
from accounts.services.taking_accounts import AccountsTaker

SET = 500


@dataclass
class Outcome:
    """What came of an import: lines read, accounts opened, lines whose number was known already, lines refused."""

    read: int = 0
    opened: int = 0
    known: int = 0
    refused: int = 0


def import_accounts(
    client, path, mapping, *, actor, as_of, report, outcome, enrich=None, dry_run=False, options=None, reading=None
):
    """Open an account for every good line of a file whose number the client does not have yet.

    Sets of 500 are opened together, all or none, so an import that breaks off may simply run again. ``as_of`` is the
    day the file speaks of; it is kept on the client's chain with the file's SHA-256 and the counts, and what became of
    the file is on the page of imports, for a dry run too. ``outcome`` is
    counted up on the way, ``report`` is called with (line, column, reason) of whatever is wrong, and ``enrich`` may add
    to each ``Opening`` what the file does not have. A dry run says what would happen and writes nothing. ``reading`` is
    a function(path, columns) that yields the lines, for a file that is not CSV in UTF-8.

    Raises ``Refused`` where ``actor`` does not configure the client, ``Invalid`` where the file cannot be read and
    ``Moved`` where somebody else opens the same accounts at the same moment; sets that are complete stay.
    """
    refuse_unless_may_import(client, actor)
    refuse_day(as_of)
    context = Context(client, actor, as_of, digest_of(path), dry_run, options or {})
    taker = AccountsTaker(context, mapping.plans, enrich)
    importing = Importing(partial(mapping.read, client=client, as_of=as_of), taker, client)
    said = {"as_of": as_of.isoformat()}
    with on_record("accounts", path, context, importing, outcome=outcome, report=report, said=said) as record:
        record.take_all((reading or read)(path, mapping.columns), SET)
    return outcome


def refuse_unless_may_import(client, actor):
    if not (actor.is_system or rules.can_configure(client, actor)):
        raise Refused(_("Only an administrator of the client imports its accounts."))


def refuse_day(as_of):
    if as_of.year < 1950 or as_of > timezone.localdate():
        raise Invalid(_("The day that the file speaks of lies in the future, or too far back."), field="as_of")


class Importing:
    """Takes the lines of one file set by set. ``read(cells)`` makes of a line what ``taker`` takes."""

    def __init__(self, read, taker, client):
        self.read, self.taker, self.client = read, taker, client

    def survey(self, rows):
        """Let a taker look through the whole file first, where its kind asks for that."""
        items = (self.read(cells) for cells in rows if not cells.problems)
        self.taker.survey(item for item in items if item is not None)

    def take(self, rows, outcome):
        """Take what is good and new among these lines, all or none; return the problems of the others.

        ``outcome`` counts what was read, and what came of it once the set is written.
        """
        outcome.read += len(rows)
        readable = [cells for cells in rows if not cells.problems]
        items = [(cells, self.read(cells)) for cells in readable]
        with transaction.atomic():
            # One import of a client at a time: what is known stays known until the set is written.
            Client.objects.select_for_update().get(pk=self.client.pk)
            taken, known = self.taker.take([(cells, item) for cells, item in items if not cells.problems])
        outcome.opened += taken
        outcome.known += known
        outcome.refused += sum(1 for cells in rows if cells.problems)
        return [(cells.line, column, reason) for cells in rows for column, reason in cells.problems or cells.notes]
