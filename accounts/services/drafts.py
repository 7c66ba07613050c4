"""What somebody has typed and not sent: kept for them alone, sealed under the key of the account it is about."""

import json

from django.utils.translation import gettext as _

from accounts import personal, rules
from accounts.errors import Invalid, Refused, ServiceError
from accounts.masking import mask_card_numbers
from accounts.models import Draft

MAX_FIELDS = 20
MAX_FIELD_BYTES = 64 * 1024
MAX_NAME = 80


class Erased(ServiceError):
    """The person whom the text is about was erased, so nothing is kept any more."""


def save(user, account, form, fields):
    """Keep ``fields``, a dict of texts, as the draft of ``form``; it takes the place of an older one.

    Card numbers are cut before anything is stored. Raises ``Invalid`` for what is no draft or too long, ``Erased``
    where the account's person was erased, ``Refused`` for whoever has no form to fill in here.
    """
    refuse_unless_may_draft(account, user)
    refuse_unreasonable(form, fields)
    key = personal.key_of(account)
    if account.erased_at or key is None:
        raise Erased(_("The personal data of this account was erased; nothing is kept."))
    kept = {name: mask_card_numbers(text)[0] for name, text in fields.items()}
    draft, _new = Draft.objects.get_or_create(user=user, account=account, form=form, defaults={"fields": b""})
    draft.fields = personal.seal(key, draft, "fields", json.dumps(kept))
    draft.save(update_fields=["fields", "saved_at"])


def load(user, account, form, drafts=None):
    """Return what this person typed into this form, ``{}`` for nothing.

    ``drafts`` are theirs about this account, where a page has many forms and they were read already.
    """
    if drafts is None:
        drafts = of(user, account).filter(form=form)
    draft = next((draft for draft in drafts if draft.form == form), None)
    text = personal.reveal(draft, "fields", personal.key_of(account)) if draft else ""
    return json.loads(text) if text else {}


def of(user, account):
    """Return the drafts of one person about one account."""
    return Draft.objects.filter(user=user, account=account)


def discard(user, account, form):
    """Forget a draft, as when its form was sent."""
    Draft.objects.filter(user=user, account=account, form=form).delete()


def refuse_unless_may_draft(account, user):
    if not rules.can_draft(account, user):
        raise Refused(_("Your role fills in no forms about this account."))


def refuse_unreasonable(form, fields):
    if not isinstance(form, str) or not 0 < len(form) <= MAX_NAME:
        raise Invalid(_("A draft names its form."))
    if not isinstance(fields, dict) or len(fields) > MAX_FIELDS:
        raise Invalid(_("A draft has at most %d fields.") % MAX_FIELDS)
    for name, text in fields.items():
        if not isinstance(text, str) or len(name) > MAX_NAME:
            raise Invalid(_("The fields of a draft are texts."))
        if size_of(text) > MAX_FIELD_BYTES:
            raise Invalid(_("A field of a draft holds at most 64 kB."))
    for text in (form, *fields):
        size_of(text)


def size_of(text):
    """Return how many bytes a text takes; raises ``Invalid`` for NUL and for half of a surrogate pair."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        size = 0
    if "\0" in text or (text and not size):
        raise Invalid(_("A draft has a character in it that no text may have."))
    return size
