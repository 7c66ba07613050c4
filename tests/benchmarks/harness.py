"""Competitors measured side by side in one run, on a scratch PostgreSQL that is dropped afterwards.

A round lets every competitor do the same amount of work, and the next round begins with another one, so that what else
the machine is doing falls on all of them alike. Measured are the wall clock, the processor time of this process and its
children, and the processor time of the PostgreSQL backends that serve it, each for one operation. A figure is the
median of the rounds; the first round warms up and is thrown away.
"""

import argparse
import gc
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection, connections

from accounts.ledger import guards
from tests import migrated
from tests.benchmarks import SCRATCH, SERVER

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
watched: set[int] = set()
"""The backends that serve this process beside that of Django's own connection."""


@dataclass(frozen=True)
class Cost:
    """What one operation took, in seconds; ``database`` is ``nan`` where the server runs on another machine."""

    wall: float
    python: float
    database: float

    @property
    def cpu(self):
        return self.python + self.database


@dataclass(frozen=True)
class Competitor:
    """``run`` does all the work it is given and is measured; ``prepare`` makes that work for a round and is not.

    With several clients each gets a part of the work, in a process of its own. ``operations`` says how many operations
    the work is, where that is not its length.
    """

    name: str
    run: Callable[[Any], None]
    prepare: Callable[[int], Any] = lambda turn: [None]
    operations: int | None = None


def arguments(description, **defaults):
    """Read ``--rounds``, ``--rows``, ``--write`` and one option for each further default of a script."""
    parser = argparse.ArgumentParser(description=description)
    for name, default in {"rounds": 7, "rows": 100, **defaults}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    return parser.parse_args()


@contextmanager
def scratch():
    """Create the scratch database with all tables and guards; drop it, whoever is still connected, at the end."""
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        try:
            with migrated.alone("postgresql"):
                create(server)
            call_command("migrate", verbosity=0)
            assert not guards.missing(connection), "a benchmark without guards measures another product"
            yield
        finally:
            connections.close_all()
            server.execute(f'DROP DATABASE IF EXISTS "{SCRATCH}" WITH (FORCE)')


def create(server):
    """Create the scratch database as a copy of a migrated one, which is kept; the tests copy the same."""
    found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [migrated.name()]).fetchone()
    if found:
        server.execute(f'CREATE DATABASE "{SCRATCH}" TEMPLATE "{migrated.name()}"')
        return
    server.execute(f'CREATE DATABASE "{SCRATCH}"')
    call_command("migrate", verbosity=0)
    connections.close_all()
    server.execute(f'CREATE DATABASE "{migrated.name()}" TEMPLATE "{SCRATCH}"')


@cache
def raw_connection(_process: int) -> psycopg.Connection:
    """Return the psycopg connection beside Django's of this process (``os.getpid()``); its backend is measured too."""
    opened = psycopg.connect(f"{SERVER}/{SCRATCH}", autocommit=True)
    watched.add(opened.info.backend_pid)
    return opened


def backends():
    info = getattr(connection.connection, "info", None)
    return watched | ({info.backend_pid} if info else set())


def processor_time(pids):
    """Return the seconds that these processes have been on a processor (Linux, ``proc_pid_schedstat``)."""
    try:
        return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids) / 1e9
    except FileNotFoundError:
        return float("nan")


def workers_time(pids):
    """Return the seconds of the processes that the server has started and that have ended, parallel workers among them.

    Only where ``BENCHMARK_SERVER_ALONE`` says that nobody else uses the server: others' backends would count, too. In
    steps of ten milliseconds.
    """
    if not os.environ.get("BENCHMARK_SERVER_ALONE") or not pids:
        return 0.0
    status = Path(f"/proc/{next(iter(pids))}/status").read_text()
    server = next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:"))
    after_name = Path(f"/proc/{server}/stat").read_text().rpartition(") ")[2].split()
    return sum(map(int, after_name[13:15])) / os.sysconf("SC_CLK_TCK")


def own_time():
    spent = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def measured(run, work):
    """Return the ``Cost`` of all of ``work``."""
    connection.ensure_connection()
    gc.collect()
    pids = backends()
    database, own, wall = processor_time(pids) + workers_time(pids), own_time(), time.perf_counter()
    run(work)
    spent, python = time.perf_counter() - wall, own_time() - own
    return Cost(spent, python, processor_time(pids) + workers_time(pids) - database)


def compete(competitors: Sequence[Competitor], rounds: int, *, clients: int = 1) -> dict[str, Cost]:
    """Return the median ``Cost`` of one operation of each competitor."""
    found: dict[str, list[Cost]] = {competitor.name: [] for competitor in competitors}
    with crew(competitors, clients) as let_run:
        for turn in range(rounds + 1):
            shift = turn % len(competitors)
            for competitor in (*competitors[shift:], *competitors[:shift]):
                work = competitor.prepare(turn)
                cost = let_run(competitor, work)
                if turn:
                    found[competitor.name].append(each(cost, competitor.operations or len(work)))
    return {name: middle(costs) for name, costs in found.items()}


@contextmanager
def crew(competitors, clients):
    """Yield what runs a competitor: in this process for one client, in several that live as long for more."""
    if clients == 1:
        yield lambda competitor, work: measured(competitor.run, work)
        return
    connections.close_all()
    context = multiprocessing.get_context("fork")
    by_name = {competitor.name: competitor.run for competitor in competitors}
    start = context.Barrier(clients)
    ends = [context.Pipe() for _client in range(clients)]
    hands = [context.Process(target=serve, args=(theirs, by_name, start)) for _ours, theirs in ends]
    for hand in hands:
        hand.start()
    pipes = [ours for ours, _theirs in ends]
    try:
        yield partial(share, pipes)
    finally:
        for pipe in pipes:
            pipe.send(None)
        for hand in hands:
            hand.join()


def share(pipes, competitor, work):
    """Give every client its part; the wall clock is that of the slowest, the processor time everybody's."""
    for index, pipe in enumerate(pipes):
        pipe.send((competitor.name, work[index :: len(pipes)]))
    costs = [pipe.recv() for pipe in pipes]
    failed = next((cost for cost in costs if isinstance(cost, Exception)), None)
    if failed:
        raise failed
    sums = (sum(getattr(cost, name) for cost in costs) for name in ("python", "database"))
    return Cost(max(cost.wall for cost in costs), *sums)


def serve(pipe, by_name, start):
    """What one client does until it is sent home."""
    while task := pipe.recv():
        name, work = task
        connection.ensure_connection()
        start.wait()
        try:
            pipe.send(measured(by_name[name], work))
        except Exception as error:  # noqa: BLE001 - it is raised where everybody sees it
            pipe.send(error)
    connections.close_all()


def each(cost, operations):
    return Cost(cost.wall / operations, cost.python / operations, cost.database / operations)


def middle(costs):
    return Cost(*(median(getattr(cost, name) for cost in costs) for name in ("wall", "python", "database")))


@contextmanager
def counted_round_trips(*opened: psycopg.Connection):
    """Yield a list that holds, after the block, how often these connections waited for the server to be ready again."""
    found: list[int] = []
    with tempfile.TemporaryFile() as trace:
        for each_connection in opened:
            each_connection.pgconn.trace(trace.fileno())
        yield found
        for each_connection in opened:
            each_connection.pgconn.untrace()
        trace.seek(0)
        found.append(sum(b"ReadyForQuery" in line for line in trace))


def ratio(costs: dict[str, Cost], ours: str, theirs: str, of: str = "cpu") -> float:
    """Return how many times faster ``ours`` is than ``theirs``: over 1 is faster."""
    return getattr(costs[theirs], of) / getattr(costs[ours], of)


def table(costs: dict[str, Cost], operation: str) -> list[str]:
    """Return a Markdown table of costs; ``operation`` says what one is."""
    lines = [f"| {operation} | wall | CPU | of it Python | of it PostgreSQL |", "|---|---:|---:|---:|---:|"]
    for name, cost in costs.items():
        shown = " | ".join(map(duration, (cost.wall, cost.cpu, cost.python, cost.database)))
        lines.append(f"| {name} | {shown} |")
    return lines


def ratio_line(costs, ours, theirs, bar=None) -> str:
    """Return one line that says how ``ours`` stands beside ``theirs``, and whether that is over the bar."""
    times = ratio(costs, ours, theirs)
    said = (
        f"- {ours} beside {theirs}: **{times:.2f} x** by CPU, {ratio(costs, ours, theirs, 'wall'):.2f} x by the clock"
    )
    if bar is not None:
        said += f" (bar {bar:g} x: {'met' if times >= bar else 'missed'})"
    return said


def duration(seconds):
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} µs"


def machine() -> str:
    """Return one line about where and when this was measured."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        "unknown processor",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('synchronous_commit')")
        version, commit = cursor.fetchone()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores of {model}, PostgreSQL {version.split()[0]} on"
        f" loopback, synchronous_commit {commit}, load average {load}."
    )


def resident() -> int:
    """Return the bytes of memory that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def report(script: str, lines: Iterable[str], *, write: bool, page: Path = PAGE) -> None:
    """Print the figures of a script and, where asked, put them into their section of docs/performance.md."""
    command = f"Measured with `python -m tests.benchmarks.{script}`, {machine()}"
    text = "\n".join([command, "", *lines])
    print(text, flush=True)
    if write:
        write_section(page, script, text)


def write_section(page, script, text):
    """Replace what stands between the markers of a script."""
    begin, end = f"<!-- {script}: begin -->", f"<!-- {script}: end -->"
    before, _begin, rest = page.read_text().partition(begin)
    _old, found_end, after = rest.partition(end)
    assert found_end, f"{page} has no section between {begin} and {end}"
    page.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}")
