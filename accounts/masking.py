"""Personal data as it stands on lists, search results and exports: enough to recognise, not enough to use.

A mask has the same number of dots whatever it hides. Direction is left to the page: put a masked name into ``<bdi>``.
"""

import re
import unicodedata
from itertools import pairwise

import phonenumbers

DOTS = "••••"
MAX_WORDS = 4
MAX_LETTER = 8
VIRAMA = 9
SHORTEST_PHONE = 6


def mask_name(name: str) -> str:
    """Return the first letter of each of the first four words, such as ``M•••• K••••``."""
    words = unicodedata.normalize("NFC", name).split()[:MAX_WORDS]
    return " ".join(_first_letter(word) + DOTS for word in words)


def mask_email(address: str) -> str:
    """Return the first letter and the domain, such as ``m••••@example.com``; nothing of what is no address."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not domain:
        return mask_generic(address)
    return f"{_first_letter(local)}{DOTS}@{_printable(domain)}"


def mask_phone(phone: str) -> str:
    """Return the country code, if it is written, and the last two digits, such as ``+49 •••• 67``."""
    digits = _digits(phone)
    if len(digits) < SHORTEST_PHONE:
        return mask_generic(phone)
    try:
        country = f"+{phonenumbers.parse(phone).country_code} "
    except phonenumbers.NumberParseException:
        country = ""
    return f"{country}{DOTS} {digits[-2:]}"


def mask_ending(text: str) -> str:
    """Return the last two letters or digits of what has six or more, such as ``•••• 42``."""
    letters = [sign for sign in unicodedata.normalize("NFC", text) if sign.isalnum()]
    return f"{DOTS} {''.join(letters[-2:])}" if len(letters) >= SHORTEST_PHONE else mask_generic(text)


def mask_generic(text: str) -> str:
    """Return dots, or nothing where there is nothing to hide."""
    return DOTS if text.strip() else ""


def _first_letter(word: str) -> str:
    """Return the first letter or digit with the marks on it, as one would point at it on paper.

    That is the cluster of UAX #29 as far as names need it: a base, its marks, and what a virama or joiner ties to it.
    """
    start = next((at for at, char in enumerate(word) if char.isalnum()), None)
    if start is None:
        return ""
    end = start + 1
    while end < min(len(word), start + MAX_LETTER) and _continues(word[end - 1], word[end]):
        end += 1
    return word[start:end].rstrip("\u200c\u200d")


def _continues(before: str, char: str) -> bool:
    is_mark = unicodedata.category(char).startswith("M") or char in "\u200c\u200d"
    return is_mark or (char.isalpha() and (unicodedata.combining(before) == VIRAMA or before == "\u200d"))


def _printable(text: str) -> str:
    """Return ``text`` without control and direction characters, which would repaint the line around it."""
    return "".join(char for char in text if unicodedata.category(char) not in {"Cc", "Cf", "Zl", "Zp"})


def _digits(text: str) -> str:
    """Return the decimal digits of any script, as ASCII."""
    return "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())


# Card numbers. Between two groups of digits may stand up to three spaces, dashes, dots or characters nobody sees.
_GAP = r"[\s\-.\u00ad\u2010-\u2015\u2212\u200b-\u200f\u2060\ufeff\ufe58\ufe63\uff0d_]{1,3}"
_RUN = re.compile(
    r"(?P<uuid>(?<![^\W_])[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[1-8][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}(?![^\W_]))"
    rf"|\d+(?:{_GAP}\d+)*"
)
_GROUP = re.compile(r"\d+")
SHORTEST_CARD, LONGEST_CARD = 13, 19
LAST_DIGITS = 4

# First digits and lengths as the card schemes publish them.
_ISSUED = re.compile(
    r"4\d{12}(?:\d{3}){0,2}"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-59]|[689]\d)\d{11,16}"  # Diners Club
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|220[0-4]\d{12,15}"  # Mir
    r"|(?:9792|8[12]\d\d)\d{12,15}"  # Troy, RuPay, UnionPay
    r"|(?:50|5[6-9]|6\d)\d{11,17}"  # Maestro, Discover, UnionPay, RuPay
)


def mask_card_numbers(text: str, *, is_name: bool = False) -> tuple[str, int]:
    """Return ``text`` with every card number cut to its last four digits, and how many there were (PCI DSS 3.5).

    A card number is 13 to 19 digits of any script that pass the Luhn check (ISO/IEC 7812-1, annex B), and are either
    written in one piece or evenly spaced, or begin and end as a card scheme's numbers do, whatever stands between their
    groups and beside them. One in ten other numbers of that length passes the check too and is cut as well; telephone
    numbers with + or 0 in front are left alone, and so are UUIDs (RFC 9562), by which systems name things. More than 19
    digits in one piece are no card number. Of a name, such as the number of an account, only what a card scheme could
    have issued counts, for a client may count its customers with as many digits.
    """
    found = 0

    def mask(run: re.Match[str]) -> str:
        nonlocal found
        if run["uuid"]:
            return run[0]
        groups = list(_GROUP.finditer(run[0]))
        digits = [_digits(group[0]) for group in groups]
        before = text[max(run.start() - 1, 0) : run.start()]
        after_plus = before == "+"
        # Letters stand in front of account numbers and payment references (ISO 13616, ISO 11649), not of card numbers.
        is_even = not is_name and not before.isalpha() and _is_even(run[0], groups)
        pieces, done, first = [], 0, 0
        while first < len(groups):
            last = _card(digits, first, is_even=is_even, after_plus=after_plus and first == 0)
            if last is None:
                first += 1
                continue
            number = "".join(digits[first : last + 1])
            pieces += [run[0][done : groups[first].start()], DOTS, number[-LAST_DIGITS:]]
            done, first, found = groups[last].end(), last + 1, found + 1
        return "".join(pieces) + run[0][done:]

    return _RUN.sub(mask, text), found


def _card(groups: list[str], first: int, *, is_even: bool, after_plus: bool) -> int | None:
    """Return the last group of the longest card number that begins with group ``first``."""
    best, digits = None, ""
    for last in range(first, len(groups)):
        digits += groups[last]
        if len(digits) > LONGEST_CARD:
            break
        if len(digits) < SHORTEST_CARD:
            continue
        is_whole = is_even and first == 0 and last == len(groups) - 1 and digits[0] != "0"
        is_card = (is_whole or _ISSUED.fullmatch(digits)) and _luhn(digits)
        if is_card and not (after_plus and _is_phone(digits)):
            best = last
    return best


def _is_even(run: str, groups: list[re.Match[str]]) -> bool:
    """Tell whether the same one character, on one line, stands between all groups."""
    gaps = {run[left.end() : right.start()] for left, right in pairwise(groups)}
    return not gaps or (len(gaps) == 1 and len(gap := gaps.pop()) == 1 and gap not in "\r\n")


def _is_phone(digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


def _luhn(digits: str) -> bool:
    """Double every second digit from the right, add all digits: a multiple of ten."""
    return sum(map(int, digits[::-2] + digits[-2::-2].translate(_DOUBLED))) % 10 == 0


# The digits of twice a digit, added up: 7 is 14 is 5.
_DOUBLED = str.maketrans("0123456789", "0246813579")
