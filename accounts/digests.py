"""Keyed digests, by which sealed personal data is found without being opened.

A digest is HMAC-SHA256 (RFC 2104), cut to 16 bytes, of a kind and a value: ``p:koh`` for the beginning of a name. Its
key is derived for each client from ``SEARCH_KEY`` (HKDF, RFC 5869), so equal names at two clients have nothing in
common. Whoever reads the digests without the key sees which accounts of one client share one, and how many each has:
roughly how long a name is, and which beginnings are frequent. They are erased with the person.

======  ==================================================================================
kind    value
======  ==================================================================================
``w``   a word of a name that is too short for beginnings
``p``   the beginning of a word, up to twelve letters
``e``   a mail address
``l``   what stands before the @
``b``   the beginning of what stands before the @, up to twelve characters
``t``   a telephone number in E.164, or the bare digits where no number can be made of them
``a``   what a customer uses: its kind, and what it is called in small letters and digits
``c``   the code of an offer, in capitals and without what stands between
``q``   a whole query, for the record that somebody searched; no account has it
======  ==================================================================================
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import phonenumbers
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

DIGEST_BYTES = 16
SHORTEST_BEGINNING, LONGEST_BEGINNING = 3, 12
MAX_QUERY_LETTERS, MAX_QUERY_WORDS = 200, 8
SHORTEST_PHONE = 6
SHORTEST_ASSET = 4

# Marks of these combining classes carry vowels and voicing (nukta, kana, virama) and stay; accents lie above them.
LAST_CLASS_KEPT = 9
APOSTROPHES = re.compile("['’‘ʼʻ`´＇]")
# Letters that Unicode does not take apart, and how they are typed without a keyboard for them.
FOLDED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
# The other spelling of letters that have two: Köhler is Kohler to one writer and Koehler to the next.
WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
# In these scripts one character says as much as three letters do.
DENSE_SCRIPTS = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA")


class QueryRefused(ValueError):
    """A query that nobody can mean; its message is for the person who typed it."""


@dataclass(frozen=True)
class SearchTerms:
    """What to look for among the digests of one client's accounts.

    An account matches if every group of ``words`` has at least one digest among those of its name, or if any of
    ``emails`` or any of ``phones`` is among those of its addresses or numbers.
    """

    words: tuple[frozenset[bytes], ...] = ()
    emails: frozenset[bytes] = frozenset()
    phones: frozenset[bytes] = frozenset()

    def __bool__(self) -> bool:
        """Nothing to look for finds nothing: never everything."""
        return bool(self.words or self.emails or self.phones)


def normalise_words(text: str) -> list[str]:
    """Return the words of ``text`` in order, without case and accents: ``Köhler-Groß`` is ``kohler``, ``gross``.

    Unicode's compatibility forms and full case folding, whatever the script; words end at what is neither letter,
    digit nor mark.
    """
    return [_fold(word) for word in _words(text)]


def name_digests(client_id: UUID | str, name: str) -> set[bytes]:
    """Return what a name is found by: each word, and its beginnings of three to twelve letters.

    Words with an umlaut count in both spellings, words joined by a hyphen or apostrophe also as one.
    """
    words = {word for part in [name, _joined(name)] for word in _words(part)}
    terms = {term for word in words for spelling in _spellings(word) for term in _word_terms(spelling)}
    return _digests(client_id, terms)


def email_digests(client_id: UUID | str, address: str) -> set[bytes]:
    """Return what a mail address is found by: all of it, what stands before the @, and the beginnings of that."""
    address = _address(address)
    if not address:
        return set()
    local = address.rpartition("@")[0] or address
    longest = min(len(local), LONGEST_BEGINNING)
    beginnings = {f"b:{local[:end]}" for end in range(SHORTEST_BEGINNING, longest + 1)}
    return _digests(client_id, {f"e:{address}", f"l:{local}"} | beginnings)


def phone_digests(client_id: UUID | str, phone: str, region: str | None) -> set[bytes]:
    """Return what a telephone number is found by: its E.164 form, or its digits if it has none.

    ``region`` is the country (ISO 3166, two letters) that a number without a country code is dialled in.
    """
    number = _e164(phone, region) or _ascii_digits(phone)
    return _digests(client_id, {f"t:{number}"} if number else set())


def contact_digests(client_id: UUID | str, email: str, phone: str, region: str | None) -> dict[str, bytes]:
    """Return the one digest of a whole mail address, under ``mail``, and of a telephone number, under ``phone``."""
    address, number = _address(email), _e164(phone, region) or _ascii_digits(phone)
    terms = {"mail": f"e:{address}" if address else "", "phone": f"t:{number}" if number else ""}
    return {kind: digest for kind, term in terms.items() if term for digest in _digests(client_id, {term})}


def asset_digest(client_id: UUID | str, kind: str, name: str) -> bytes:
    """Return the one digest by which a customer's number, login or contract is known again, however it is written."""
    (digest,) = _digests(client_id, {f"a:{kind}:{_letters_and_digits(name)}"})
    return digest


def asset_query_digests(client_id: UUID | str, query: str, kinds: Iterable[str], regions: Iterable[str]) -> set[bytes]:
    """Return what a number, login or contract of any of these kinds is found by, where ``query`` is all of it.

    A telephone number is looked for in any notation and each of ``regions``; fewer than four signs look for nothing.
    """
    written = {_letters_and_digits(each) for each in [query, *_numbers(query, regions)]}
    return _digests(
        client_id, {f"a:{kind}:{each}" for kind in kinds for each in written if len(each) >= SHORTEST_ASSET}
    )


def code_digest(client_id: UUID | str, code: str) -> bytes:
    """Return the one digest by which the code of an offer is known again, however it is spaced."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", code).upper() if sign.isalnum())
    (digest,) = _digests(client_id, {f"c:{plain}"})
    return digest


def query_digests(client_id: UUID | str, query: str, regions: Iterable[str]) -> SearchTerms:
    """Return what a person who typed ``query`` is looking for at one client.

    A mail address is looked for as a whole, a telephone number in any notation and each of ``regions``, words in names
    as wholes or beginnings, one word also as the beginning of an address. Raises ``QueryRefused`` for a query with NUL
    or half of a surrogate pair, over 200 characters, or over 8 words.
    """
    _refuse_unreasonable(query)
    chunks = unicodedata.normalize("NFKC", query).split()
    addresses = {address for address in map(_address, chunks) if re.fullmatch(r"[^@]+@[^@]+", address)}
    numbers = _numbers(query, regions)
    words = [] if addresses else _words(APOSTROPHES.sub("", query))
    if numbers and len(words) > 1 and not any(char.isalpha() for char in query):
        words = []  # the groups of a telephone number
    if len(words) > MAX_QUERY_WORDS:
        raise QueryRefused(_("Search for at most %(count)d words.") % {"count": MAX_QUERY_WORDS})

    groups = ({_query_term(spelling) for spelling in _spellings(word)} for word in words)
    emails = {f"e:{address}" for address in addresses}
    if not addresses and len(chunks) == 1:
        emails = _local_terms(_address(chunks[0]).rstrip("@"))
    return SearchTerms(
        words=tuple(frozenset(_digests(client_id, group)) for group in groups),
        emails=frozenset(_digests(client_id, emails)),
        phones=frozenset(_digests(client_id, {f"t:{number}" for number in numbers})),
    )


def one_address(text: str) -> str:
    """Return a mail address in the one form in which addresses are compared."""
    return _address(text)


def one_number(text: str, region: str | None) -> str:
    """Return a telephone number in the one form in which numbers are compared: E.164, or its digits."""
    return _e164(text, region) or _ascii_digits(text)


def query_fingerprint(client_id: UUID | str, query: str) -> str:
    """Return, in hexadecimal digits, what tells two searches for the same words apart from others, and no more."""
    (digest,) = _digests(client_id, {f"q:{_caseless(query)}"})
    return digest.hex()


def _refuse_unreasonable(query: str) -> None:
    if len(query) > MAX_QUERY_LETTERS:
        raise QueryRefused(_("Search for at most %(count)d characters.") % {"count": MAX_QUERY_LETTERS})
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in query):
        raise QueryRefused(_("The search has a character in it that no text may have."))


def _words(text: str) -> list[str]:
    """Split ``text``, leaving accents on its words."""
    if text.isascii():
        return re.findall(r"[a-z0-9]+", text.lower())
    kept = (char if _is_part_of_word(char) else " " for char in _caseless(text) if unicodedata.category(char) != "Cf")
    return [word for word in "".join(kept).split() if _fold(word)]


def _caseless(text: str) -> str:
    """Return ``text`` as Unicode compares it without case (section 3.13, D146), accents left as they are."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _is_part_of_word(char: str) -> bool:
    return not APOSTROPHES.match(char) and (char.isalnum() or unicodedata.category(char).startswith("M"))


def _fold(word: str) -> str:
    """Return a word without accents, and with plain letters for those that have a stroke through them."""
    if word.isascii():
        return word
    apart = unicodedata.normalize("NFD", word)
    plain = "".join(char for char in apart if unicodedata.combining(char) <= LAST_CLASS_KEPT)
    return unicodedata.normalize("NFC", plain.translate(FOLDED))


def _spellings(word: str) -> set[str]:
    return {_fold(word), _fold(word.translate(WRITTEN_OUT))}


def _joined(name: str) -> str:
    """Return the name with hyphens and apostrophes taken out, for those who type O'Brien as Obrien."""
    return re.sub(r"[-\u2010-\u2015]", "", APOSTROPHES.sub("", name))


def _shortest_beginning(word: str) -> int:
    return 1 if unicodedata.name(word[0], "").startswith(DENSE_SCRIPTS) else SHORTEST_BEGINNING


def _word_terms(word: str) -> set[str]:
    """Return the terms of a word in a name; ``_query_term`` names the one by which each beginning is found."""
    shortest = _shortest_beginning(word)
    if len(word) < shortest:
        return {f"w:{word}"}
    return {f"p:{word[:end]}" for end in range(shortest, min(len(word), LONGEST_BEGINNING) + 1)}


def _query_term(word: str) -> str:
    """Return the term for a word of a query; letters after the twelfth are not looked at."""
    return f"w:{word}" if len(word) < _shortest_beginning(word) else f"p:{word[:LONGEST_BEGINNING]}"


def _local_terms(local: str) -> set[str]:
    """Return the terms for one word that may be how an address begins."""
    if "@" in local or not any(char.isalnum() for char in local):
        return set()
    is_beginning = SHORTEST_BEGINNING <= len(local) <= LONGEST_BEGINNING
    return {f"b:{local}" if is_beginning else f"l:{local}"}


def _address(text: str) -> str:
    """Return a mail address in its one form, without what letters and programs put around it."""
    return _caseless(text).strip().removeprefix("mailto:").strip("<>()[]\"',;: ")


def _numbers(query: str, regions: Iterable[str]) -> set[str]:
    """Return every telephone number that ``query`` can mean, as ``phone_digests`` writes them."""
    digits = _ascii_digits(query)
    if len(digits) < SHORTEST_PHONE:
        return set()
    international = [f"+{digits[2:]}"] if digits.startswith("00") else []
    readings = [_e164(query, region) for region in [None, *regions]] + [_e164(each, None) for each in international]
    return {digits, *filter(None, readings)}


def _e164(phone: str, region: str | None) -> str:
    """Return the number in E.164, or nothing if no such number can exist."""
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _letters_and_digits(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())


def _digests(client_id: UUID | str, terms: Iterable[str]) -> set[bytes]:
    key = _client_key(settings.SEARCH_KEY, str(client_id))
    return {hmac.digest(key, term.encode(), hashlib.sha256)[:DIGEST_BYTES] for term in terms}


@lru_cache(maxsize=1024)
def _client_key(master: bytes, client_id: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=client_id.encode()).derive(master)
