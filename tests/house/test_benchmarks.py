"""Benchmarks are run at their smallest, so that they do not rot. No time is asserted."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.benchmarks import SERVER, harness
from tests.benchmarks.harness import Competitor, Cost

FOLDER = Path(harness.__file__).parent
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py") if "def main()" in path.read_text())


@pytest.fixture
def server():
    try:
        psycopg.connect(f"{SERVER}/postgres", connect_timeout=3).close()
    except psycopg.OperationalError:
        pytest.skip("PostgreSQL is not reachable, and benchmarks run nowhere else")


@pytest.mark.slow
@pytest.mark.anywhere
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_benchmark_still_runs(script, server):
    command = [sys.executable, "-m", f"tests.benchmarks.{script}", "--rounds", "1", "--rows", "4"]
    clean = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    done = subprocess.run(command, cwd=FOLDER.parents[1], capture_output=True, text=True, env=clean)

    assert done.returncode == 0, done.stderr
    assert f"tests.benchmarks.{script}" in done.stdout
    assert " x** by CPU" in done.stdout


@pytest.mark.django_db
def test_every_competitor_does_the_work_of_every_round_and_another_begins_each():
    done = []
    competitors = [
        Competitor(name, run=lambda work, name=name: done.append((name, work)), prepare=lambda turn: [turn, turn])
        for name in ("ours", "theirs")
    ]

    costs = harness.compete(competitors, 2)

    assert done == [
        *[("ours", [0, 0]), ("theirs", [0, 0])],
        *[("theirs", [1, 1]), ("ours", [1, 1])],
        *[("ours", [2, 2]), ("theirs", [2, 2])],
    ]
    assert list(costs) == ["ours", "theirs"]


def test_a_ratio_says_how_many_times_faster_we_are_and_whether_that_is_enough():
    costs = {"ours": Cost(wall=2.0, python=0.5, database=0.5), "theirs": Cost(wall=3.0, python=3.0, database=1.0)}

    assert harness.ratio_line(costs, "ours", "theirs", bar=5) == (
        "- ours beside theirs: **4.00 x** by CPU, 1.50 x by the clock (bar 5 x: missed)"
    )
    assert harness.table(costs, "decision")[2:] == [
        "| ours | 2.00 s | 1.00 s | 500.00 ms | 500.00 ms |",
        "| theirs | 3.00 s | 4.00 s | 3.00 s | 1.00 s |",
    ]


def test_a_section_of_the_page_is_replaced_and_the_rest_stays(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("Before.\n<!-- one: begin -->\nold\n<!-- one: end -->\nAfter.\n")

    harness.write_section(page, "one", "new\n")
    harness.write_section(page, "one", "newer\n")

    assert page.read_text() == "Before.\n<!-- one: begin -->\nnewer\n<!-- one: end -->\nAfter.\n"
