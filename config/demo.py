"""Run everything on one machine: web server, workers, beat, mail server, a client's systems. Ctrl-C stops all of it.

Started by make demo and make fresh. Started again it keeps the data; with ``--fresh`` it throws the data away first.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path
from typing import IO
from urllib.request import ProxyHandler, build_opener

VAR = Path(os.environ.get("VAR_DIR", "var")).resolve()
PYTHON = sys.executable
STOP_WITHIN = 10  # seconds


def main(fresh: bool) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    os.environ |= {"DEMO": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    try:
        with lock():
            if fresh:
                clear()
            write_keys()
            prepare()
            run()
    except KeyboardInterrupt:
        print("\nStopped. The data is kept; make fresh starts over.")


def lock() -> IO[str]:
    """Hold a lock for as long as the demo runs, so that two never share one folder."""
    VAR.mkdir(parents=True, exist_ok=True)
    file = (VAR / "demo.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"A demo is running with the data in {VAR}. Stop it with Ctrl-C in its terminal first.")
    return file


def clear() -> None:
    """Remove all data but the lock. A database elsewhere is left alone, and so is the folder with its keys."""
    if os.environ.get("DATABASE_URL"):
        sys.exit("DATABASE_URL is set: empty that database yourself (dropdb, createdb), then run: make demo")
    for path in VAR.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != "demo.lock":
            path.unlink()


def write_keys() -> None:
    """Make this demo's keys once. Without them its database cannot be read again."""

    def key() -> str:
        return b64encode(secrets.token_bytes(32)).decode()

    file = VAR / "demo.env"
    if not file.exists():
        text = f"SECRET_KEY={secrets.token_urlsafe(48)}\nSEALING_KEYS=demo:{key()}\nSEARCH_KEY={key()}\n"
        draft = file.with_suffix(".part")
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text)
        draft.rename(file)


def prepare() -> None:
    """Bring the database up to date and load the demo; what is there already stays."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    check_free(settings.PORT, "PORT")
    check_free(settings.MAIL_PORT, "MAIL_PORT")
    check_free(settings.LINKED_PORT, "LINKED_PORT")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_demo")
    call_command("link_demo")
    connections.close_all()


def check_free(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            sys.exit(f"Port {port} cannot be used ({error.strerror}). Choose another: make demo {variable}={port + 1}")


def run() -> None:
    """Start the parts, say where they are, and stay until Ctrl-C or until one of them ends."""
    from django.conf import settings
    from django.core.management import call_command

    bind = f"127.0.0.1:{settings.PORT}"
    serve = ["gunicorn", "config.wsgi", "--bind", bind, "--worker-class", "gthread", "--threads", "8"]
    work = ["celery", "--quiet", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "WARNING"]
    alone = ["--without-gossip", "--without-mingle"]
    commands = {
        "web server": [*serve, "--graceful-timeout", "3", "--log-level", "warning", "--no-control-socket"],
        "worker": [*work, *alone, "--beat"],
        # Imports and exports take minutes; messages do not wait behind them.
        "worker for long work": [*work, *alone, "--queues", "long", "--hostname", "long@%h"],
        "worker for linked systems": [*work, *alone, "--queues", "linked", "--hostname", "linked@%h"],
        "mail server": ["config.devmail"],
        "linked systems": ["config.linkedsystem"],
    }
    parts: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            # A session of its own: the terminal's Ctrl-C reaches this process, which then stops the parts in order.
            parts[name] = subprocess.Popen([PYTHON, "-m", *command], start_new_session=True)
        while not answers(f"http://{bind}/health/"):
            check_alive(parts)
        print(f"\n  Reinstate      http://{bind}/\n  Mails sent     http://{bind}/dev/mail/\n", flush=True)
        call_command("load_demo", logins=True)
        print("\n  Ctrl-C stops everything.\n", flush=True)
        while True:
            check_alive(parts)
    finally:
        stop(parts)


def answers(url: str) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def check_alive(parts: dict[str, subprocess.Popen[bytes]]) -> None:
    """Wait a moment; end everything if a part has ended."""
    time.sleep(0.2)
    for name, part in parts.items():
        if part.poll() is not None:
            sys.exit(f"The {name} ended with status {part.returncode}, and so everything is stopped.")


def stop(parts: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask each part to finish; after ten seconds, and for whatever a part left behind, do not ask."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for part in parts.values():
        part.terminate()
    deadline = time.monotonic() + STOP_WITHIN
    for part in parts.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            part.wait(max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(part.pid, signal.SIGKILL)
        part.wait()


if __name__ == "__main__":
    main(fresh="--fresh" in sys.argv[1:])
