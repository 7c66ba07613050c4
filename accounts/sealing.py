"""Personal data at rest: sealed under a key of its own for each person, which a master key wraps.

AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D, section 8.2.2). With random nonces one key may seal 2**32
messages at the most (section 8.3); a subject key seals the few hundred texts about one person, a master key wraps one
subject key for each account. The header and the context are authenticated with the text, so a sealed value that is
copied to another row or field does not open there.

Destroying a person's wrapped key makes everything sealed under it unreadable, in histories and backups too. Sealing
hides what a text says, not how long it is.
"""

import binascii
import hashlib
import hmac
import os
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Buffer = bytes | bytearray | memoryview

FORMAT = b"\x01"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class SealBroken(ValueError):
    """A sealed value does not open: another key, another context, or bytes that were changed or cut off."""


class UnknownMasterKey(LookupError):
    """A key is wrapped by a master key that is not among ``SEALING_KEYS``."""

    def __init__(self, key_id: str):
        super().__init__(
            f"A key is wrapped by the master key {key_id!r}, which is not in SEALING_KEYS. Put that key back, after the"
            " current one, and keep it there until every key was wrapped anew."
        )
        self.key_id = key_id


def parse_keys(text: str) -> dict[str, bytes]:
    """Return the master keys of ``id:base64,id2:base64`` in their order: the first is current, the others still open.

    Raises ``ImproperlyConfigured`` for an empty list, an id that is malformed or stands twice, or a key that is not
    32 bytes of base64. The message never repeats a key.
    """
    keys: dict[str, bytes] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, encoded = part.partition(":")
        if not KEY_ID.fullmatch(key_id) or key_id in keys:
            raise ImproperlyConfigured("SEALING_KEYS is written id:base64,id2:base64, each id once.")
        try:
            keys[key_id] = b64decode(encoded, validate=True)
        except binascii.Error:
            keys[key_id] = b""
        if len(keys[key_id]) != KEY_BYTES:
            raise ImproperlyConfigured(f"The key {key_id!r} in SEALING_KEYS is not {KEY_BYTES} bytes in base64.")
    if not keys:
        raise ImproperlyConfigured("SEALING_KEYS needs at least one master key, written id:base64.")
    return keys


def current_key_id() -> str:
    """Return the id of the master key that wraps new keys."""
    return next(iter(_master_keys()))


def new_subject_key() -> bytes:
    """Return 32 random bytes: the key of one person."""
    return AESGCM.generate_key(bit_length=KEY_BYTES * 8)


def wrap(key: bytes, *, context: str) -> bytes:
    """Return ``key`` under the current master key, bound to ``context``, such as the account's id.

    The format: byte 1, length of the master key's id (one byte), the id in ASCII, nonce (12 bytes), ciphertext with its
    tag (48 bytes). Authenticated beside it: everything before the nonce, then the context in UTF-8.
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"A subject key has {KEY_BYTES} bytes.")
    key_id = current_key_id()
    header = FORMAT + bytes([len(key_id)]) + key_id.encode("ascii")
    return _encrypt(_master(key_id), header, key, context)


def unwrap(wrapped: Buffer, *, context: str) -> bytes:
    """Return the key that was wrapped.

    Raises ``UnknownMasterKey`` if its master key is gone and ``SealBroken`` if it does not open with this context.
    """
    wrapped = _bytes(wrapped)
    key_id = wrapped_by(wrapped)
    return _decrypt(_master(key_id), wrapped, 2 + len(key_id), context)


def wrapped_by(wrapped: Buffer) -> str:
    """Return the id of the master key a wrapped key needs, without opening it."""
    wrapped = _bytes(wrapped)
    if wrapped[:1] != FORMAT or len(wrapped) < 2:
        raise SealBroken("This is not a wrapped key.")
    key_id = wrapped[2 : 2 + wrapped[1]].decode("ascii", errors="replace")
    if len(key_id) != wrapped[1] or not KEY_ID.fullmatch(key_id):
        raise SealBroken("This is not a wrapped key.")
    return key_id


def seal(key: bytes, text: str, *, context: str) -> bytes:
    """Return ``text`` under a subject key, bound to ``context``, such as ``account.holder_name:<uuid>``.

    The format: byte 1, nonce (12 bytes), ciphertext of the UTF-8 text with its tag (16 bytes). Authenticated beside it:
    byte 1, then the context in UTF-8. Raises ``ValueError`` for half of a surrogate pair.
    """
    return seal_bytes(key, text.encode(), context=context)


def unseal(key: bytes, sealed: Buffer, *, context: str) -> str:
    """Return the text that was sealed; raises ``SealBroken`` if it does not open with this key and context."""
    return opener(key)(sealed, context)


def opener(key: bytes) -> Callable[[Buffer, str], str]:
    """Return what does ``unseal`` for many texts under one key, given the sealed text and its context."""
    cipher = AESGCM(key)

    def unsealed(sealed: Buffer, context: str) -> str:
        data = _bytes(sealed)
        if data[:1] != FORMAT:
            raise SealBroken("This is not a sealed text.")
        return _decrypt(cipher, data, 1, context).decode()

    return unsealed


def seal_bytes(key: bytes, plain: bytes, *, context: str) -> bytes:
    """Return ``plain``, such as a file, under a subject key, in the format of ``seal``."""
    return _encrypt(AESGCM(key), FORMAT, plain, context)


def unseal_bytes(key: bytes, sealed: Buffer, *, context: str) -> bytes:
    """Return the bytes that were sealed; raises ``SealBroken`` as ``unseal`` does."""
    sealed = _bytes(sealed)
    if sealed[:1] != FORMAT:
        raise SealBroken("This is not a sealed text.")
    return _decrypt(AESGCM(key), sealed, 1, context)


def new_salt() -> bytes:
    """Return 32 random bytes for one commitment; a salt is never used twice."""
    return os.urandom(KEY_BYTES)


def commitment(salt: Buffer, text: str) -> str:
    """Return HMAC-SHA256 (RFC 2104) of the UTF-8 ``text``, with ``salt`` as its key, in 64 hexadecimal digits.

    It binds an entry to a text without telling it: whoever is shown salt and text can check it, and once the salt is
    destroyed it says nothing, however few texts were possible.
    """
    salt = _bytes(salt)
    if len(salt) != KEY_BYTES:
        raise ValueError(f"A salt has {KEY_BYTES} bytes.")
    return hmac.digest(salt, text.encode(), hashlib.sha256).hex()


def _encrypt(cipher: AESGCM, header: bytes, plain: bytes, context: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + cipher.encrypt(nonce, plain, header + context.encode())


def _decrypt(cipher: AESGCM, data: bytes, start: int, context: str) -> bytes:
    """Open what stands behind a header of ``start`` bytes."""
    header, nonce, hidden = data[:start], data[start : start + NONCE_BYTES], data[start + NONCE_BYTES :]
    if len(hidden) < TAG_BYTES:
        raise SealBroken("A sealed value was cut off.")
    try:
        return cipher.decrypt(nonce, hidden, header + context.encode())
    except InvalidTag:
        raise SealBroken("A sealed value does not open: its key, its place or its bytes are not the same.") from None


def _bytes(data: Buffer) -> bytes:
    """Return plain bytes of what a database driver hands back."""
    return data if isinstance(data, bytes) else bytes(memoryview(data))


def _master_keys() -> Mapping[str, bytes]:
    keys = settings.SEALING_KEYS
    return _parsed(keys) if isinstance(keys, str) else keys


def _master(key_id: str) -> AESGCM:
    try:
        return _cipher(_master_keys()[key_id])
    except KeyError:
        raise UnknownMasterKey(key_id) from None


# Master keys live as long as the process anyway. Subject keys are never kept: destroying one must mean it.
_cipher = lru_cache(maxsize=32)(AESGCM)
_parsed = lru_cache(maxsize=8)(parse_keys)
