"""Walk every chain of the ledger, and say which row was edited, deleted or inserted without its chain."""

import time
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django_scopes import scopes_disabled

from accounts.ledger.verify import Totals, verify
from accounts.models import Client

SHOWN = 100


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--client", metavar="CODE", help="look at the chains of this client only")

    @scopes_disabled()
    def handle(self, *, client=None, **options):
        codes = dict(Client.objects.values_list("pk", "code"))
        wanted = next((client_id for client_id, code in codes.items() if code == client), None)
        if client and wanted is None:
            raise CommandError(f"No client has the code {client!r}.")
        totals, problems, started = Totals(), 0, time.monotonic()
        for problem in verify(totals, wanted):
            problems += 1
            if problems <= SHOWN:
                self.stdout.write(self.style.ERROR(line(problem, codes)))
        if problems > SHOWN:
            self.stdout.write(self.style.ERROR(f"... and {problems - SHOWN} more."))
        self.stdout.write(
            f"{totals.chains} chains, {totals.entries} entries, {totals.opened} texts opened, {totals.erased} erased,"
            f" {time.monotonic() - started:.1f} seconds."
        )
        self.stdout.write(
            "An entry that was edited, removed or put in is found. A chain that somebody has recomputed to its end,"
            " with every row and head, is not: only a checkpoint that is held elsewhere finds that."
        )
        if problems:
            raise CommandError(f"The ledger does not hold: {problems} problems, the first of each kind in a chain.")
        self.stdout.write(self.style.SUCCESS("The ledger holds."))


def line(problem, codes):
    """Name the row: table, client, account, entry, and what is wrong with it."""
    place = [problem.table]
    if problem.client_id:
        client_id = plain(problem.client_id)
        place.append(f"client {codes.get(client_id, client_id)}")
    if problem.account_id:
        place.append(f"account {plain(problem.account_id)}")
    if problem.number is not None:
        place.append(f"entry {problem.number}")
    return f"{', '.join(place)}: {problem.what}"


def plain(value):
    """Return a UUID whatever the database keeps it as, and anything else as it is."""
    try:
        return value if isinstance(value, UUID) else UUID(value)
    except (AttributeError, TypeError, ValueError):
        return value
