"""Taking over a client's customers from a file: good lines become accounts, the others are told line by line."""

from dataclasses import asdict, dataclass
from itertools import islice

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import ledger, rules
from accounts.errors import Invalid, Moved, Refused
from accounts.imports.cells import Cells
from accounts.imports.reading import digest_of, read
from accounts.models import Account, Client, Plan
from accounts.services import accounts

SET = 500


@dataclass
class Outcome:
    """What came of an import: lines read, accounts opened, lines whose number was known already, lines refused."""

    read: int = 0
    opened: int = 0
    known: int = 0
    refused: int = 0


def import_accounts(client, path, mapping, *, actor, as_of, report, outcome, enrich=None, dry_run=False):
    """Open an account for every good line of a file whose number the client does not have yet.

    Sets of 500 are opened together, all or none, so an import that breaks off may simply run again. ``as_of`` is the
    day the file speaks of; it is kept on the client's chain with the file's SHA-256 and the counts. ``outcome`` is
    counted up on the way, ``report`` is called with (line, column, reason) of whatever is wrong, and ``enrich`` may add
    to each ``Opening`` what the file does not have. A dry run says what would happen and writes nothing.

    Raises ``Refused`` where ``actor`` does not configure the client, ``Invalid`` where the file cannot be read and
    ``Moved`` where somebody else opens the same accounts at the same moment; sets that are complete stay.
    """
    if not (actor.is_system or rules.can_configure(client, actor)):
        raise Refused(_("Only an administrator of the client imports its accounts."))
    if as_of.year < 1950 or as_of > timezone.localdate():
        raise Invalid(_("The day that the file speaks of lies in the future, or too far back."), field="as_of")
    digest = digest_of(path)
    importing = Import(client, mapping, actor, as_of, report, outcome, enrich, dry_run)
    rows = read(path, mapping.columns)
    try:
        while some := list(islice(rows, SET)):
            importing.take(some)
    finally:
        if outcome.opened and not dry_run:
            with ledger.change(client, actor=actor, origin="import") as work:
                data = {"file_sha256": digest, "as_of": as_of.isoformat(), **asdict(outcome)}
                work.log(client, "import", subject_type="client", reason="imported", data=data)
    return outcome


class Import:
    def __init__(self, client, mapping, actor, as_of, report, outcome, enrich, dry_run):
        self.client, self.mapping, self.actor, self.as_of = client, mapping, actor, as_of
        self.report, self.outcome, self.enrich, self.dry_run = report, outcome, enrich, dry_run
        self.plans = {plan.code: plan for plan in Plan.objects.filter(client=client)}
        self.brought = {fields["code"]: fields for fields in mapping.plans}

    def take(self, rows):
        """Open what is good and new among these lines."""
        good = []
        for cells in rows:
            opening = self.mapping.read(cells, self.client, self.as_of) if not cells.problems else None
            if opening and opening.plan and opening.plan not in (self.plans.keys() | self.brought.keys()):
                cells.refuse("plan", _("is not the code of a plan of this client"))
            if cells.problems:
                self.refuse(cells)
            else:
                good.append(opening)
        self.outcome.read += len(rows)
        try:
            with transaction.atomic():
                # One import of a client at a time: what is known stays known until the set is written.
                Client.objects.select_for_update().get(pk=self.client.pk)
                new = self.new_among(good)
                if not self.dry_run:
                    self.write(new)
        except IntegrityError as error:
            raise Moved(_("Somebody else opened one of these accounts at the same moment. Run it again.")) from error
        self.outcome.opened += len(new)
        self.outcome.known += len(good) - len(new)

    def refuse(self, cells: Cells):
        self.outcome.refused += 1
        for column, reason in cells.problems:
            self.report(cells.line, column, reason)

    def new_among(self, openings):
        """Return those whose number neither the client has nor an earlier line of the set."""
        by_number = {}
        for opening in openings:
            by_number.setdefault(opening.number, opening)
        known = Account.objects.filter(client=self.client, number__in=by_number).values_list("number", flat=True)
        for number in known:
            del by_number[number]
        return list(by_number.values())

    def write(self, openings):
        if self.enrich:
            openings = [self.enrich(opening) for opening in openings]
        accounts.open_accounts(
            self.client,
            [vars(opening) | {"plan": self.plan(opening.plan)} for opening in openings],
            actor=self.actor,
            origin="import",
            reason="imported",
        )

    def plan(self, code):
        """Return a plan of the client, made now if it comes with the file."""
        if code and code not in self.plans:
            self.plans[code] = Plan.objects.create(
                client=self.client, currency=self.client.currency, **self.brought[code]
            )
        return self.plans.get(code)
