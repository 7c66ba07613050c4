"""The one way in which a value of the ledger becomes bytes, and back.

The format is JSON Canonicalization Scheme (RFC 8785), narrowed to what an entry needs: objects, arrays, strings, whole
numbers, true, false and null, in UTF-8. Two programs that follow the RFC write the same bytes for the same value, so a
hash of these bytes can be checked by anybody.
"""

import json
from datetime import UTC, datetime
from typing import Any

import orjson

# Whole numbers beyond this are not exact in every JSON reader (RFC 7493, section 2.2).
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32
_PLAIN = frozenset({str, bool, type(None)})
_WHOLE = _PLAIN | {int}
# The writer itself refuses whole numbers that are not exact everywhere.
EXACT = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER

# RFC 8785 (section 3.2.2.2) escapes exactly what Python escapes when it may write other characters as they are.
_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))


class CanonicalError(ValueError):
    """The value has no canonical form, or the bytes are not in it."""


def encode(value: Any) -> bytes:
    """Return the canonical JSON of ``value`` (RFC 8785): keys sorted by UTF-16 code units, no spaces, UTF-8.

    Takes dicts with string keys, lists, strings, whole numbers up to 2**53 - 1 either way, booleans and None. Raises
    ``CanonicalError`` for anything else: floats, bytes, tuples, dates, lone surrogates, NUL, nesting beyond 32.
    """
    if _is_exact(value, MAX_DEPTH):
        try:  # not suppress(): every entry comes here
            data = orjson.dumps(value, option=EXACT)
            if _is_simple(data):
                return data
        except TypeError:  # a key that is no string, half of a surrogate pair
            pass
    return _encoder.encode(_ordered(value, MAX_DEPTH)).encode()


def decode(data: bytes | bytearray | memoryview) -> Any:
    """Return the value that ``data`` is the canonical JSON of.

    Raises ``CanonicalError`` if these are not the very bytes ``encode`` would write: keys that repeat or stand in
    another order, spaces, floats, needless escapes, text that is not UTF-8.
    """
    data = data if isinstance(data, bytes) else bytes(memoryview(data))
    if _is_simple(data):
        try:  # not suppress(): whoever verifies comes here for each entry of a ledger
            value = orjson.loads(data)
            if orjson.dumps(value, option=EXACT) == data and _is_whole(value, MAX_DEPTH):
                return value
        except (ValueError, TypeError):
            pass
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=_unrepeated, parse_float=_refuse_number, parse_constant=_refuse_number
        )
    except CanonicalError:
        raise
    except (ValueError, RecursionError) as error:
        raise CanonicalError("This is not JSON in UTF-8, or it is nested too deeply.") from error
    if encode(value) != data:
        raise CanonicalError("This is JSON, but not in its canonical form.")
    return value


def timestamp(moment: datetime) -> str:
    """Return ``moment`` in UTC with microseconds, such as ``2025-01-31T08:15:00.000000Z`` (RFC 3339).

    Raises ``CanonicalError`` for a time without a zone.
    """
    if moment.tzinfo is UTC:
        return moment.isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"
    if moment.utcoffset() is None:
        raise CanonicalError("A time needs a zone before it can be written down.")
    try:
        utc = moment.astimezone(UTC)
    except OverflowError as error:
        raise CanonicalError("This time is outside the years 1 to 9999.") from error
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_timestamp(text: str) -> datetime:
    """Return the time that ``timestamp`` wrote as ``text``; any other notation raises ``CanonicalError``."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise CanonicalError("This is not a time in RFC 3339.") from error
    if timestamp(moment) != text:
        raise CanonicalError("This is a time, but not in UTC with microseconds and Z.")
    return moment


def _is_simple(data: bytes) -> bool:
    """Tell whether ASCII without an escape is all there is: then every writer of JSON writes the same.

    Code points sort as UTF-16 does, no string needs an escape, and NUL cannot hide in one. What is simple goes the fast
    way through orjson, everything else the thorough way, which says what is wrong.
    """
    return data.isascii() and b"\\" not in data


def _is_whole(value: Any, depth: int) -> bool:
    """Tell whether no fraction is in ``value``, which was read from JSON, and nothing lies too deep."""
    for part in value.values() if type(value) is dict else value if type(value) is list else (value,):
        kind = type(part)
        if kind in _WHOLE:
            continue
        if kind is float or depth == 1 or (part and not _is_whole(part, depth - 1)):
            return False
    return True


def _is_exact(value: Any, depth: int) -> bool:
    """Tell whether ``value`` is of just the types that have a canonical form; of subclasses, words only.

    How large a whole number is, its writer looks at.
    """
    kind = type(value)
    for part in value.values() if kind is dict else value if kind is list else (value,):
        kind = type(part)
        if kind in _WHOLE:
            continue
        if kind is dict or kind is list:
            if depth == 1 or (part and not _is_exact(part, depth - 1)):
                return False
        elif not isinstance(part, str):
            return False
    return True


def _ordered(value: Any, depth: int) -> Any:
    """Return ``value`` with the keys of every object in their order, after a look at every part of it."""
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise CanonicalError("Whole numbers go up to 2**53 - 1; write a larger one as text.")
        return int(value)
    if depth == 0:
        raise CanonicalError(f"Values are nested {MAX_DEPTH} deep at the most.")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise CanonicalError("The keys of an object are strings.")
        plain = {_text(key): item for key, item in value.items()}
        keys = sorted(plain) if all(map(str.isascii, plain)) else sorted(plain, key=_code_units)
        return {key: _ordered(plain[key], depth - 1) for key in keys}
    if isinstance(value, list):
        return [_ordered(item, depth - 1) for item in value]
    raise CanonicalError(f"A {type(value).__name__} has no canonical form here.")


def _text(value: str) -> str:
    """Return the plain string behind ``value`` (an enum's value), if UTF-8 and a database can hold it."""
    plain = str.__str__(value)
    if "\0" in plain:
        raise CanonicalError("Text with a NUL character cannot be kept.")
    if plain.isascii():
        return plain
    try:
        plain.encode()
    except UnicodeEncodeError as error:
        raise CanonicalError("Text with half of a surrogate pair cannot be kept.") from error
    return plain


def _code_units(key: str) -> bytes:
    """Return what RFC 8785 (section 3.2.3) sorts by."""
    return key.encode("utf-16-be")


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, unless a key stands in it twice."""
    built = dict(pairs)
    if len(built) != len(pairs):
        raise CanonicalError("A key stands twice in one object.")
    return built


def _refuse_number(_: str) -> Any:
    """Refuse fractions, exponents, NaN and infinities."""
    raise CanonicalError("Only whole numbers have a canonical form here.")
