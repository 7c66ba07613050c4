"""Contact data: checked before it is changed, and as it was at any time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts import masking, personal, reasons, sealing
from accounts.errors import Invalid
from accounts.models import Account, ReasonCode
from accounts.services import accounts

SHOWN = 100
LONGEST = {"holder_name": 200, "email": 254, "phone": 40, "address": 500, "payment_method": 100}


def change(account, changes, *, actor, reason, note, country="", origin=None):
    """Change contact data after a look at its form, and tell the member; return the entry, ``None`` for no difference.

    ``changes`` maps sealed fields to their new words; ``note`` says how it was verified. Raises ``Invalid``, with the
    field, for what cannot be right.
    """
    if reason not in dict(reasons.choices(account.client_id, ReasonCode.Use.CONTACT)):
        raise Invalid(_("Choose a reason from the list."), field="reason")
    if not note.strip():
        raise Invalid(_("Say in words how you made sure."), field="note")
    country_of(country)
    right = {field: checked(field, words.strip(), country or account.country) for field, words in changes.items()}
    return accounts.set_holder(
        account, right, actor=actor, reason=reason, note=note.strip(), country=country, origin=origin, tell=True
    )


def country_of(country):
    """Return a country's two letters, "" for none; raises ``Invalid`` for what is no country."""
    if country and country not in phonenumbers.SUPPORTED_REGIONS:
        raise Invalid(_("This is no country. Write its two letters, such as DE."), field="country")
    return country


def checked(field, words, country):
    """Return contact data in the form in which it is kept. A telephone number is written as it is dialled abroad."""
    if "\0" in words or len(words) > LONGEST[field]:
        raise Invalid(_("This is too long, or has a character in it that no text may have."), field=field)
    if masking.mask_card_numbers(words)[1]:
        raise Invalid(_("This looks like a card number, and none is ever kept here."), field=field)
    if field == "email" and words:
        try:
            validate_email(words)
        except ValidationError as error:
            raise Invalid(_("This is no mail address."), field=field) from error
    if field == "phone" and words:
        return dialled(words, country)
    if field == "holder_name" and not words:
        raise Invalid(_("An account has a holder."), field=field)
    return words


def dialled(words, country):
    try:
        number = phonenumbers.parse(words, country)
    except phonenumbers.NumberParseException as error:
        raise Invalid(_("This is no telephone number."), field="phone") from error
    if not phonenumbers.is_valid_number(number):
        raise Invalid(_("No telephone has this number. Write it with its country code, such as +49."), field="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@dataclass(frozen=True)
class Past:
    """Contact data from a moment on; ``changed`` are the fields that were different before, with their words then."""

    at: datetime
    who: Any
    values: dict[str, str]
    changed: list[tuple[str, str, str]]


def history(account, *, whole=False):
    """Return what was known of the holder, newest first, at most a hundred times of it; masked unless ``whole``.

    The caller asked the rule and left a record. Nothing is left of a person who was erased.
    """
    key = personal.key_of(account)
    if key is None or account.erased_at:
        return []
    rows = account.history.filter(history_change_reason__in=("open", "change_contact"))
    rows = list(rows.select_related("history_user").order_by("-history_date", "-history_id")[: SHOWN + 1])
    times = [(row, {field: opened(account, row, field, key) for field in Account.sealed_fields}) for row in rows]
    before = [*(values for _row, values in times[1:]), {}]
    return [
        Past(row.history_date, row.history_user, shown(values, whole), differences(values, then, whole))
        for (row, values), then in list(zip(times, before, strict=True))[:SHOWN]
    ]


def opened(account, row, field, key):
    """Return the words in a field of a history row: it is a copy of the account's own ciphertext."""
    sealed = getattr(row, field)
    return sealing.unseal(key, bytes(sealed), context=personal.context(account, field)) if sealed else ""


def differences(values, before, whole):
    old, new = shown(before, whole), shown(values, whole)
    return [(field, old.get(field, ""), new[field]) for field in values if before and values[field] != before[field]]


def label(field):
    """Return what a sealed field of an account is called."""
    return capfirst(Account._meta.get_field(field).verbose_name)


def masked(field, words):
    """Return words beside a change of contact data as a list shows them; a note is told whole."""
    declared = personal.sealed_fields(Account).get(field.removesuffix("_before"))
    return declared.mask(words) if declared else words


def shown(values, whole):
    masks = personal.sealed_fields(Account)
    return values if whole else {field: masks[field].mask(words) for field, words in values.items()}


def as_of(account, moment, *, whole=False):
    """Return contact data as it was known at a moment, ``None`` before the account was opened or after an erasure."""
    return next((past.values for past in history(account, whole=whole) if past.at <= moment), None)
