"""Whether all that a client asks for is there, and right: a rule without a database.

A phone number counts as right where its country's numbering plan has such numbers; whether it is in use, nobody can
tell from here.
"""

import re
from typing import NamedTuple

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.countries import COUNTRIES
from accounts.models.settings import Required

WORD = re.compile(r"[^\W_]+")


class Problem(NamedTuple):
    """What is missing or wrong: the ``Required`` it is about, and words for people that hold nothing personal."""

    about: str
    message: str


def problems(required, holder, *, country, plans):
    """Return what keeps an account from being activated.

    ``holder`` maps the sealed fields to their words, ``plans`` are the account's plans: pairs of name and whether it is
    sold. What is there and wrong counts even where it is not required.
    """
    found = []
    for about, check in CHECKS.items():
        is_there, complaint = check(holder, country, plans)
        if complaint:
            found.append(Problem(str(about), complaint))
        elif not is_there and about in required:
            found.append(Problem(str(about), missing(about)))
    return found


def missing(about):
    return {
        Required.HOLDER: _("The name of the holder is missing."),
        Required.CONTACT: _("There is no way to reach the holder: a mail address or a phone number is missing."),
        Required.EMAIL: _("The mail address is missing."),
        Required.PHONE: _("The phone number is missing."),
        Required.ADDRESS: _("The postal address is missing."),
        Required.COUNTRY: _("The country is missing."),
        Required.PLAN: _("The account is on no plan."),
    }[about]


def name(holder, country, plans):
    text = holder["holder_name"].strip()
    return bool(text), _("The name of the holder has no letters.") if text and not has_letters(text) else ""


def contact(holder, country, plans):
    return bool(holder["email"].strip() or holder["phone"].strip()), ""


def email(holder, country, plans):
    text = holder["email"].strip()
    try:
        if text:
            validate_email(text)
    except ValidationError:
        return True, _("The mail address is none that mail can be sent to.")
    return bool(text), ""


def phone(holder, country, plans):
    text = holder["phone"].strip()
    if not text:
        return False, ""
    try:
        is_right = phonenumbers.is_valid_number(phonenumbers.parse(text, country or None))
    except phonenumbers.NumberParseException:
        is_right = False
    return True, "" if is_right else _("The phone number is none that can be dialled.")


def address(holder, country, plans):
    text = holder["address"].strip()
    is_right = has_letters(text) and len(WORD.findall(text)) > 1
    return bool(text), _("The postal address is not whole: street or box, and place.") if text and not is_right else ""


def country_code(holder, country, plans):
    return bool(country), _("There is no such country.") if country and country not in COUNTRIES else ""


def plan(holder, country, plans):
    unsold = [name for name, is_sold in plans if not is_sold]
    if unsold and len(unsold) == len(plans):
        return True, _("The plan is not sold any more: %s.") % ", ".join(unsold)
    return bool(plans), ""


def has_letters(text):
    return any(char.isalpha() for char in text)


CHECKS = {
    Required.HOLDER: name,
    Required.CONTACT: contact,
    Required.EMAIL: email,
    Required.PHONE: phone,
    Required.ADDRESS: address,
    Required.COUNTRY: country_code,
    Required.PLAN: plan,
}
