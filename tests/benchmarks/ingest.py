"""Imports, of accounts and of histories, beside COPY of the finished rows, bulk_create_with_history and save()."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

from django_scopes import scope, scopes_disabled

from accounts.imports.cells import Cells
from accounts.imports.events import Event
from accounts.imports.kinds import Context
from accounts.ledger import Change
from accounts.ledger.verify import Totals, verify
from accounts.models import Account, ImportedEvent, Restriction, StatusChange
from accounts.services import accounts
from accounts.services.staff import ensure_system_user
from accounts.services.taking_events import EventsTaker
from reinstatements.models import Approval, Participation, ReinstatementRequest
from tests import factories
from tests.benchmarks import harness, ingesting, ingesting_plainly
from tests.benchmarks.harness import Competitor

OURS, COPY, BULK, SAVE, SEALING = (
    *("Reinstate", "COPY of finished rows", "bulk_create_with_history", "save()"),
    "sealing alone",
)
WHOLE_BULK, WHOLE_SAVE = "bulk_create_with_history, from the lines", "save(), from the lines"
DAY = timedelta(days=1)
FIRST = datetime(2015, 1, 1, tzinfo=UTC)
SLOW = 10
"""Whoever goes row by row gets this part of the work, for its cost does not depend on how much there is."""


class Stepwise(EventsTaker):
    """Takes events as changes of their own do: each step writes its rows."""

    def change(self, account):
        account.client = self.client
        return Change(account, actor=self.system, origin="import", now=self.now)


class Files:
    """Makes what a file says, new for every round."""

    def __init__(self):
        self.client = factories.make_client("acme")
        self.system = ensure_system_user()
        self.numbers = (f"B-{number}" for number in itertools.count())

    def openings(self, count):
        return [
            {
                "number": number,
                "holder": factories.HOLDER | {"email": f"{number}@example.com"},
                "status": "active",
                "plan": None,
                "terms": None,
                "details": {},
            }
            for number in itertools.islice(self.numbers, count)
        ]

    def changes(self, openings):
        """Return what ``open_accounts`` would write, planned and not written."""
        works = []
        for opening in openings:
            account, key = accounts.new_account(self.client, opening["number"], opening["holder"], {})
            works.append(Change(account, actor=self.system, origin="import"))
            accounts.record_opening(works[-1], key, opening["holder"], "active", None, None, "imported")
        return works

    def lines(self, count):
        """Open accounts and return their history: timed, ended by itself, suspended again, reinstated; three events."""
        openings = self.openings(max(count // 3, 1))
        accounts.open_accounts(self.client, openings, actor=self.system, origin="import", reason="imported")
        found = []
        for index, opening in enumerate(openings):
            at = FIRST + index * DAY / 24
            for sequence, (days, action, ends) in enumerate(
                [(0, "suspend", 7), (30, "suspend", 0), (40, "reinstate", 0)]
            ):
                ends_at = at + ends * DAY if ends else None
                event = Event(
                    opening["number"], sequence + 1, at + days * DAY, action, ends_at, "fraud suspected", "policy"
                )
                found.append((Cells(len(found) + 2, {}), event))
        ingesting.analyze()
        return found

    def taker(self):
        return EventsTaker(Context(self.client, self.system, FIRST.date(), "0" * 64))

    def take(self, lines):
        with ingesting.transaction.atomic():
            taken, _known = self.taker().take(lines)
        assert taken == len(lines), [cells.problems for cells, _event in lines if cells.problems][:3]

    def planned(self, lines):
        """Return what an import of these lines would write, step by step."""
        taker, kept = Stepwise(Context(self.client, self.system, FIRST.date(), "0" * 64)), []
        taker.write = kept.extend
        with ingesting.transaction.atomic():
            taker.take(lines)
        return ingesting.Planned([chain.work for chain in kept])


def of_accounts(files, rows):
    """Return the competitors that open accounts; one operation is one account."""

    def planned(count):
        return ingesting.Planned(files.changes(files.openings(count)))

    def opened(openings):
        with scope(client=[files.client.pk]):
            accounts.open_accounts(files.client, openings, actor=files.system, origin="import", reason="imported")

    few = max(rows // SLOW, 1)
    return [
        Competitor(OURS, opened, lambda _turn: files.openings(rows)),
        Competitor(COPY, lambda work: ingesting.copied(work[0].piece), lambda _turn: [planned(rows)], rows),
        Competitor(BULK, unscoped(ingesting.bulky), lambda _turn: [ingesting.Rows(planned(rows))], rows),
        Competitor(SAVE, unscoped(ingesting.saved), lambda _turn: [ingesting.Rows(planned(few))], few),
        Competitor(SEALING, files_sealed(files), lambda _turn: files.openings(rows)),
    ]


def files_sealed(files):
    def seal(openings):
        for opening in openings:
            account, key = accounts.new_account(files.client, opening["number"], opening["holder"], {})
            accounts.sealing.wrap(key, context=str(account.pk))

    return seal


def of_events(files, rows):
    """Return the competitors that put events on record; one operation is one event."""
    rows = max(rows // 3 * 3, 3)
    few = max(rows // SLOW // 3 * 3, 3)

    def plan(count):
        with scope(client=[files.client.pk]):
            return files.planned(files.lines(count))

    def lines(_turn):
        with scope(client=[files.client.pk]):
            return files.lines(rows)

    def few_lines(_turn):
        with scope(client=[files.client.pk]):
            return files.lines(few)

    def within(take):
        def run(work):
            with scope(client=[files.client.pk]):
                take(work)

        return run

    return [
        Competitor(OURS, within(files.take), lines),
        Competitor(COPY, lambda work: ingesting.copied(work[0].piece), lambda _turn: [plan(rows)], rows),
        Competitor(BULK, unscoped(ingesting.bulky), lambda _turn: [made(plan(rows))], rows),
        Competitor(SAVE, unscoped(ingesting.saved), lambda _turn: [made(plan(few))], few),
        Competitor(WHOLE_BULK, within(ingesting_plainly.InSets(files.client, files.system).take), lines),
        Competitor(WHOLE_SAVE, within(ingesting_plainly.OneByOne(files.client, files.system).take), few_lines),
    ]


def made(planned):
    with scopes_disabled():
        return ingesting.Rows(planned)


def unscoped(write):
    def run(work):
        with scopes_disabled():
            write(work[0])

    return run


def compare(files):
    """See that whoever works from the lines puts the same on record, as often, and that all of it verifies."""
    plain = (cls(files.client, files.system).take for cls in (ingesting_plainly.InSets, ingesting_plainly.OneByOne))
    found = []
    with scope(client=[files.client.pk]):
        for take in (files.take, *plain):
            lines = files.lines(9)
            take(lines)
            found.append(on_record({event.number for _cells, event in lines}))
        assert found[0] == found[1] == found[2], found
        problems = list(verify(Totals()))
    assert not problems, problems


def on_record(numbers):
    """Return what the ledger says of these accounts, and how many rows of each kind they have beside it."""
    keys = list(Account.objects.filter(number__in=numbers).values_list("pk", flat=True))
    cases = list(ReinstatementRequest.objects.filter(account__in=keys).values_list("pk", flat=True))
    entries = StatusChange.objects.filter(account__in=keys)
    counted = [
        model._base_manager.filter(**{f"{name}__in": ids}).count()
        for model, name, ids in (
            *((model, "account", keys) for model in (Restriction, ImportedEvent)),
            *((model, "case", cases) for model in (Approval, Participation)),
            *((model.history.model, "id", ids) for model, ids in ((Account, keys), (ReinstatementRequest, cases))),
        )
    ]
    said = ("subject_type", "action", "from_status", "to_status", "reason", "rule")
    return Counter(entries.values_list(*said)), counted


def memory(files, rows):
    """Say what the process holds after one set of events and after four."""
    found = []
    for sets_taken in (1, 4):
        for _each in range(sets_taken if not found else sets_taken - 1):
            with scope(client=[files.client.pk]):
                files.take(files.lines(rows))
        found.append(harness.resident())
    return f"- Held after one set of {rows} events: {found[0] / 1e6:.0f} MB; after four: {found[1] / 1e6:.0f} MB."


def main():
    options = harness.arguments(__doc__, rows=1500)
    with harness.scratch():
        files = Files()
        lines = [
            "Everybody writes the same rows under the same guards; this was compared before measuring. Reinstate reads,"
            " checks, seals, hashes and chains. So do those who work from the lines; the others are handed finished"
            " values and only write them.",
            "",
        ]
        compare(files)
        parts = (
            ("account opened", of_accounts, {COPY: None, BULK: None, SAVE: None}),
            ("event", of_events, {COPY: 0.25, BULK: 10, SAVE: 40, WHOLE_BULK: 10, WHOLE_SAVE: 40}),
        )
        for operation, competitors, bars in parts:
            costs = harness.compete(competitors(files, options.rows), options.rounds)
            lines += harness.table(costs, f"one {operation}")
            lines += ["", *(harness.ratio_line(costs, OURS, other, bar) for other, bar in bars.items()), ""]
            if SEALING in costs:
                share = costs[SEALING].cpu / costs[OURS].cpu
                lines += [f"- Sealing the four fields of a holder and wrapping the key is {share:.0%} of it.", ""]
        lines.append(memory(files, options.rows))
        harness.report("ingest", lines, write=options.write)


if __name__ == "__main__":
    main()
