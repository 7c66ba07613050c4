"""What is looked at while an account is under review: the client's own list, in part by the country of the account.

A guideline is ``[country, words]``: an ISO 3166-1 alpha-2 code, or "" for everywhere. The rules on silence are those of
the countries named: Geldwäschegesetz § 47, Proceeds of Crime Act 2002 s. 333A, 31 U.S.C. 5318(g)(2).
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.countries import COUNTRIES

MOST, LONGEST = 30, 300
LINE = re.compile(r"(?:\[([A-Za-z]{2})\]\s*)?(.+)")


def usual(industry):
    """Return the guidelines that a client of this industry begins with, in the language that is active."""
    return [[country, str(words)] for country, words in by_industry().get(industry, by_industry()[""])]


def by_industry():
    silence = _("Tell nobody outside, the holder least of all, that a suspicion is looked into or reported.")
    return {
        "bank": [
            ("", _("Ask where the money comes from, and keep the proof.")),
            ("", _("Compare the holder and whoever owns the business with the sanctions lists.")),
            *((country, silence) for country in ("DE", "GB", "US")),
        ],
        "telecom": [
            ("", _("Compare the newest changes of SIM card and device with what the holder knows of.")),
            ("", _("Look for calls to premium numbers and abroad that are new.")),
        ],
        "health": [
            ("", _("Look at no more of the file than the question needs.")),
            ("", _("Ask who had the holder's consent, and since when.")),
        ],
        "": [
            ("", _("Compare the newest sign-ins and devices with what the holder knows of.")),
            ("", _("Read what the account was used for against the terms of service.")),
        ],
    }


def applying(guidelines, country):
    """Return the words of those that are for everywhere or for this country, in their order."""
    return [words for where, words in guidelines if where in ("", country)]


def written(guidelines):
    """Return guidelines as people write them: one a line, a country in brackets before it."""
    return "\n".join(f"[{country}] {words}" if country else words for country, words in guidelines)


def parsed(text):
    """Return the guidelines of a text with one a line. Raises ``ValidationError`` for what ``check`` refuses."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        country, words = LINE.fullmatch(line).groups()
        found.append([(country or "").upper(), words])
    check(found)
    return found


def check(guidelines):
    """Refuse what is not a short list of countries and words."""
    shape = isinstance(guidelines, list) and all(isinstance(each, list) and len(each) == 2 for each in guidelines)
    if not shape or not all(isinstance(part, str) for each in guidelines for part in each):
        raise ValidationError(_("Guidelines are a list of a country and words."))
    if len(guidelines) > MOST:
        raise ValidationError(_("Write 30 guidelines at the most."))
    for country, words in guidelines:
        if country and country not in COUNTRIES:
            raise ValidationError(_("There is no such country: %s.") % country)
        if not words.strip() or len(words) > LONGEST:
            raise ValidationError(_("A guideline has 1 to 300 characters."))
