"""By what a customer is known on the telephone: what is asked, and whether what was answered is so.

Pure but for the rows that ``known`` is given. Nothing here tells, keeps or logs what would have been right: two texts
are brought to one form each, and only the digests of the two are compared, in a time that does not depend on them.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts import digests, money
from accounts.models.settings import Asked


@dataclass(frozen=True)
class Known:
    """What is on file of one customer; "" or ``None`` where it is not."""

    email: str = ""
    phone: str = ""
    address: str = ""
    country: str = ""
    currency: str = ""
    since: str = ""
    """Year and month in which they became a customer, such as 2021-03."""
    paid_minor: int | None = None
    """The last payment, in minor units."""
    plans: tuple[str, ...] = ()


def plain_words(text):
    return " ".join(digests.normalise_words(text))


def numbers_in(text):
    """Return the words with a digit in them, in one order: house number and postal code, whoever names which first."""
    return " ".join(sorted({word for word in digests.normalise_words(text) if any(char.isdigit() for char in word)}))


def month(text):
    """Return ``2021-03`` for 03/2021, 3.2021 and 2021-03; "" for what names no month."""
    found = re.fullmatch(r"\s*(?:(\d{4})\D(\d{1,2})|(\d{1,2})\D(\d{4}))\s*", text)
    if not found:
        return ""
    year, number = (found[1], found[2]) if found[1] else (found[4], found[3])
    return f"{year}-{int(number):02d}" if 1 <= int(number) <= 12 else ""


def amount(text, currency):
    try:
        return str(money.parse(text.strip(), currency))
    except (ValueError, OverflowError):
        return ""


@dataclass(frozen=True)
class Question:
    """``expected`` is function(Known) that returns every right answer in its one form; ``form`` brings a typed one to
    it, given the ``Known`` for country and currency."""

    expected: Callable[[Known], tuple[str, ...]]
    form: Callable[[str, Known], str]
    help: object = ""


QUESTIONS = {
    Asked.EMAIL: Question(
        lambda known: (digests.one_address(known.email),), lambda text, known: digests.one_address(text)
    ),
    Asked.ADDRESS: Question(
        lambda known: (numbers_in(known.address),),
        lambda text, known: numbers_in(text),
        _("The two numbers; the street is not compared."),
    ),
    Asked.SINCE: Question(lambda known: (known.since,), lambda text, known: month(text), _("Such as 03/2021.")),
    Asked.LAST_PAYMENT: Question(
        lambda known: ("" if known.paid_minor is None else str(known.paid_minor),),
        lambda text, known: amount(text, known.currency),
        _("Such as 49.90."),
    ),
    Asked.PLAN: Question(
        lambda known: tuple(plain_words(name) for name in known.plans), lambda text, known: plain_words(text)
    ),
    Asked.PHONE: Question(
        lambda known: (digests.one_number(known.phone, known.country),),
        lambda text, known: digests.one_number(text, known.country),
        _("Not the one that shows on the display."),
    ),
}


def available(codes, known):
    """Return those of these questions whose answer is on file."""
    return [code for code in codes if code in QUESTIONS and any(QUESTIONS[code].expected(known))]


def choose(codes, known, count, turn):
    """Return the ``count`` questions of the ``turn``-th call: others than last time, and nobody picks which."""
    able = available(codes, known)
    if len(able) < count:
        return []
    first = turn * count % len(able)
    return [(able + able)[first + step] for step in range(count)]


def are_right(answers, known):
    """Tell whether all of ``{code: typed}`` are right. Every one is compared, whatever the others were."""
    right = bool(answers)
    for code, typed in answers.items():
        question = QUESTIONS[code]
        given = digest(question.form(typed, known))
        is_one = False
        for expected in question.expected(known):
            is_one |= hmac.compare_digest(given, digest(expected)) & bool(expected)
        right &= is_one
    return right


def digest(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
