"""Sealing: what opens, what does not, and the format read by hand."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from accounts import sealing

OLD, NEW = bytes(range(32)), bytes(range(100, 132))
CONTEXT = "account.holder_name:5f1c"


@pytest.fixture(autouse=True)
def master_keys(settings):
    settings.SEALING_KEYS = {"2024": OLD}


def opened_by_hand(key, nonce, hidden, beside):
    """Open AES-256-GCM through the other interface of the library, tag and all."""
    decryptor = Cipher(algorithms.AES(key), modes.GCM(nonce, hidden[-16:])).decryptor()
    decryptor.authenticate_additional_data(beside)
    return decryptor.update(hidden[:-16]) + decryptor.finalize()


@given(st.text())
def test_a_sealed_text_opens_to_what_it_was(text):
    key = sealing.new_subject_key()

    assert sealing.unseal(key, sealing.seal(key, text, context=CONTEXT), context=CONTEXT) == text


def test_a_sealed_text_is_laid_out_as_documented():
    key = sealing.new_subject_key()
    sealed = sealing.seal(key, "Maria Köhler", context=CONTEXT)

    assert sealed[:1] == b"\x01"
    plain = opened_by_hand(key, sealed[1:13], sealed[13:], b"\x01" + CONTEXT.encode())
    assert plain.decode() == "Maria Köhler"


def test_a_wrapped_key_is_laid_out_as_documented():
    key = sealing.new_subject_key()
    wrapped = sealing.wrap(key, context="5f1c")

    assert wrapped[:6] == b"\x01\x042024"
    assert opened_by_hand(OLD, wrapped[6:18], wrapped[18:], b"\x01\x0420245f1c") == key


def test_the_same_text_never_looks_the_same_twice():
    key = sealing.new_subject_key()

    assert len({sealing.seal(key, "Maria", context=CONTEXT) for _ in range(100)}) == 100


@pytest.mark.requirement("R117")
def test_a_sealed_text_does_not_open_in_another_place_or_with_another_key():
    key = sealing.new_subject_key()
    sealed = sealing.seal(key, "Maria Köhler", context=CONTEXT)

    with pytest.raises(sealing.SealBroken):
        sealing.unseal(key, sealed, context="account.holder_name:other")
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealing.new_subject_key(), sealed, context=CONTEXT)


def test_every_changed_bit_and_every_cut_is_found_in_a_sealed_text():
    key = sealing.new_subject_key()
    sealed = sealing.seal(key, "Maria", context=CONTEXT)

    for broken in [*flipped(sealed), *cut(sealed), sealed + b"\0", b""]:
        with pytest.raises(sealing.SealBroken):
            sealing.unseal(key, broken, context=CONTEXT)


def test_every_changed_bit_and_every_cut_is_found_in_a_wrapped_key():
    wrapped = sealing.wrap(sealing.new_subject_key(), context="5f1c")

    for broken in [*flipped(wrapped), *cut(wrapped), wrapped + b"\0", b""]:
        with pytest.raises((sealing.SealBroken, sealing.UnknownMasterKey)):
            sealing.unwrap(broken, context="5f1c")


def flipped(data):
    return [data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :] for at in range(len(data)) for bit in range(8)]


def cut(data):
    return [data[:end] for end in range(len(data))]


def test_a_wrapped_key_does_not_open_for_another_account():
    wrapped = sealing.wrap(sealing.new_subject_key(), context="5f1c")

    with pytest.raises(sealing.SealBroken):
        sealing.unwrap(wrapped, context="other")


def test_after_a_rotation_old_keys_open_and_new_ones_are_wrapped_by_the_new_master_key(settings):
    key = sealing.new_subject_key()
    before = sealing.wrap(key, context="5f1c")

    settings.SEALING_KEYS = {"2025": NEW, "2024": OLD}
    after = sealing.wrap(sealing.unwrap(before, context="5f1c"), context="5f1c")

    assert [sealing.wrapped_by(before), sealing.wrapped_by(after), sealing.current_key_id()] == ["2024", "2025", "2025"]
    settings.SEALING_KEYS = {"2025": NEW}
    assert sealing.unwrap(after, context="5f1c") == key


def test_a_missing_master_key_is_named_with_what_to_do(settings):
    wrapped = sealing.wrap(sealing.new_subject_key(), context="5f1c")
    settings.SEALING_KEYS = {"2025": NEW}

    with pytest.raises(sealing.UnknownMasterKey, match=r"'2024', which is not in SEALING_KEYS\. Put that key back"):
        sealing.unwrap(wrapped, context="5f1c")


def test_another_master_key_under_the_same_id_opens_nothing(settings):
    wrapped = sealing.wrap(sealing.new_subject_key(), context="5f1c")
    settings.SEALING_KEYS = {"2024": NEW}

    with pytest.raises(sealing.SealBroken):
        sealing.unwrap(wrapped, context="5f1c")


def test_keys_may_stand_in_the_settings_as_text(settings):
    wrapped = sealing.wrap(OLD, context="5f1c")
    settings.SEALING_KEYS = f"2025:{base64.b64encode(NEW).decode()}, 2024:{base64.b64encode(OLD).decode()}"

    assert sealing.current_key_id() == "2025"
    assert sealing.unwrap(wrapped, context="5f1c") == OLD


def test_keys_are_read_in_their_order():
    text = f"b:{base64.b64encode(NEW).decode()},a:{base64.b64encode(OLD).decode()},"

    assert list(sealing.parse_keys(text).items()) == [("b", NEW), ("a", OLD)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        "no-key",
        "id:",
        ":QUJD",
        "id:QUJD",
        "id:not base64!",
        "id with space:" + base64.b64encode(OLD).decode(),
        "schlüssel:" + base64.b64encode(OLD).decode(),
        "x" * 65 + ":" + base64.b64encode(OLD).decode(),
        f"a:{base64.b64encode(OLD).decode()},a:{base64.b64encode(NEW).decode()}",
    ],
)
def test_malformed_keys_are_refused_without_repeating_them(text):
    with pytest.raises(ImproperlyConfigured) as refusal:
        sealing.parse_keys(text)

    assert not any(key in str(refusal.value) for key in ["QUJD", "not base64", base64.b64encode(OLD).decode()])


def test_sealed_bytes_are_read_as_any_database_driver_hands_them_over():
    key = sealing.new_subject_key()
    sealed, wrapped = sealing.seal(key, "Maria", context=CONTEXT), sealing.wrap(key, context="5f1c")

    assert sealing.unseal(key, memoryview(sealed), context=CONTEXT) == "Maria"
    assert sealing.unwrap(memoryview(wrapped), context="5f1c") == key


def test_only_a_whole_key_is_wrapped():
    with pytest.raises(ValueError, match="32 bytes"):
        sealing.wrap(b"short", context="5f1c")


@given(st.binary(min_size=32, max_size=32), st.text())
def test_a_commitment_is_an_hmac_worked_out_by_hand(salt, text):
    inner = bytes(byte ^ 0x36 for byte in salt.ljust(64, b"\0"))
    outer = bytes(byte ^ 0x5C for byte in salt.ljust(64, b"\0"))
    expected = hashlib.sha256(outer + hashlib.sha256(inner + text.encode()).digest()).hexdigest()

    assert sealing.commitment(salt, text) == expected


def test_a_salt_is_never_the_same_and_never_another_length():
    assert len({sealing.new_salt() for _ in range(100)}) == 100
    with pytest.raises(ValueError, match="32 bytes"):
        sealing.commitment(b"", "text")
