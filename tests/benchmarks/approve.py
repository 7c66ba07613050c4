"""The whole decision: beside the same rows by psycopg alone, and beside the same decision with the libraries alone."""

import copy
import json
import os
from uuid import UUID

from django.db import connection
from django_scopes import scope, scopes_disabled

from accounts.models import StatusChange
from reinstatements import facts, services
from reinstatements.models import ReinstatementRequest
from tests import factories
from tests.benchmarks import copies, deciding_plainly, deciding_raw, desks, harness
from tests.benchmarks.harness import Competitor

OURS, RAW, PLAIN = "Reinstate", "psycopg alone", "fsm-2, simple-history, guardian and ORM"


class Desk:
    """A client with an agent, a supervisor and as many routine cases that wait for a decision as a round needs."""

    def __init__(self):
        self.client = desks.take_on("acme")
        agent = factories.make_user("agent", (self.client, "agent"))
        self.supervisor = factories.make_user("supervisor", (self.client, "supervisor"))
        account = factories.suspend(factories.make_account(self.client, "A-0", balance_minor=8420))
        desks.bring_to_approval(account, agent)
        self.original = copies.Original(account)
        self.made = 0

    def waiting(self, count):
        """Return ``(case, hash of its facts, their JSON)`` of this many new cases, as the page reads them."""
        numbers = [f"A-{self.made + index + 1}" for index in range(count)]
        self.made += count
        with copies.without_guards():
            self.original.write(numbers)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        with scope(client=self.client.pk):
            cases = ReinstatementRequest.objects.select_related("account__client", "policy")
            found = [(case, facts.case_facts(case)) for case in cases.filter(account__number__in=numbers)]
        return [(case, facts.digest(now), json.dumps(now)) for case, now in found]

    def actor(self):
        """Return the supervisor as at the beginning of an HTTP request: nobody has asked for the grants yet."""
        user = copy.copy(self.supervisor)
        user.__dict__.pop("_grants", None)
        return user


class Deciding:
    """What each competitor does with what is waiting."""

    def __init__(self, desk):
        self.desk = desk

    def ours(self, work):
        for case, seen, _facts in work:
            with scope(client=case.client_id):
                services.approve(case, actor=self.desk.actor(), reason="paid", seen=seen)

    @scopes_disabled()
    def plain(self, work):
        for case, seen, _facts in work:
            deciding_plainly.approve(case, self.desk.actor(), "paid", seen)

    def raw(self, work):
        opened = harness.raw_connection(os.getpid())
        for case, seen, now in work:
            deciding_raw.approve(opened, case.pk, self.desk.actor(), "paid", now, seen)


def main():
    options = harness.arguments(__doc__)
    with harness.scratch():
        desk = Desk()
        runs = {OURS: Deciding(desk).ours, RAW: Deciding(desk).raw, PLAIN: Deciding(desk).plain}
        compare_rows(desk, runs)
        lines = ["Each writes the same rows but for ids, times and hashes; this was compared before measuring.", ""]
        for clients in (1, 4):
            competitors = [
                Competitor(name, run, prepare=lambda _turn: desk.waiting(options.rows)) for name, run in runs.items()
            ]
            costs = harness.compete(competitors, options.rounds, clients=clients)
            lines += harness.table(costs, f"one decision, {clients} at once" if clients > 1 else "one decision")
            lines += ["", harness.ratio_line(costs, OURS, PLAIN, 2), harness.ratio_line(costs, OURS, RAW, 0.25), ""]
        lines.append(f"Round trips to the database for one decision: {round_trips(desk, runs)}.")
        harness.report("approve", lines, write=options.write)


def compare_rows(desk, runs):
    """Let everybody decide one case and stop where they leave different rows."""
    left = {}
    for name, run in runs.items():
        work = desk.waiting(1)
        run(work)
        left[name] = rows_of(work[0][0].account)
    for name, rows in left.items():
        for model, found in left[OURS].items():
            assert rows[model] == found, f"{name} and {OURS} leave different rows of {model}"


def rows_of(account):
    """Return all rows of an account by table, ids, times, hashes and random values made alike."""
    found = {}
    for model, rows in copies.Original(account).rows.items():
        found[model._meta.label] = [{name: alike(name, value) for name, value in row.items()} for row in rows]
        if model is not StatusChange:
            found[model._meta.label].sort(key=repr)
    return found


def alike(name, value):
    if isinstance(value, UUID) or name in (
        "hash",
        "head_hash",
        "salt",
        "digest",
        "code",
        "case_hash",
        "external_id",
        "nonce",
        "prev",
        "occurred_at",
        "recorded_at",
    ):
        return name if value else value
    if name == "number" and isinstance(value, str):
        return name
    if name == "body":
        return alike("entry", json.loads(value))
    if isinstance(value, dict):
        return {key: alike(key, part) for key, part in value.items()}
    if isinstance(value, list):
        return [alike(name, part) for part in value]
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, str):
        return "id" if copies.NAMED.fullmatch(value) else value
    return name if hasattr(value, "tzinfo") else value


def round_trips(desk, runs):
    """Count what is sent to the server and answered in one decision of each, BEGIN and COMMIT among it."""
    found = []
    for name, run in runs.items():
        run(desk.waiting(1))
        work = desk.waiting(1)
        connection.ensure_connection()
        with harness.counted_round_trips(connection.connection, harness.raw_connection(os.getpid())) as counted:
            run(work)
        found.append(f"{name} {counted[0]}")
    return ", ".join(found)


if __name__ == "__main__":
    main()
