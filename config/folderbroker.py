"""Celery's messages as files of a folder, for one machine without Redis.

This is kombu's transport for folders with its two races closed: a message or a list of queues that another process
reads before it is written ends that process (celery/kombu#1551).
"""

import fcntl
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty
from time import monotonic
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """A message gets its name when it is whole, and loses it to the one process that reads it."""

    def _put(self, queue, payload, **kwargs):
        folder = Path(self.data_folder_out)
        name = f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        part = folder / f".{name}"
        part.write_text(dumps(payload))
        part.rename(folder / name)

    def _get(self, queue):
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            mine = folder / f".{name}"
            with suppress(FileNotFoundError):  # somebody else's by now
                (folder / name).rename(mine)
                payload = mine.read_text()
                mine.unlink()
                return loads(payload)
        raise Empty

    @contextmanager
    def _alone(self):
        with (self.control_folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def get_table(self, exchange):
        with self._alone():
            return super().get_table(exchange)

    def _queue_bind(self, *binding):
        with self._alone():
            super()._queue_bind(*binding)

    def _delete(self, queue, *binding, **kwargs):
        with self._alone():
            super()._delete(queue, *binding, **kwargs)


class Transport(filesystem.Transport):
    Channel = Channel
