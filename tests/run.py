"""Run the checks and the tests, say what ran and what could not, and end with one line of counts.

Called by make check (the quick half) and make test (everything). REQUIRE_SERVICES=1 turns "could not" into a failure.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
PRODUCTION = {
    "SECRET_KEY": "0123456789-only-to-run-the-deployment-check-abcdefghijklmnopqrstuvwxyz",
    "SEALING_KEYS": f"check:{KEY}",
    "SEARCH_KEY": KEY,
    "BASE_URL": "https://reinstate.example",
    "ALLOWED_HOSTS": "reinstate.example",
}
SWITCHES = ("DATABASE_URL", "REDIS_URL", "VAR_DIR", "DEBUG", "DEMO", "TESTING", "DJANGO_SETTINGS_MODULE")


@dataclass
class Report:
    folder: Path
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    lines: list[str] = field(default_factory=list)

    def command(self, name, *command, **environment):
        """Run one check; it counts as one that passed or failed."""
        self._count(name, *self._run(name, command, environment))

    @contextmanager
    def meanwhile(self, name, *command, **environment):
        """Run a command beside what is run in the block, and wait for it; it counts as one that passed or failed."""
        started = time.monotonic()
        with subprocess.Popen([*command], cwd=ROOT, env=self._clean() | environment) as process:
            yield
        self._count(name, process.returncode, time.monotonic() - started)

    def tests(self, name, *arguments, **environment):
        """Run pytest and count its tests. A run that ends badly without a failed test counts as one failure."""
        results = self.folder / f"{len(self.lines)}.xml"
        code, seconds = self._run(name, [BIN / "pytest", "-q", f"--junitxml={results}", *arguments], environment)
        total = failed = skipped = 0
        for suite in ElementTree.parse(results).iter("testsuite") if results.exists() else ():
            total += int(suite.get("tests", 0))
            failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped += int(suite.get("skipped", 0))
        if code and not failed:
            failed, total = 1, total + 1
        passed = max(total - failed - skipped, 0)
        self.passed, self.failed, self.skipped = self.passed + passed, self.failed + failed, self.skipped + skipped
        counts = f"{passed} passed, {failed} failed, {skipped} skipped, {seconds:.0f} s"
        self.lines.append(f"{'ok    ' if not failed else 'FAILED'}  {name} ({counts})")

    def missing(self, what):
        """Note what could not run here; on a machine that must have everything this is a failure."""
        required = os.environ.get("REQUIRE_SERVICES") == "1"
        self.failed += required
        self.lines.append(f"{'FAILED' if required else 'could not'}  {what}")

    def _run(self, name, command, environment):
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.run([*command], cwd=ROOT, env=self._clean() | environment).returncode
        return code, time.monotonic() - started

    def _clean(self):
        """Return the environment without what would lead the tests elsewhere, and with a folder of their own."""
        clean = {key: value for key, value in os.environ.items() if key not in SWITCHES}
        clean["VAR_DIR"] = str(self.folder / str(len(self.lines)))
        if clean.pop("PYTHONDONTWRITEBYTECODE", ""):
            # Whoever wants no bytecode beside the sources has it elsewhere: without any, each of the many processes
            # of a run, workers and commands that tests start, compiles all libraries anew.
            clean["PYTHONPYCACHEPREFIX"] = str(self.folder / "bytecode")
        return clean

    def _count(self, name, code, seconds):
        self.passed += code == 0
        self.failed += code != 0
        self.lines.append(f"{'ok    ' if code == 0 else 'FAILED'}  {name} ({seconds:.0f} s)")

    def end(self):
        """Print the summary and return the exit status."""
        print("\n== What ran, and what could not")
        print("\n".join(self.lines))
        print(f"\n{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        return 1 if self.failed else 0


def checks(report):
    testing = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    report.command("locks hold no addresses", sys.executable, __file__, "locks")
    report.command("ruff check", BIN / "ruff", "check", "--quiet")
    report.command("ruff format", BIN / "ruff", "format", "--check", "--quiet")
    report.command("import layers", BIN / "lint-imports", "--no-logo")
    report.command("types", BIN / "mypy", "--no-error-summary")
    report.command("migrations are complete", *MANAGE, "makemigrations", "--check", "--dry-run", **testing)


@contextmanager
def migrated(report, has_postgres):
    """Go through the migrations beside the checks, for each database: the tests' workers would wait for one another."""
    make = (sys.executable, "-m", "tests.migrated")
    testing = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    with ExitStack() as both:
        own = {"VAR_DIR": str(report.folder / "migrated")}
        both.enter_context(report.meanwhile("migrations on SQLite", *make, **testing, **own))
        if has_postgres:
            both.enter_context(report.meanwhile("migrations on PostgreSQL", *make, **testing, DATABASE_URL=POSTGRES))
        yield


def services(report, has_postgres):
    """Every test that has a database again on PostgreSQL and Redis, then the browser, each where it is found."""
    environment = {}
    if has_postgres:
        environment["DATABASE_URL"] = POSTGRES
    else:
        report.missing("PostgreSQL is not reachable")
    if reachable_redis():
        environment["REDIS_URL"] = REDIS
    else:
        report.missing("Redis is not reachable")
    if "DATABASE_URL" in environment:
        with_redis = " with Redis" if "REDIS_URL" in environment else ""
        report.tests(f"tests on PostgreSQL{with_redis}", "-n", "2", "-m", "not browser and not anywhere", **environment)
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser:
        report.tests("browser tests", "-n", "2", "--dist", "loadfile", "-m", "browser", CHROMIUM=browser, **environment)
    else:
        report.missing("no Chromium was found")
    if not shutil.which("soffice"):
        report.missing("no LibreOffice was found: the tests that open exports with it are skipped")


def on_sqlite(has_postgres):
    """Slow tests of pages run once, and so do those of a broker that goes away: on PostgreSQL where there is one.

    What writes, guards and verifies runs on both.
    """
    return "not browser and not production and not (page and slow)" if has_postgres else "not browser"


def reachable_postgres():
    import psycopg

    try:
        psycopg.connect(POSTGRES, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def reachable_redis():
    import redis

    try:
        redis.from_url(REDIS, socket_timeout=3, socket_connect_timeout=3).ping()
    except redis.RedisError:
        return False
    return True


def locks():
    """Locks name packages and hashes. An address in one would tie everybody to somebody's mirror."""
    found = [lock.name for lock in sorted(ROOT.glob("requirements*.lock")) if "://" in lock.read_text()]
    return f"These locks hold addresses: {', '.join(found)}" if found else 0


def main(what):
    if what == "locks":
        return locks()
    with tempfile.TemporaryDirectory(prefix="reinstate-run-") as folder:
        report = Report(Path(folder))
        has_postgres = what == "test" and reachable_postgres()
        with migrated(report, has_postgres):
            checks(report)
        if what == "check":
            report.tests("fast tests on SQLite", "-n", "2", "-m", "not slow and not browser")
        else:
            report.command("deployment", *MANAGE, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
            report.tests("tests on SQLite", "-n", "2", "-m", on_sqlite(has_postgres))
            services(report, has_postgres)
        return report.end()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("check", "test", "locks"):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
