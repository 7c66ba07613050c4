"""Files that somebody handed in: sealed before the first byte reaches the disk, and read without a plain copy.

A file is cut into pieces of 64 kB, each under AES-256-GCM with a key of this one file and the piece's number as nonce
(NIST SP 800-38D, section 8.2.1), which also says whether it is the last one, so pieces cannot be exchanged or cut off.
The key stands, wrapped, in the database: removing it there destroys every copy of the file.
"""

import hashlib
import io
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from accounts import sealing

PIECE = 64 * 1024
SEALED_PIECE = PIECE + sealing.TAG_BYTES


def folder() -> Path:
    path = Path(settings.VAR_DIR) / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(run_id) -> Path:
    return folder() / f"{run_id}.sealed"


def nonce(number: int, is_last: bool) -> bytes:
    return bytes([is_last]) + number.to_bytes(sealing.NONCE_BYTES - 1, "big")


class Writer:
    """Takes bytes and leaves a sealed file; ``size`` and ``sha256`` are those of what was written."""

    def __init__(self, path: Path | None = None):
        self.path = path or folder() / f"{secrets.token_hex(16)}.part"
        self.key = sealing.new_subject_key()
        self.size, self.digest, self._number, self._rest = 0, hashlib.sha256(), 0, bytearray()
        self._cipher = AESGCM(self.key)
        self._file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def write(self, data: bytes) -> None:
        self.size += len(data)
        self.digest.update(data)
        self._rest += data
        while len(self._rest) > PIECE:
            self._seal(bytes(self._rest[:PIECE]), is_last=False)
            del self._rest[:PIECE]

    def _seal(self, piece: bytes, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(nonce(self._number, is_last), piece, b""))
        self._number += 1

    def close(self) -> None:
        if not self._file.closed:
            self._seal(bytes(self._rest), is_last=True)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def discard(self) -> None:
        # On a disk that is full, closing writes what is left, and fails again.
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


class Reader(io.RawIOBase):
    """A sealed file as one that can be read and sought in. A piece that was changed raises ``sealing.SealBroken``."""

    def __init__(self, path: Path, key: bytes):
        self._file = path.open("rb")
        sealed = self._file.seek(0, io.SEEK_END)
        self._pieces = max(1, -(-sealed // SEALED_PIECE))
        self.size = sealed - self._pieces * sealing.TAG_BYTES
        self._cipher, self._at, self._number, self._piece = AESGCM(key), 0, -1, b""

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self._at

    def seek(self, offset, whence=io.SEEK_SET):
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def readinto(self, buffer):
        number, start = divmod(self._at, PIECE)
        if self._at >= self.size:
            return 0
        if number != self._number:
            self._open_piece(number)
        part = self._piece[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _open_piece(self, number):
        self._file.seek(number * SEALED_PIECE)
        sealed = self._file.read(SEALED_PIECE)
        try:
            self._piece = self._cipher.decrypt(nonce(number, number == self._pieces - 1), sealed, b"")
        except InvalidTag as error:
            raise sealing.SealBroken("This file was changed or cut off.") from error
        self._number = number

    def close(self):
        if not self.closed:
            self._file.close()
        super().close()


def open_file(path: Path, key: bytes) -> io.BufferedReader:
    return io.BufferedReader(Reader(path, key), PIECE)
