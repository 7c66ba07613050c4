"""A file that was handed in lies sealed on the disk."""

import hashlib
import io
import zipfile

import pytest

from accounts.imports import store
from accounts.sealing import SealBroken


@pytest.fixture
def writer():
    writer = store.Writer()
    yield writer
    writer.discard()


@pytest.mark.parametrize("size", [0, 1, store.PIECE - 1, store.PIECE, store.PIECE + 1, 3 * store.PIECE, 200_001])
def test_what_was_written_is_read_and_stands_nowhere_in_clear(writer, size):
    content = (b"Maria K\xc3\xb6hler," * 20_000)[:size]
    for start in range(0, size, 1000):
        writer.write(content[start : start + 1000])
    writer.close()

    with store.open_file(writer.path, writer.key) as file:
        assert file.read() == content
    assert (writer.size, writer.digest.hexdigest()) == (size, hashlib.sha256(content).hexdigest())
    assert b"Maria" not in writer.path.read_bytes()
    assert writer.path.stat().st_mode & 0o777 == 0o600


def test_a_sealed_file_can_be_sought_in(writer):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", bytes(range(256)) * 1000)
    writer.write(packed.getvalue())
    writer.close()

    with zipfile.ZipFile(store.open_file(writer.path, writer.key)) as archive:
        assert archive.read("a.txt") == bytes(range(256)) * 1000


@pytest.mark.parametrize("harm", ["changed", "cut off", "exchanged", "other key"])
def test_a_file_that_was_tampered_with_does_not_open(writer, harm):
    writer.write(b"x" * (3 * store.PIECE))
    writer.close()
    sealed, key = writer.path.read_bytes(), writer.key
    if harm == "changed":
        writer.path.write_bytes(sealed[:50] + bytes([sealed[50] ^ 1]) + sealed[51:])
    elif harm == "cut off":
        writer.path.write_bytes(sealed[: 2 * store.SEALED_PIECE])
    elif harm == "exchanged":
        one, two = sealed[: store.SEALED_PIECE], sealed[store.SEALED_PIECE : 2 * store.SEALED_PIECE]
        writer.path.write_bytes(two + one + sealed[2 * store.SEALED_PIECE :])
    else:
        key = bytes(32)

    with pytest.raises(SealBroken), store.open_file(writer.path, key) as file:
        file.read()
