"""What is somebody's personal data, declared once for each model, and the one way to read it.

Sealed fields hold ciphertext under the key of the account's one person. ``reveal`` opens them; ``masked`` shows just
enough to recognise somebody. History tables copy the ciphertext, so destroying the key erases all of it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext as _

from accounts import masking, sealing
from accounts.models import Account, SubjectKey

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise


@dataclass(frozen=True)
class Sealed:
    """``purpose`` why we hold it, ``mask`` how a list shows it, ``search`` which digests find it (or none)."""

    purpose: "StrOrPromise"
    mask: object = masking.mask_generic
    search: str = ""


_sealed: dict[type[models.Model], dict[str, Sealed]] = {}
_plain: dict[type[models.Model], frozenset[str]] = {}


def declare(model, *, sealed=None, plain=()):
    """Say of each field that can hold words whether it is sealed, or why not personal: codes and settings are plain."""
    _sealed[model] = sealed or {}
    _plain[model] = frozenset(plain)


def can_hold_words(field):
    if field.is_relation or field.choices:
        return False
    return isinstance(field, models.CharField | models.TextField | models.JSONField | models.BinaryField)


def is_declared(model, field):
    return any(
        field.name in _sealed.get(parent, ()) or field.name in _plain.get(parent, ()) for parent in model.__mro__
    )


def sealed_fields(model):
    return _sealed[model]


def context(row, field):
    return f"{row._meta.label_lower}.{field}:{row.pk}"


def key_of(account):
    """Return the account's key, or ``None`` when its person was erased."""
    try:
        wrapped = account.subject_key.wrapped
    except SubjectKey.DoesNotExist:
        return None
    return sealing.unwrap(bytes(wrapped), context=str(account.pk))


def seal(key, row, field, text):
    """Return the ciphertext of ``text`` for this field of this row; ``None`` for no text."""
    return sealing.seal(key, text, context=context(row, field)) if text else None


def reveal(row, field, key):
    """Return the words in a sealed field: "" when there are none, and when the person was erased."""
    sealed = getattr(row, field)
    if not sealed or key is None:
        return ""
    return sealing.unseal(key, bytes(sealed), context=context(row, field))


@dataclass(frozen=True)
class Holder:
    """Who an account belongs to, whole or masked; in the order of ``Account.sealed_fields``."""

    name: str
    email: str
    phone: str
    address: str
    payment_method: str
    is_masked: bool


def holder(account, *, whole=False):
    """Return the contact data of an account, masked unless ``whole``; the caller asked the rule and left a record."""
    if account.erased_at:
        gone = _("erased")
        return Holder(gone, gone, gone, gone, gone, is_masked=True)
    key = key_of(account)
    values = {name: reveal(account, name, key) for name in Account.sealed_fields}
    if not whole:
        values = {name: declaration.mask(values[name]) for name, declaration in sealed_fields(Account).items()}
    return Holder(*(values[name] for name in Account.sealed_fields), is_masked=not whole)


def masked_name(account_id, sealed, wrapped, erased_at):
    """Return the masked name of a holder as ``holder`` does, from the columns that it needs: a list has no more."""
    if erased_at:
        return _("erased")
    if not sealed or not wrapped:
        return sealed_fields(Account)["holder_name"].mask("")
    key = sealing.unwrap(bytes(wrapped), context=str(account_id))
    words = sealing.unseal(key, bytes(sealed), context=f"{Account._meta.label_lower}.holder_name:{account_id}")
    return sealed_fields(Account)["holder_name"].mask(words)
