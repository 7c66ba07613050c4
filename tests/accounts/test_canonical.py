"""Canonical bytes, held against the test vectors that the author of RFC 8785 published."""

import enum
import json
import math
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import canonical

VECTORS = Path(__file__).parent.parent / "vectors" / "jcs"
WITHOUT_FLOATS = ["arrays", "french", "unicode", "weird"]
WITH_FLOATS = ["structures", "values"]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
whole_numbers = st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
values = st.recursive(
    st.none() | st.booleans() | whole_numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


class Colour(enum.StrEnum):
    RED = "red"


def published(name):
    """Return input, output and the output's bytes as published, the last from its hexadecimal notation."""
    given_text = (VECTORS / "input" / f"{name}.json").read_text(encoding="utf-8")
    expected = (VECTORS / "output" / f"{name}.json").read_bytes()
    assert bytes.fromhex((VECTORS / "outhex" / f"{name}.txt").read_text()) == expected
    return json.loads(given_text), expected


@pytest.mark.parametrize("name", WITHOUT_FLOATS)
def test_a_published_value_becomes_the_published_bytes(name):
    value, expected = published(name)

    assert canonical.encode(value) == expected
    assert canonical.decode(expected) == value


@pytest.mark.parametrize("name", WITH_FLOATS)
def test_a_published_value_with_fractions_is_refused(name):
    value, _ = published(name)

    with pytest.raises(canonical.CanonicalError):
        canonical.encode(value)


def test_published_bytes_with_fractions_are_refused():
    _, expected = published("values")

    with pytest.raises(canonical.CanonicalError):
        canonical.decode(expected)


def test_every_published_vector_is_tried():
    names = {path.stem for path in (VECTORS / "input").iterdir()}

    assert names == {*WITHOUT_FLOATS, *WITH_FLOATS}


def test_keys_stand_in_the_order_of_their_utf_16_code_units():
    # U+1F602 is d83d de02 in UTF-16, before U+FB33; by code points it would come after it.
    assert canonical.encode({"\ufb33": 1, "\U0001f602": 2}) == '{"\U0001f602":2,"\ufb33":1}'.encode()


@given(values)
def test_what_was_encoded_is_decoded_to_the_same(value):
    assert canonical.decode(canonical.encode(value)) == value


plain = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'))


@given(st.dictionaries(plain, st.none() | st.booleans() | whole_numbers | plain | st.lists(plain)))
def test_a_plain_value_becomes_what_the_standard_library_writes(value):
    """The fast way, held against another writer."""
    written = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

    assert canonical.encode(value) == written
    assert canonical.decode(written) == value


@pytest.mark.parametrize(
    "data",
    [b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a":1.0}', b'{"a":1e3}', b'{"a":9007199254740992}', b'{"a":-0}', b"[NaN]"],
)
def test_plain_bytes_in_another_form_are_refused_by_the_fast_way_too(data):
    with pytest.raises(canonical.CanonicalError):
        canonical.decode(data)


@given(st.dictionaries(texts, whole_numbers))
def test_the_order_in_which_keys_were_written_leaves_no_trace(value):
    assert canonical.encode(dict(reversed(value.items()))) == canonical.encode(value)


def nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        0.0,
        1.5,
        math.nan,
        math.inf,
        Decimal(1),
        b"bytes",
        (1, 2),
        {1, 2},
        datetime(2025, 1, 31, tzinfo=UTC),
        object(),
        2**53,
        -(2**53),
        "half \ud83d of a pair",
        "nul \0 inside",
        {"\ud83d": 1},
        {"\0": 1},
        {1: "number as key"},
        {None: 1},
        {"deep": [{"deeper": 1.0}]},
        nested(33),
    ],
)
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(canonical.CanonicalError):
        canonical.encode(value)


def test_a_value_that_contains_itself_is_refused():
    value = []
    value.append(value)

    with pytest.raises(canonical.CanonicalError):
        canonical.encode(value)


def test_limits_are_inside():
    assert canonical.encode([2**53 - 1, -(2**53) + 1]) == b"[9007199254740991,-9007199254740991]"
    assert canonical.encode(nested(32)) == b"[" * 32 + b"]" * 32


def test_an_enum_counts_as_its_value():
    assert canonical.encode({Colour.RED: [Colour.RED, True, 1]}) == b'{"red":["red",true,1]}'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b"\xef\xbb\xbf{}",
        b'"\\u00e9"',
        b'"\\/"',
        b'"\\u000A"',
        b"1.0",
        b"1e3",
        b"-0",
        b"01",
        b"NaN",
        b"Infinity",
        b"9007199254740992",
        b"9" * 5000,
        b'"\xff"',
        b'"\xed\xa0\xbd"',
        b'"\\ud83d"',
        b'"\\u0000"',
        b'"\x01"',
        b"[" * 100_000,
        b"[" * 33 + b"]" * 33,
    ],
)
def test_bytes_in_any_other_form_are_refused(data):
    with pytest.raises(canonical.CanonicalError):
        canonical.decode(data)


def test_bytes_are_read_as_any_database_driver_hands_them_over():
    assert canonical.decode(memoryview(b'{"a":1}')) == {"a": 1}
    assert canonical.decode(bytearray(b'{"a":1}')) == {"a": 1}


def test_a_time_is_written_in_utc_with_microseconds():
    berlin = timezone(timedelta(hours=1))

    assert canonical.timestamp(datetime(2025, 1, 31, 9, 15, tzinfo=berlin)) == "2025-01-31T08:15:00.000000Z"
    assert canonical.timestamp(datetime(999, 1, 2, 3, 4, 5, 6, tzinfo=UTC)) == "0999-01-02T03:04:05.000006Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_comes_back_as_it_was(moment):
    assert canonical.parse_timestamp(canonical.timestamp(moment)) == moment


@pytest.mark.parametrize("moment", [datetime(2025, 1, 31), datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))])
def test_a_time_without_a_zone_or_before_year_one_is_refused(moment):
    with pytest.raises(canonical.CanonicalError):
        canonical.timestamp(moment)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2025-01-31",
        "2025-01-31T08:15:00Z",
        "2025-01-31T08:15:00.000Z",
        "2025-01-31T08:15:00.000000",
        "2025-01-31T08:15:00.000000+00:00",
        "2025-01-31T09:15:00.000000+01:00",
        "2025-01-31 08:15:00.000000Z",
        "2025-01-31T08:15:00.000000z",
        "2025-02-30T08:15:00.000000Z",
        "2025-01-31T08:15:60.000000Z",
        "2025-01-31T08:15:00.0000001Z",
        None,
    ],
)
def test_a_time_in_another_notation_is_refused(text):
    with pytest.raises(canonical.CanonicalError):
        canonical.parse_timestamp(text)
