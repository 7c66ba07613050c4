"""Checking the whole ledger, as ``verify_ledger`` does, beside reading the same rows and doing nothing with them."""

from unittest import mock

from django.db import connection
from django_scopes import scope, scopes_disabled

from accounts.ledger import chains
from accounts.ledger.verify import Totals, verify
from reinstatements import services
from tests import factories
from tests.benchmarks import copies, harness
from tests.benchmarks.harness import Competitor

OURS, READING = "Reinstate", "reading alone"


def make(accounts):
    """Write this many accounts, each suspended once and brought back by two people."""
    client = factories.make_client("acme")
    agent = factories.make_user("agent", (client, "agent"))
    supervisor = factories.make_user("supervisor", (client, "supervisor"))
    account = factories.suspend(factories.make_account(client, "A-0", balance_minor=8420))
    case = factories.bring_to(account, "awaiting_approval", agent)
    with scope(client=client.pk):
        services.approve(case, actor=supervisor, reason="paid", seen=factories.seen(case))
    original = copies.Original(account)
    with copies.without_guards():
        original.write(f"A-{number}" for number in range(1, accounts))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@scopes_disabled()
def checked(_work=None):
    totals = Totals()
    problems = list(verify(totals))
    assert not problems, problems[:3]
    return totals.entries


def statements():
    """Return every statement that streams rows while the ledger is verified, with its parameters."""
    found = []
    with mock.patch.object(connection, "chunked_cursor", noted(connection.chunked_cursor, found)):
        checked()
    return found


def noted(chunked_cursor, found):
    """Return what makes the same cursors, and keeps what they are asked."""

    def make_cursor():
        cursor = chunked_cursor()
        execute = cursor.execute

        def executed(sql, params=None):
            found.append((sql, params))
            return execute(sql, params)

        cursor.execute = executed
        return cursor

    return make_cursor


def read(asked):
    with chains.standing_still():
        for sql, params in asked:
            with connection.chunked_cursor() as cursor:
                cursor.execute(sql, params)
                while cursor.fetchmany(chains.ROWS_AT_ONCE):
                    pass


def main():
    options = harness.arguments(__doc__, rows=20_000)
    with harness.scratch():
        make(options.rows)
        entries, asked = checked(), statements()
        competitors = [
            Competitor(OURS, checked, operations=entries),
            Competitor(READING, lambda _work: read(asked), operations=entries),
        ]
        costs = harness.compete(competitors, options.rounds)
        lines = [
            f"{entries:,} entries of {options.rows:,} accounts; {len(asked)} statements, read whole by both.",
            "",
            *harness.table(costs, "one entry, with all that belongs to it"),
            "",
            harness.ratio_line(costs, OURS, READING, 0.5),
            f"- {1 / costs[OURS].wall:,.0f} entries a second by the clock, {1 / costs[OURS].cpu:,.0f} a second of CPU",
        ]
        harness.report("verify", lines, write=options.write)


if __name__ == "__main__":
    main()
