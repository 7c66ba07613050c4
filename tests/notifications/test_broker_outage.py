"""A real worker with beat, and a broker that goes away: no decision waits for it, and every mail goes out once."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import connection
from django_scopes import scope

from notifications.models import Delivery
from tests import factories
from tests.notifications.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
WORKER = ("-m", "celery", "--quiet", "-A", "config", "worker", "--beat", "--concurrency", "1", "--loglevel", "WARNING")
SUSPENDED, REINSTATED = "Ihr Konto bei Acme Mobile ist gesperrt", "Ihr Konto bei Acme Mobile ist wieder aktiv"
PATIENCE = 90  # seconds until a test that waits for something says that it did not happen

APPROVE = """
import sys, django
django.setup()
from django_scopes import scopes_disabled, scope
from accounts.models import User
from reinstatements import services
from reinstatements.models import ReinstatementRequest
from tests.factories import seen
with scopes_disabled():
    case = ReinstatementRequest.objects.select_related("account").get()
with scope(client=[case.client_id]):
    supervisor = User.objects.get(username="supervisor")
    services.approve(case, actor=supervisor, reason="paid", seen=seen(case))
"""

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def until(happened, what, process):
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert process.poll() is None, f"{what}: the process has ended"
        assert time.monotonic() < deadline, f"{what}: not in {PATIENCE} s"
        time.sleep(0.1)


def database_url():
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)


@pytest.fixture
def redis(tmp_path):
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    server = Redis(free_port(), tmp_path)
    server.start()
    yield server
    server.end()


class Redis:
    def __init__(self, port, folder):
        self.port, self.folder, self.process = port, folder, None

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(["redis-server", *options, "--dir", self.folder], stdout=subprocess.DEVNULL)
        until(self.answers, "Redis", self.process)

    def answers(self):
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
        return False

    def end(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)


class Desk:
    """The product's other processes, on the database of this test and with a broker of its own."""

    def __init__(self, folder, settings, redis_url=""):
        self.log = folder / "worker.log"
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "TESTING": "1",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_url,
            "EMAIL_URL": f"smtp://127.0.0.1:{settings.EMAIL_PORT}",
            "PYTHONPATH": str(ROOT),
        }

    @contextmanager
    def worker(self):
        with self.log.open("a") as log:
            process = subprocess.Popen(
                [sys.executable, *WORKER],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            print(self.log.read_text())

    def approve(self):
        """Approve the one case in a process of its own, which has the same broker as the worker."""
        subprocess.run([sys.executable, "-c", APPROVE], cwd=ROOT, env=self.environment, check=True, timeout=PATIENCE)


@pytest.fixture
def case(acme, agent, supervisor):
    account = factories.suspend(factories.make_account(acme, balance_minor=8420))
    return factories.bring_to(account, "awaiting_approval", agent)


def subjects(inbox):
    return [mail["Subject"] for mail in inbox.mails]


def is_reinstated(case):
    with scope(client=[case.client_id]):
        case.account.refresh_from_db()
        return case.account.status == "active"


def exactly_once(case, inbox):
    """After a few more rounds of beat there is still one mail, and one row that says so."""
    time.sleep(6)
    assert subjects(inbox) == [SUSPENDED, REINSTATED]
    with scope(client=[case.client_id]):
        found = Delivery.objects.order_by("id").values_list("event_name", "status", "attempts")
        assert list(found) == [("account.suspended", "sent", 1), ("reinstatement.completed", "sent", 1)]


def test_without_redis_one_worker_with_beat_relays_and_sends(case, inbox, settings, tmp_path):
    desk = Desk(tmp_path, settings)
    with desk.worker() as worker:
        until(lambda: subjects(inbox) == [SUSPENDED], "the first mail", worker)
        desk.approve()
        until(lambda: len(inbox.mails) == 2, "the mail about the approval", worker)
        exactly_once(case, inbox)


@pytest.mark.production
def test_with_the_worker_stopped_an_approval_is_not_delayed_and_is_told_once_afterwards(
    case, inbox, redis, settings, tmp_path
):
    desk = Desk(tmp_path, settings, redis.url)
    with desk.worker() as worker:
        until(lambda: subjects(inbox) == [SUSPENDED], "the first mail", worker)

    desk.approve()
    assert is_reinstated(case)
    assert len(inbox.mails) == 1

    with desk.worker() as worker:
        until(lambda: len(inbox.mails) == 2, "the mail about the approval", worker)
        exactly_once(case, inbox)


@pytest.mark.production
def test_with_redis_stopped_an_approval_is_not_delayed_and_is_told_once_afterwards(
    case, inbox, redis, settings, tmp_path
):
    """It stops at the worst moment: a task is at work, and cannot tell the broker that it is done."""
    desk = Desk(tmp_path, settings, redis.url)
    inbox.may_answer.clear()
    with desk.worker() as worker:
        until(inbox.is_asked.is_set, "the first mail", worker)
        redis.end()
        time.sleep(1)
        inbox.may_answer.set()

        desk.approve()
        assert is_reinstated(case)
        time.sleep(5)
        assert subjects(inbox) == [SUSPENDED]

        redis.start()
        until(lambda: len(inbox.mails) == 2, "the mail about the approval", worker)
        exactly_once(case, inbox)


@pytest.mark.production
def test_with_redis_frozen_an_approval_is_not_delayed_and_is_told_once_afterwards(
    case, inbox, redis, settings, tmp_path
):
    """It freezes at the worst moment: a task is at work, and cannot tell the broker that it is done."""
    desk = Desk(tmp_path, settings, redis.url)
    inbox.may_answer.clear()
    with desk.worker() as worker:
        until(inbox.is_asked.is_set, "the first mail", worker)
        redis.freeze()
        inbox.may_answer.set()

        desk.approve()
        assert is_reinstated(case)
        time.sleep(15)
        assert subjects(inbox) == [SUSPENDED]

        redis.thaw()
        until(lambda: len(inbox.mails) == 2, "the mail about the approval", worker)
        exactly_once(case, inbox)


def test_the_product_never_queues_a_task_by_itself():
    """Only beat does: a request that called ``delay`` would wait for a broker that does not answer."""
    sources = [
        path
        for app in ("accounts", "reinstatements", "notifications", "config")
        for path in ROOT.glob(f"{app}/**/*.py")
    ]
    calls = (".delay(", ".apply_async(", ".send_task(", ".s()", "signature(")

    assert len(sources) > 50
    assert [str(path) for path in sources if any(call in path.read_text() for call in calls)] == []
    assert set(configured.CELERY_BEAT_SCHEDULE) >= {"relay", "send-due"}
