"""The product's other processes, and the servers it talks to, as real ones on free ports."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from aiosmtpd.controller import Controller
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 90  # seconds until a test that waits for something says that it did not happen
SERVE = ("gunicorn", "config.wsgi", "--worker-class", "gthread", "--threads", "8", "--log-level", "warning")
WORK = ("celery", "--quiet", "-A", "config", "worker", "--beat", "--concurrency", "1", "--loglevel", "WARNING")
LONG = ("celery", "--quiet", "-A", "config", "worker", "--queues", "long", "--hostname", "long@%h")
STORE = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no")


def until(happened, what):
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not in {PATIENCE} s"
        time.sleep(0.1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_url():
    """Return where the tests' own database is."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)


@contextmanager
def running(command, log, *, ends_within=0, **environment):
    """Run a command until the block ends; it must be alive then. What it says goes to the file ``log``.

    It has ``ends_within`` seconds to let go of what it holds; then it and what it started are killed.
    """
    with log.open("a") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=said, stderr=said, start_new_session=True
        )
    try:
        yield process
        assert process.poll() is None, log.read_text()
    finally:
        if ends_within:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(ends_within)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def product(folder, *, broker="", mail_port=25):
    """Return the environment of the product's processes on the tests' database."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "TESTING": "1",
        "VAR_DIR": str(folder),
        "DATABASE_URL": database_url(),
        "REDIS_URL": broker,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
    }


@contextmanager
def web_server(folder, log):
    """Serve the product with gunicorn; yields its address."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", *SERVE, "--bind", address]
    with running(command, log, ends_within=5, **product(folder)) as process:
        until(lambda: process.poll() is not None or answers(f"http://{address}/health/"), "the web server")
        assert process.poll() is None, log.read_text()
        yield f"http://{address}"


def answers(url):
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


@contextmanager
def worker(folder, log, **where):
    """Run one worker with beat, as the demo does."""
    with running([sys.executable, "-m", *WORK], log, **product(folder, **where)) as process:
        yield process


@contextmanager
def long_worker(folder, log, **where):
    """Run the worker that imports and exports; one with beat beside it wakes it."""
    command = [sys.executable, "-m", *LONG, "--concurrency", "1", "--loglevel", "WARNING"]
    with running(command, log, **product(folder, **where)) as process:
        yield process


@contextmanager
def redis_server(folder):
    """Run a Redis that keeps nothing; yields its address, or "" where none is installed."""
    if not shutil.which("redis-server"):
        yield ""
        return
    port = free_port()
    with running(["redis-server", "--port", str(port), *STORE, "--dir", str(folder)], folder / "redis.log"):
        yield f"redis://127.0.0.1:{port}/0"


class Inbox:
    """What a mail server took, in order."""

    def __init__(self, port):
        self.port, self.mails = port, []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(message_from_bytes(envelope.original_content, policy=policy.default))
        return "250 Taken"


@contextmanager
def mail_server():
    inbox = Inbox(free_port())
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()
