"""The broker of a machine without Redis: two processes at one folder."""

import os
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from kombu import Connection

from tests import parts

pytestmark = pytest.mark.anywhere
MESSAGES = 1000
SEND = f"""
import sys
from kombu import Connection
folder, who = sys.argv[1:]
options = {{key: folder for key in ("data_folder_in", "data_folder_out", "control_folder")}}
with Connection("filesystem://", transport="config.folderbroker:Transport", transport_options=options) as connection:
    queue = connection.SimpleQueue("calls")
    for number in range({MESSAGES}):
        queue.put({{"who": who, "number": number, "filler": "x" * 5000}})
"""


def test_what_two_processes_send_arrives_once_and_whole_though_it_is_read_while_they_write(tmp_path):
    options = {key: str(tmp_path) for key in ("data_folder_in", "data_folder_out", "control_folder")}
    senders = [subprocess.Popen([sys.executable, "-c", SEND, str(tmp_path), who]) for who in "ab"]
    arrived = []
    with Connection(
        "filesystem://", transport="config.folderbroker:Transport", transport_options=options
    ) as connection:
        queue = connection.SimpleQueue("calls")
        deadline = time.monotonic() + parts.PATIENCE
        while len(arrived) < 2 * MESSAGES and time.monotonic() < deadline:
            with suppress(queue.Empty):
                message = queue.get_nowait()
                message.ack()
                arrived.append((message.payload["who"], message.payload["number"]))
    assert [sender.wait(60) for sender in senders] == [0, 0]
    assert sorted(arrived) == [(who, number) for who in "ab" for number in range(MESSAGES)]
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith(".msg")] == []


def test_the_product_uses_it_where_no_redis_is_named(tmp_path):
    ask = "from config.celery import app; print(type(app.connection().transport).__module__)"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "VAR_DIR": str(tmp_path), "REDIS_URL": ""}
    said = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "config.folderbroker"
