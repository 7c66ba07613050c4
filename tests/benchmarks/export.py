"""The status-change log as CSV, beside ``COPY`` of the same columns without guard and ``values_list().iterator()``.

Run with ``python -m tests.benchmarks.export``. The rows are made set-based in a scratch database whose guards are
switched off while they are; what is measured is reading. ``--memory`` names how many rows there are for the memory.
"""

import csv
import hashlib
import os
from functools import partial
from pathlib import Path
from unittest.mock import patch

from django.db import connection
from django.db.models import Min
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import exports, statuslog, wording
from accounts.exporting import columns, csvfile
from accounts.exporting.columns import Selection, Telling
from accounts.models import Client, Origin, StatusChange, User
from accounts.services import exports as services
from tests import factories
from tests.benchmarks import harness

ENTRIES = 20
"""of each account"""
OURS = "export, guarded and hashed"
COPY, BARE = "COPY of the same columns, words by joins", "COPY of the export's own statement without guard"
PLAIN, SAME = "values_list().iterator(), codes as they are", "values_list().iterator(), the same file"


class Nowhere:
    """Takes what is written and keeps nothing."""

    def write(self, text):
        return len(text)


def fill(client, rows, after=0):
    """Write entries of a client, twenty of each account, past the guards, up to this many; some are there already."""
    tables = ("accounts_account", "accounts_statuschange")
    actor = User.objects.get(username="auditor").pk
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            """INSERT INTO accounts_account SELECT made.* FROM accounts_account original, generate_series(%s, %s) n,
                 LATERAL jsonb_populate_record(
                   original, jsonb_build_object('id', gen_random_uuid(), 'number', 'B-' || (1000000 + n))
                 ) made
               WHERE original.client_id = %s AND original.number = 'B-'""",
            [after // ENTRIES + 1, rows // ENTRIES, client.pk],
        )
        cursor.execute(
            """INSERT INTO accounts_statuschange (uid, body, hash, client_id, account_id, number, subject_type,
                 subject_id, action, from_status, to_status, reason, origin, actor_id, rule, occurred_at, recorded_at,
                 caused_by_type, case_hash)
               SELECT gen_random_uuid(), convert_to(repeat(md5(random()::text), 20), 'UTF8'), sha256('x'), %s, a.id,
                 n,
                 'account', a.id, CASE WHEN n %% 2 = 0 THEN 'suspend' ELSE 'hold' END, 'active',
                 CASE WHEN n %% 2 = 0 THEN 'suspended' ELSE 'on_hold' END,
                 CASE WHEN n %% 2 = 0 THEN 'policy_breach' ELSE 'non_payment' END, 'agent', %s, '',
                 now() - n * interval '1 minute', now() - n * interval '1 minute', '', ''
               FROM generate_series(1, %s) n, accounts_account a WHERE a.client_id = %s
                 AND a.number > 'B-' || (1000000 + %s)""",
            [client.pk, actor, ENTRIES, client.pk, after // ENTRIES],
        )
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("ANALYZE")
        # The processor time of parallel workers is nobody's: without them all of it is counted.
        cursor.execute("SET max_parallel_workers_per_gather = 0")


def selection(user, client, limit=None):
    rows = statuslog.newest_first(user).filter(client=client)
    if limit:
        newest_first = StatusChange.objects.filter(client=client).order_by("-id").values_list("id", flat=True)
        oldest = newest_first[:limit].aggregate(oldest=Min("id"))["oldest"]
        rows = rows.filter(id__gte=oldest)
    return Selection(rows, [client], {"client": client.code})


def ours(user, client, limit, work):
    for _one in work:
        for _chunk in services.Download(exports.STATUS_LOG, selection(user, client, limit), user=user):
            pass


def bare(user, client, work):
    """Send the statement of the export as it would be if nothing had to be guarded."""
    found = selection(user, client)
    with patch.object(columns, "guarded_sql", lambda text: text):
        telling = Telling(found.client_ids, timezone.get_current_timezone())
        statement, _width = csvfile.statement_of(exports.STATUS_LOG, found, telling)
    send(statement, work)


def copy(client, work):
    send(connection.ops.compose_sql(*plain_copy(client)), work)


def send(statement, work):
    """Read what the database sends and do nothing with it."""
    for _one in work:
        with connection.cursor() as cursor, cursor.copy(statement) as sent:
            for _row in sent:
                pass


def plain_copy(client):
    """Return the ``COPY`` that one writes by hand: the same columns, words by joins, nothing guarded."""
    params, joins = [], []
    labels = [
        ("subject", ("subject_type",), statuslog.subjects()),
        ("action", ("subject_type", "action"), exports.action_words([])),
        ("before", ("subject_type", "from_status"), wording.status_labels()),
        ("after", ("subject_type", "to_status"), wording.status_labels()),
        ("why", ("client_id", "reason"), exports.reason_words([client.pk])),
        ("origins", ("origin",), dict(Origin.choices)),
    ]
    for name, fields, words in labels:
        rows = ", ".join([f"({', '.join(['%s'] * (len(fields) + 1))})"] * len(words))
        for key, word in words.items():
            params += [*(key if isinstance(key, tuple) else (key,)), str(word)]
        keys = [f"k{index}" for index in range(len(fields))]
        on = " AND ".join(f"{name}.{key} = e.{field}" for key, field in zip(keys, fields, strict=True))
        joins.append(f"LEFT JOIN (VALUES {rows}) AS {name}({', '.join(keys)}, word) ON {on}")
    query = f"""COPY (SELECT e.recorded_at, c.name, a.number, e.number, subject.word, action.word, before.word,
          after.word, why.word, origins.word, by.username, behalf.username, e.rule, e.uid
        FROM accounts_statuschange e JOIN accounts_client c ON c.id = e.client_id
        LEFT JOIN accounts_account a ON a.id = e.account_id JOIN accounts_user by ON by.id = e.actor_id
        LEFT JOIN accounts_user behalf ON behalf.id = e.on_behalf_id {" ".join(joins)}
        WHERE e.client_id = %s ORDER BY e.id DESC) TO STDOUT (FORMAT csv, FORCE_QUOTE *)"""
    return query, [*params, client.pk]


def plain(user, client, work):
    """Write the rows as they come, codes for words: no guard, no hash, nothing on record."""
    for _one in work:
        writer = csv.writer(Nowhere(), quoting=csv.QUOTE_NONNUMERIC)
        rows = (
            statuslog.entries(user)
            .filter(client=client)
            .values_list(
                *("recorded_at", "client__name", "account__number", "number", "subject_type", "action", "from_status"),
                *("to_status", "reason", "origin", "actor__username", "on_behalf__username", "rule", "uid"),
            )
        )
        with csvfile.reading():
            for row in rows.iterator(chunk_size=csvfile.READ):
                writer.writerow(row)


def told_in_python(user, client, work):
    """Make the very same file from ``values_list().iterator()``: its words, its guard, its bytes."""
    for _one in work:
        digest, found = hashlib.sha256(), selection(user, client)
        telling = Telling(found.client_ids, timezone.get_current_timezone())
        for piece in csvfile.told(exports.STATUS_LOG, found, telling, csvfile.WRITTEN):
            digest.update(piece[0] if piece else b"")


def grown(run):
    """Return by how many bytes the memory of a process of its own grows at its most while it runs this."""
    reader, writer = os.pipe()
    connection.close()
    child = os.fork()
    if not child:
        connection.ensure_connection()
        list(Client.objects.all())
        before = harness.resident()
        Path("/proc/self/clear_refs").write_text("5")
        run([None])
        lines = Path("/proc/self/status").read_text().splitlines()
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
        os.write(writer, str(peak - before).encode())
        os._exit(0)
    os.close(writer)  # so that a child which dies without a word ends the wait
    os.waitpid(child, 0)
    return int(os.read(reader, 32))


def main():
    chosen = harness.arguments(__doc__, rows=10_000, rounds=3, memory=0)
    with harness.scratch(), scopes_disabled():
        client = factories.make_client("bench", name="Bench")
        user = factories.make_user("auditor", (client, "auditor"))
        factories.make_account(client, "B-")
        fill(client, chosen.rows)
        with scope(client=[client.pk]), timezone.override("Europe/Berlin"):
            lines = []
            competitors = [
                harness.Competitor(OURS, partial(ours, user, client, None), operations=chosen.rows),
                harness.Competitor(COPY, partial(copy, client), operations=chosen.rows),
                harness.Competitor(BARE, partial(bare, user, client), operations=chosen.rows),
                harness.Competitor(SAME, partial(told_in_python, user, client), operations=chosen.rows),
                harness.Competitor(PLAIN, partial(plain, user, client), operations=chosen.rows),
            ]
            if chosen.rounds:
                costs = harness.compete(competitors, chosen.rounds)
                lines += [f"{chosen.rows:,} rows of the status-change log, {chosen.rounds} rounds.", ""]
                lines += harness.table(costs, "one row")
                lines += ["", *(harness.ratio_line(costs, OURS, peer, 0.7) for peer in (COPY, BARE))]
                lines += [harness.ratio_line(costs, OURS, SAME, 5), harness.ratio_line(costs, OURS, PLAIN)]
                # The memory takes its time; what is known by now is kept whatever happens.
                harness.report("export", lines, write=chosen.write)
            if chosen.memory > chosen.rows:
                fill(client, chosen.memory, after=chosen.rows)
            sizes = sorted({chosen.rows // 10, chosen.rows, chosen.memory or chosen.rows})
            memory = {size: grown(partial(ours, user, client, size)) for size in sizes}
            said = ", ".join(f"{size:,} rows {grown_by / 2**20:.1f} MB" for size, grown_by in memory.items())
            met = "met" if max(memory.values()) <= 40 * 2**20 else "missed"
            lines.append(f"- added to the idle process: {said} (bar 40 MB: {met})")
            harness.report("export", lines, write=chosen.write)


if __name__ == "__main__":
    main()
